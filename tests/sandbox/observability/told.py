"""Everyone who can be told, by every way."""

from components.identity import Mail
from components.observability.routing import Receivers, Slack, Webhook

TEAMS = {"epidemiology": ["ada@example.com", "emmy@example.com"], "reporting": ["grace@example.com"]}
MAIL = Mail(host="smtp.example.com", port=465, sender="etl@example.com", encryption="tls", username="etl", password="x")
EVERYTHING = Receivers(
    owners=["ops@example.com"],
    teams=TEAMS,
    mail=MAIL,
    webhook=Webhook("https://alerts.example.com/etl", token="x"),
    slack=Slack("#etl", "x"),
    pagerduty="x",
    watchdog=Webhook("https://watchdog.example.com/ping"),
)
SECRETS = {"mail": "mail-secret", "webhook": "token", "slack": "https://hooks.example.com/x", "pagerduty": "key"}
