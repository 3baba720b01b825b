"""What watches the environment, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from stacks.contract import fields
from stacks.contract.model.entry import Entry
from stacks.contract.setting import Expected

_SECRETS = {
    "webhook_token": "webhook_token",
    "watchdog_token": "watchdog_token",
    "slack_url": "slack_url",
    "pagerduty_key": "pagerduty_key",
    "token": "webhook_token",
}


class Alerts(Entry):
    """Who is told of alerts, and by which ways. Mails go through the server of identity.mail, also to teams' owners."""

    misplaced: ClassVar[Mapping[str, str]] = {
        key: f"it does not belong here. Set it with `pulumi config set --secret observability:{name}`."
        for key, name in _SECRETS.items()
    }

    owners: Annotated[tuple[fields.Email, ...], Expected("a list of e-mail addresses such as [ops@example.com]")] = (
        Field(
            default=(),
            strict=False,
            description="Who runs the platform and gets its alerts by mail; a team's own go to the team's owners.",
            examples=[["ops@example.com"]],
        )
    )
    webhook: fields.WebhookUrl | None = Field(
        default=None,
        description="An address that gets every alert as JSON, as Alertmanager's webhooks send it; with the secret "
        "observability:webhook_token as its bearer token, where there is one.",
        examples=["https://alerts.example.com/etl"],
    )
    slack_channel: Annotated[str, Expected("a channel such as #etl-alerts")] | None = Field(
        default=None,
        min_length=1,
        max_length=80,
        description="A channel of Slack that gets every alert; its incoming webhook is the secret "
        "observability:slack_url.",
        examples=["#etl-alerts"],
    )
    pagerduty: bool = Field(
        default=False,
        description="Whether what is critical wakes the platform's people by PagerDuty; the integration's key is the "
        "secret observability:pagerduty_key.",
        examples=[True],
    )
    watchdog: fields.WebhookUrl | None = Field(
        default=None,
        description="An address outside the cluster that hears every five minutes that alerts still come, and raises "
        "an alarm when it does not; with the secret observability:watchdog_token, where there is one.",
        examples=["https://watchdog.example.com/ping/etl-prod"],
    )
    networks: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = (
        Field(
            default=("0.0.0.0/0", "::/0"),
            strict=False,
            min_length=1,
            description="The network ranges in which webhooks, Slack and PagerDuty are reached; Alertmanager is let "
            "out to no others, and to the mail server in its own.",
            examples=[["198.51.100.0/24"]],
        )
    )
    ca_certificate: fields.Certificates | None = Field(
        default=None,
        description="The authorities, in PEM, that alone may have signed the certificates of webhook and watchdog; "
        "without it the public ones.",
    )


class Observability(Entry):
    """What watches the environment."""

    alerts: Annotated[Alerts, Expected("a mapping such as {owners: [ops@example.com]}")] = Field(
        default=Alerts(),
        description="Who is told of alerts; without it they are only seen by those who look.",
        examples=[{"owners": ["ops@example.com"], "webhook": "https://alerts.example.com/etl"}],
    )
    runbooks: fields.WebhookUrl | None = Field(
        default=None,
        description="The address below which people find the pages of docs/runbooks, for the links in alerts; without "
        "it the path in this repository.",
        examples=["https://git.example.com/etl-platform/blob/main/docs/runbooks"],
    )
