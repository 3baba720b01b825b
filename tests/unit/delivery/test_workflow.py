"""The first workflow: what it may do, and that what it calls exists."""

import argparse
import re
import shlex
import tomllib

import pytest
import yaml

import sandbox.commands.python
from delivery.program import ROOT
from sandbox import cli
from tests.unit.delivery import workflow


def test_it_runs_on_pull_requests_and_nothing_else() -> None:
    assert set(workflow.load()["on"]) == {"pull_request"}


def test_it_may_read_the_code_and_nothing_else() -> None:
    assert workflow.load()["permissions"] == {"contents": "read"}
    assert not [name for name, job in workflow.load()["jobs"].items() if "permissions" in job]


def test_it_holds_no_secret() -> None:
    assert "secrets" not in workflow.PATH.read_text()


def test_its_checkout_keeps_no_credentials() -> None:
    checkouts = [step for step in workflow.steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == len(workflow.load()["jobs"])
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_no_text_of_a_pull_request_reaches_a_shell() -> None:
    assert not [script for script in workflow.scripts() if "${{" in script]


@pytest.mark.parametrize("used", re.findall(r"uses: (.*)", workflow.PATH.read_text()))
def test_an_action_is_pinned_by_commit_and_says_its_version(used: str) -> None:
    assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used)


def test_one_action_has_one_version() -> None:
    pins = set(re.findall(r"uses: ([\w/-]+)@(\w+)", workflow.PATH.read_text()))
    assert len(pins) == len({name for name, _ in pins})


def test_every_job_ends_and_a_newer_push_ends_it_sooner() -> None:
    found = workflow.load()
    assert all(0 < job["timeout-minutes"] <= 30 for job in found["jobs"].values())
    assert found["concurrency"]["cancel-in-progress"] is True
    assert "pull_request.number" in found["concurrency"]["group"]


def test_it_runs_the_python_that_the_table_of_versions_names() -> None:
    python = tomllib.loads((ROOT / "versions.toml").read_text())["host"]["python"]
    given = [step["with"]["python-version"] for step in workflow.steps() if "setup-python@" in step.get("uses", "")]
    assert given == [python] * len(workflow.load()["jobs"])


def test_its_make_targets_exist() -> None:
    called = {target for script in workflow.scripts() for target in re.findall(r"\bmake ([\w-]+)", script)}
    declared = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert called == {"check"}
    assert called <= declared


def test_its_commands_reach_the_projects_python_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    received: list[list[str]] = []

    def run(given: argparse.Namespace) -> int:
        received.append(list(given.arguments))
        return 0

    monkeypatch.setattr(sandbox.commands.python, "run", run)
    start = ["python3", "-m", "sandbox"]
    script = shlex.split(workflow.scripts("review")[-1])
    assert script[: len(start)] == start
    assert cli.main(script[len(start) : script.index(">>")]) == 0
    assert received == [["-m", "delivery", "review", "--base", "HEAD^1", "--format", "markdown"]]


def test_its_cache_follows_the_lock_file() -> None:
    for step in workflow.steps():
        if "cache-dependency-path" in step.get("with", {}):
            assert (ROOT / step["with"]["cache-dependency-path"]).is_file()


def test_the_base_that_is_compared_with_is_fetched() -> None:
    [checkout] = [step for step in workflow.steps("review") if "checkout@" in step.get("uses", "")]
    assert checkout["with"]["fetch-depth"] == 2
    assert "--base HEAD^1 " in workflow.scripts("review")[-1]


def test_hooks_before_a_commit_run_commands_that_exist() -> None:
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local", "nothing is fetched that no lock file pins"
    pattern = next(hook["files"] for hook in repository["hooks"] if hook["id"] == "validate")
    assert [name for name in ("Pulumi.dev.yaml", "Pulumi.yaml", "x/Pulumi.dev.yaml") if re.search(pattern, name)] == [
        "Pulumi.dev.yaml"
    ]
