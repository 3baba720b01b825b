"""Who hears of which alert, and by which way: Alertmanager's file.

Source: prometheus.io, "Alertmanager configuration", 0.31.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import yaml

from components.identity import Mail

PLATFORM, URGENT, WATCHDOG = "platform", "platform-urgent", "watchdog"
FOLDER = "/etc/alertmanager"
FILE, TRUSTED = "alertmanager.yaml", "trusted.pem"
DOWN = "DatabaseDown"

# One message for each alert and database: the first waits for others of its kind, and what is added or over is told a
# minute later. Nobody needs to be reminded more than twice a day.
GROUPING: Mapping[str, Any] = {
    "group_by": ["alertname", "team", "namespace", "database"],
    "group_wait": "30s",
    "group_interval": "1m",
    "repeat_interval": "12h",
}


@dataclass(frozen=True)
class Webhook:
    """An address that takes alerts as JSON, always over TLS; `token` is its bearer token, a secret."""

    url: str
    token: pulumi.Input[str] | None = None


@dataclass(frozen=True)
class Slack:
    """A channel, and the secret address of the incoming webhook that writes into it."""

    channel: str
    url: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class Receivers:
    """By which ways people are told.

    Args:
        owners: the addresses of those who run the platform. teams: those of each team's owners, by team.
        mail: the server by which mails go; None for no mails.
        webhook, slack: hear of everything. pagerduty: the key of the service that wakes the platform's people.
        watchdog: hears every five minutes that alerts still come, and is to raise an alarm when it does not.
        trusted: authorities, in PEM, that may have signed the webhooks' certificates; None for the public ones.
    """

    owners: Sequence[str] = ()
    teams: Mapping[str, Sequence[str]] = field(default_factory=dict)
    mail: Mail | None = None
    webhook: Webhook | None = None
    slack: Slack | None = None
    pagerduty: pulumi.Input[str] | None = None
    watchdog: Webhook | None = None
    trusted: str | None = None

    def secrets(self) -> dict[str, pulumi.Input[str]]:
        """What `configuration` needs and nobody may read, by name."""
        found = {
            "mail": self.mail.password if self.mail else None,
            "webhook": self.webhook.token if self.webhook else None,
            "slack": self.slack.url if self.slack else None,
            "pagerduty": self.pagerduty,
            "watchdog": self.watchdog.token if self.watchdog else None,
        }
        return {name: value for name, value in found.items() if value is not None}


def configuration(receivers: Receivers, secrets: Mapping[str, str]) -> dict[str, Any]:
    """The file, with the secrets in it."""
    teams = [_receiver(receiver_of(team), receivers, secrets, to) for team, to in receivers.teams.items()]
    platform = [_receiver(name, receivers, secrets, receivers.owners) for name in (PLATFORM, URGENT)]
    if "pagerduty" in secrets:
        platform[1]["pagerduty_configs"] = [{"routing_key": secrets["pagerduty"], "description": _SUBJECT}]
    watchdog: dict[str, Any] = {"name": WATCHDOG}
    if receivers.watchdog:
        watchdog["webhook_configs"] = [_webhook("watchdog", receivers.watchdog, receivers, secrets)]
    return {
        "global": {"resolve_timeout": "5m", **_smtp(receivers.mail, secrets)},
        "route": {"receiver": PLATFORM, **GROUPING, "routes": _routes(receivers)},
        "inhibit_rules": [
            # A server that is down explains whatever else is the matter with its database.
            {
                "source_matchers": [f'alertname="{DOWN}"'],
                "target_matchers": [f'alertname!="{DOWN}"', 'database=~".+"'],
                "equal": ["namespace", "database"],
            },
            # Nothing answers explains that some do not.
            {
                "source_matchers": ['alertname="ServiceDown"'],
                "target_matchers": ['alertname=~"ReplicasMissing|TargetDown"'],
                "equal": ["job"],
            },
        ],
        "receivers": [*platform, watchdog, *teams],
    }


def text(content: Mapping[str, Any]) -> str:
    """The same as the file that Alertmanager reads."""
    return yaml.safe_dump(dict(content), sort_keys=False, width=120, allow_unicode=True)


def receiver_of(team: str) -> str:
    """The receiver of a team's alerts."""
    return f"team-{team}"


def _routes(receivers: Receivers) -> list[dict[str, Any]]:
    """A team's own alerts to the team alone; what is critical about its things to it and to the platform."""
    own, critical = 'owner="team"', 'severity="critical"'
    routes: list[dict[str, Any]] = [
        {
            "receiver": WATCHDOG,
            "matchers": ['alertname="Watchdog"'],
            "group_wait": "0s",
            "repeat_interval": "5m",
        }
    ]
    for team in receivers.teams:
        routes += [
            {"receiver": receiver_of(team), "matchers": [f'team="{team}"', own]},
            {"receiver": receiver_of(team), "matchers": [f'team="{team}"', critical], "continue": True},
        ]
    return [*routes, {"receiver": URGENT, "matchers": [critical]}, {"receiver": PLATFORM}]


_SUBJECT = "{{ .CommonAnnotations.summary }}"
_LINES = "{{ range .Alerts }}{{ .Status }}: {{ .Annotations.summary }} {{ .Annotations.runbook_url }}\n{{ end }}"


def _receiver(name: str, receivers: Receivers, secrets: Mapping[str, str], to: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name}
    if receivers.mail and to:
        found["email_configs"] = [
            {
                "to": ", ".join(to),
                "send_resolved": True,
                "headers": {"Subject": "[{{ .Status }}] {{ .CommonLabels.alertname }}: " + _SUBJECT},
            }
        ]
    if receivers.webhook:
        found["webhook_configs"] = [_webhook("webhook", receivers.webhook, receivers, secrets)]
    if receivers.slack:
        found["slack_configs"] = [
            {
                "api_url": secrets["slack"],
                "channel": receivers.slack.channel,
                "send_resolved": True,
                "title": "{{ .CommonLabels.alertname }} ({{ .CommonLabels.team }}): {{ .Status }}",
                "text": _LINES,
            }
        ]
    return found


def _webhook(name: str, webhook: Webhook, receivers: Receivers, secrets: Mapping[str, str]) -> dict[str, Any]:
    client: dict[str, Any] = {"follow_redirects": False}
    if name in secrets:
        client["authorization"] = {"credentials": secrets[name]}
    if receivers.trusted:
        client["tls_config"] = {"ca_file": f"{FOLDER}/{TRUSTED}"}
    return {"url": webhook.url, "send_resolved": name != "watchdog", "http_config": client}


def _smtp(mail: Mail | None, secrets: Mapping[str, str]) -> dict[str, Any]:
    if mail is None:
        return {}
    login = {"smtp_auth_username": mail.username, "smtp_auth_password": secrets["mail"]} if mail.username else {}
    return {
        "smtp_smarthost": f"{mail.host}:{mail.port}",
        "smtp_from": f"{mail.sender_name} <{mail.sender}>",
        "smtp_require_tls": True,
        # Encrypted from the first byte, or begun in plain text and then encrypted; never left as it began.
        "smtp_force_implicit_tls": mail.encryption == "tls",
        **login,
    }
