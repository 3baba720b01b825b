"""The table as Prometheus' rules."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from components.observability.alerts.alert import Alert
from components.observability.alerts.table import ALERTS
from components.observability.jobs import JobName

FactName = Literal[
    "backup_interval_seconds", "drill_interval_seconds", "replicas", "scheduled_job", "standbys", "storage_bytes"
]  # fmt: skip
RUNBOOKS = "docs/runbooks"
SLOW = {"databases": "1m", "backups": "1m"}
"""Groups that look far back, and so cost more than others, are asked less often."""


@dataclass(frozen=True)
class Fact:
    """What was declared, as a series `declared:<name>` that expressions hold against what is.

    What should be there and is not has no figure of its own: without these nobody would miss it.
    """

    name: FactName
    value: float
    labels: Mapping[str, str]

    def rule(self) -> dict[str, Any]:
        """As a recording rule."""
        return {"record": f"declared:{self.name}", "expr": f"vector({self.value:.15g})", "labels": dict(self.labels)}


def rules(
    facts: Sequence[Fact], thresholds: Mapping[str, str], jobs: Collection[JobName], runbooks: str | None = None
) -> dict[str, Any]:
    """The rule file.

    Args:
        facts: what was declared.
        thresholds: by name, as PromQL has them.
        jobs: those that have targets; alerts on others are left out, since nothing could ever make them fire.
        runbooks: the address below which people find the pages of docs/runbooks; None for the path in the repository.
    """
    groups = [{"name": "declared", "rules": [each.rule() for each in facts]}] if facts else []
    for name, alerts in ALERTS.items():
        found = [_rule(each, thresholds, runbooks) for each in alerts if each.job in jobs]
        if found:
            groups.append({"name": name, **_interval(name), "rules": found})
    return {"groups": groups}


def text(content: Mapping[str, Any]) -> str:
    """A configuration as the file that Prometheus reads, and that reviewers read before it."""
    return yaml.dump(dict(content), Dumper=_Readable, sort_keys=False, width=120, allow_unicode=True)


def runbook(name: str, runbooks: str | None) -> str:
    """Where people find the page of an alert."""
    return f"{(runbooks or RUNBOOKS).rstrip('/')}/{name}.md"


class _Readable(yaml.SafeDumper):
    """Writes a text of several lines as such, and not as one with marks for their ends."""


def _as_written(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Readable.add_representer(str, _as_written)


def _interval(group: str) -> dict[str, str]:
    return {"interval": SLOW[group]} if group in SLOW else {}


def _rule(alert: Alert, thresholds: Mapping[str, str], runbooks: str | None) -> dict[str, Any]:
    lasts = alert.filled(alert.lasts, thresholds)
    return {
        "alert": alert.name,
        "expr": alert.filled(alert.expression, thresholds).strip(),
        **({"for": lasts} if lasts != "0m" else {}),
        "labels": {"severity": alert.severity, "owner": alert.owner, **alert.labels},
        "annotations": {"summary": alert.summary, "runbook_url": runbook(alert.name, runbooks)},
    }
