"""Alertmanager's file, judged by the real amtool: it is one, and who hears of what."""

import subprocess
from pathlib import Path

import pytest

from components.observability.routing import Receivers, configuration, text
from sandbox.toolchain.paths import Paths
from tests.sandbox.observability.told import EVERYTHING, SECRETS, TEAMS

pytestmark = pytest.mark.sandbox


def amtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = Paths.find().bin / "amtool"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("receivers", [EVERYTHING, Receivers(teams=TEAMS)], ids=["every way", "no way"])
def test_the_file_is_one_that_alertmanager_takes(receivers: Receivers, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(text(configuration(receivers, SECRETS if receivers is EVERYTHING else {})))
    done = amtool("check-config", file)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_that_is_wrong_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    said = configuration(EVERYTHING, SECRETS)
    said["route"]["receiver"] = "nobody"
    file.write_text(text(said))
    assert amtool("check-config", file).returncode != 0


@pytest.mark.parametrize(
    ("labels", "heard"),
    [
        (("team=epidemiology", "owner=team", "severity=warning"), "team-epidemiology"),
        (("team=reporting", "owner=platform", "severity=critical"), "team-reporting,platform-urgent"),
        (("team=platform", "owner=platform", "severity=warning"), "platform"),
        (("alertname=Watchdog", "severity=none", "team=platform"), "watchdog"),
    ],
)
def test_an_alert_goes_to_whoever_does_something_about_it(labels: tuple[str, ...], heard: str, tmp_path: Path) -> None:
    file = tmp_path / "alertmanager.yaml"
    file.write_text(text(configuration(EVERYTHING, SECRETS)))
    done = amtool("config", "routes", "test", f"--config.file={file}", f"--verify.receivers={heard}", *labels)
    assert done.returncode == 0, done.stdout + done.stderr
