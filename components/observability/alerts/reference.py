"""The tables of docs/alerts.md.

`python -m components.observability.alerts.reference --write` renews them in the page.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from components.observability.alerts.alert import Alert
from components.observability.alerts.table import ALERTS, MISSING
from components.observability.alerts.thresholds import THRESHOLDS, Threshold
from transforms.documents import pages
from transforms.documents.pages import END, begin, renewed

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "alerts.md"
BEGIN = begin("components/observability/alerts")
SECONDS = "seconds"
UNITS = {"day": 86400, "h": 3600, "min": 60}
TITLES = {
    "databases": "Databases",
    "backups": "Backups",
    "identity": "Identity",
    "state": "Jobs, schedules and quotas",
    "platform": "The platform itself",
}


def text() -> str:
    """The generated part of the page, with its marks."""
    parts = [BEGIN, *(_group(TITLES[name], alerts) for name, alerts in ALERTS.items()), _thresholds(), _missing(), END]
    return "\n\n".join(parts)


def page(current: str) -> str:
    """The page with its generated part renewed. Raises ValueError when its marks are gone."""
    return renewed(current, text(), PAGE.name)


def main(argv: Sequence[str]) -> int:
    """Print the generated part, or with --write renew it in the page."""
    about = "The table of alerts and their thresholds."
    return pages.main(argv, module="components.observability.alerts.reference", about=about, page=PAGE, text=text())


def _group(title: str, alerts: Sequence[Alert]) -> str:
    rows = [
        f"| [{each.name}](runbooks/{each.name}.md) | {each.severity} | {each.owner} | {_lasts(each)} | {_says(each)} |"
        for each in alerts
    ]
    head = ["| alert | severity | who acts | after | it says |", "|---|---|---|---|---|"]
    return "\n".join([f"## {title}", "", *head, *rows])


def _lasts(alert: Alert) -> str:
    names = ", ".join(f"`{name}`" for name in sorted(alert.thresholds))
    after = "at once" if alert.lasts == "0m" else alert.lasts.strip("{}")
    if alert.lasts.startswith("{"):
        return names
    return f"{after}; {names}" if names else after


def _says(alert: Alert) -> str:
    """The summary, with the names of the labels in place of their values."""
    said = re.sub(r"\{\{ \$labels\.(\w+) \}\}", r"*\1*", alert.summary)
    return re.sub(r"\{\{ \$value[^}]*\}\}B?", "*so many*", said)


def _thresholds() -> str:
    rows = [
        f"| `{name}` | {_shown(each, each.dev)} | {_shown(each, each.test)} | {_shown(each, each.prod)} "
        f"| {each.unit.replace(SECONDS, 'a duration')} | {each.reason} |"
        for name, each in THRESHOLDS.items()
    ]
    head = ["| threshold | dev | test | prod | unit | why |", "|---|---|---|---|---|---|"]
    return "\n".join(["## Thresholds", "", *head, *rows])


def _shown(threshold: Threshold, value: str) -> str:
    """A value as people read it."""
    if threshold.unit.startswith(SECONDS):
        return _duration(int(value))
    return f"{int(value):,}" if value.isdigit() else value


def _duration(seconds: int) -> str:
    parts = []
    for unit, length in UNITS.items():
        number, seconds = divmod(seconds, length)
        parts += [f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"] if number else []
    return " ".join(parts)


def _missing() -> str:
    rows = [f"| {what} | {why} |" for what, why in MISSING.items()]
    return "\n".join(["## Not there yet", "", "| nobody is told of | because |", "|---|---|", *rows])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
