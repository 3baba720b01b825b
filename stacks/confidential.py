"""The secrets that people put into a stack's config: beside the settings, encrypted, and never among them."""

from collections.abc import Iterator

import pulumi

from stacks.settings import Settings

MAIL_PASSWORD = ("identity", "mail_password")
PROVIDER_SECRET = ("identity", "provider_secret")


def missing(settings: Settings) -> Iterator[str]:
    """A sentence for each secret that the settings need and the config does not hold."""
    mail = settings.identity.mail
    if mail and mail.username and _secret(MAIL_PASSWORD) is None:
        yield _asked_for("identity.mail.username", f"{mail.host} asks for a password", MAIL_PASSWORD)
    provider = settings.identity.provider
    if provider and _secret(PROVIDER_SECRET) is None:
        yield _asked_for("identity.provider.client_id", f"{provider.issuer} asks for a secret", PROVIDER_SECRET)


def _asked_for(where: str, why: str, secret: tuple[str, str]) -> str:
    name = ":".join(secret)
    return f"{where}: {why}, and the config holds no {name}. Set it with `pulumi config set --secret {name}`."


def mail_password() -> pulumi.Output[str]:
    """The password of the mail server's login; empty where nobody has any secret, as in a review."""
    return _secret(MAIL_PASSWORD) or pulumi.Output.secret("")


def provider_secret() -> pulumi.Output[str]:
    """The secret that the platform's client has at the upstream provider; empty where nobody has any secret."""
    return _secret(PROVIDER_SECRET) or pulumi.Output.secret("")


def _secret(name: tuple[str, str]) -> pulumi.Output[str] | None:
    namespace, key = name
    return pulumi.Config(namespace).get_secret(key)
