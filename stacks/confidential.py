"""The secrets that people put into a stack's config: beside the settings, encrypted, and never among them."""

from collections.abc import Iterator

import pulumi

from stacks.settings import Settings

MAIL_PASSWORD = ("identity", "mail_password")


def missing(settings: Settings) -> Iterator[str]:
    """A sentence for each secret that the settings need and the config does not hold."""
    mail = settings.identity.mail
    if mail and mail.username and _secret(MAIL_PASSWORD) is None:
        name = ":".join(MAIL_PASSWORD)
        yield (
            f"identity.mail.username: {mail.host} asks for a password, and the config holds no {name}. "
            f"Set it with `pulumi config set --secret {name}`."
        )


def mail_password() -> pulumi.Output[str]:
    """The password of the mail server's login; empty where nobody has any secret, as in a review."""
    return _secret(MAIL_PASSWORD) or pulumi.Output.secret("")


def _secret(name: tuple[str, str]) -> pulumi.Output[str] | None:
    namespace, key = name
    return pulumi.Config(namespace).get_secret(key)
