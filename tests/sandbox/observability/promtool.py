"""promtool, over the rules that the table becomes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from components.observability.alerts import ALERTS, Alert, ProfileName, rules, values
from components.observability.alerts.rules import runbook, text
from components.observability.jobs import JOBS
from sandbox.toolchain.paths import Paths
from tests.sandbox.observability.cases import Case

PROFILE: ProfileName = "prod"
"""Whose thresholds the cases know."""


def alert(name: str) -> Alert:
    """The entry of an alert."""
    [found] = [each for group in ALERTS.values() for each in group if each.name == name]
    return found


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Ask promtool."""
    program = Paths.find().bin / "promtool"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=300, check=False)


def judged(case: Case, folder: Path) -> str:
    """What promtool finds wrong with what an alert says of a case; nothing when all is well."""
    (folder / "rules.yaml").write_text(text(rules([], values(PROFILE), JOBS)))
    file = folder / "test.yaml"
    file.write_text(yaml.safe_dump(_file(case)))
    done = run("test", "rules", file)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def _file(case: Case) -> dict[str, Any]:
    return {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": case.step,
        "tests": [
            {
                "interval": case.step,
                "input_series": [{"series": name, "values": found} for name, found in case.series.items()],
                "alert_rule_test": [
                    {
                        "eval_time": case.at,
                        "alertname": case.alert,
                        "exp_alerts": [_expected(alert(case.alert), labels, says) for labels, says in case.says],
                    }
                ],
            }
        ],
    }


def _expected(found: Alert, labels: Mapping[str, str], says: str) -> dict[str, Any]:
    return {
        "exp_labels": {**labels, **found.labels, "severity": found.severity, "owner": found.owner},
        "exp_annotations": {"summary": says, "runbook_url": runbook(found.name, None)},
    }
