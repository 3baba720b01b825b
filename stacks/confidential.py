"""The secrets that people put into a stack's config: beside the settings, encrypted, and never among them."""

from collections.abc import Iterator

import pulumi

from stacks.settings import Settings

MAIL_PASSWORD = ("identity", "mail_password")
PROVIDER_SECRET = ("identity", "provider_secret")
DIRECTORY_PASSWORD = ("identity", "directory_password")
WEBHOOK_TOKEN, WATCHDOG_TOKEN = ("observability", "webhook_token"), ("observability", "watchdog_token")
SLACK_URL, PAGERDUTY_KEY = ("observability", "slack_url"), ("observability", "pagerduty_key")


def missing(settings: Settings) -> Iterator[str]:
    """A sentence for each secret that the settings need and the config does not hold."""
    mail = settings.identity.mail
    if mail and mail.username and _secret(MAIL_PASSWORD) is None:
        yield _asked_for("identity.mail.username", f"{mail.host} asks for a password", MAIL_PASSWORD)
    provider = settings.identity.provider
    if provider and _secret(PROVIDER_SECRET) is None:
        yield _asked_for("identity.provider.client_id", f"{provider.issuer} asks for a secret", PROVIDER_SECRET)
    directory = settings.identity.directory
    if directory and _secret(DIRECTORY_PASSWORD) is None:
        yield _asked_for("identity.directory.bind", f"{directory.url} asks for a password", DIRECTORY_PASSWORD)
    alerts = settings.observability.alerts if settings.observability else None
    if alerts and alerts.slack_channel and _secret(SLACK_URL) is None:
        yield _asked_for("observability.alerts.slack_channel", "Slack asks for the address of a webhook", SLACK_URL)
    if alerts and alerts.pagerduty and _secret(PAGERDUTY_KEY) is None:
        yield _asked_for("observability.alerts.pagerduty", "PagerDuty asks for an integration's key", PAGERDUTY_KEY)


def _asked_for(where: str, why: str, secret: tuple[str, str]) -> str:
    name = ":".join(secret)
    return f"{where}: {why}, and the config holds no {name}. Set it with `pulumi config set --secret {name}`."


def value(name: tuple[str, str]) -> pulumi.Output[str]:
    """One of these secrets; empty where nobody has any, as in a review."""
    return _secret(name) or pulumi.Output.secret("")


def optional(name: tuple[str, str]) -> pulumi.Output[str] | None:
    """One that need not be there."""
    return _secret(name)


def _secret(name: tuple[str, str]) -> pulumi.Output[str] | None:
    namespace, key = name
    return pulumi.Config(namespace).get_secret(key)
