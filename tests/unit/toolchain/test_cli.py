from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.cli import main
from sandbox.commands import test
from sandbox.commands.summary import table
from sandbox.commands.test import Counts, read_report
from sandbox.toolchain.paths import ROOT
from sandbox.toolchain.session import Session


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def nobody(tmp_path: Path) -> tuple[str, ...]:
    """What runs a command as somebody who is not root."""
    tmp_path.chmod(0o777)
    return ("unshare", "--map-user=65534") if os.geteuid() == 0 else ()


def test_without_root_up_says_so_and_offers_a_context(nobody: tuple[str, ...], tmp_path: Path) -> None:
    done = run(*nobody, sys.executable, "-m", "sandbox", "up", ETL_PLATFORM_CACHE=str(tmp_path / "cache"))

    assert done.returncode == 1
    assert "the sandbox cannot run here" in done.stderr
    assert "you are not root" in done.stderr
    assert "make up CONTEXT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_context_is_told_in_one_message(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "kubectl").write_text("#!/bin/sh\necho 'error: no such context' >&2; exit 1\n")
    (tools / "kubectl").chmod(0o755)
    environment = {"ETL_PLATFORM_CACHE": str(tmp_path / "cache"), "PATH": f"{tools}:{os.environ['PATH']}"}

    done = run(sys.executable, "-m", "sandbox", "env", "--context", "kind-dev", **environment)

    assert done.returncode == 1
    assert "no kubeconfig context is called 'kind-dev'" in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_shell_before_up_says_what_starts_the_sandbox(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "sandbox", "env", ETL_PLATFORM_CACHE=str(tmp_path))

    assert done.returncode == 1
    assert "the sandbox does not run; `make up` starts it" in done.stderr


def test_doctor_on_a_machine_that_lacks_go_says_so_and_ends_with_1(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "sandbox", "doctor", ETL_PLATFORM_CACHE=str(tmp_path), PATH="/usr/bin:/bin")

    assert done.returncode == 1
    assert re.search(r"^MISSING\s+go\s+not found\s+\S+ or newer is needed", done.stdout, re.MULTILINE)


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))

    listed = set(re.findall(r"^  make (\S+)", run("make", "help").stdout, re.MULTILINE))

    assert targets == listed
    assert {"up", "down", "shell", "doctor", "test", "check", "validate", "render", "bench"} <= listed


@pytest.mark.parametrize(("target", "advice"), [("validate", "FILE=Pulumi.dev.yaml"), ("render", "OUT=folder")])
def test_a_target_without_its_argument_says_which(target: str, advice: str) -> None:
    done = run("make", target)

    assert done.returncode == 2
    assert advice in done.stderr


def test_whatever_follows_python_reaches_the_projects_python_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started: list[list[str]] = []
    clusters: list[str | None] = []

    def start(program: Path, arguments: list[str], variables: dict[str, str]) -> None:
        started.append([str(program), *arguments])
        clusters.append(variables.get("KUBECONFIG"))

    monkeypatch.setenv("KUBECONFIG", "/a/persons/own")
    monkeypatch.setenv("ETL_PLATFORM_CACHE", str(tmp_path))
    monkeypatch.setattr("sandbox.toolchain.session.Session.build", lambda session, names: None)  # noqa: ARG005
    monkeypatch.setattr(os, "execve", start)

    main(["python", "-m", "delivery", "render", "prod", "--help"])
    main(["python", "-m", "operations", "backups", "a/b", "--context", "kind-dev"])

    python = str(tmp_path / "venv/bin/python")
    assert started[0] == [python, python, "-m", "delivery", "render", "prod", "--help"]
    # The sandbox's cluster, unless a person names one of their own.
    assert clusters == [str(tmp_path / "run/kubeconfig"), "/a/persons/own"]


def test_a_report_counts_broken_fixtures_as_failures(tmp_path: Path) -> None:
    file = tmp_path / "unit.xml"
    file.write_text('<testsuites><testsuite tests="10" failures="2" errors="1" skipped="3"/></testsuites>')

    assert read_report(file) == Counts(passed=4, failed=3, skipped=3)
    assert read_report(file) + Counts(passed=1) == Counts(passed=5, failed=3, skipped=3)


def test_tests_on_spark_are_counted_as_skipped_with_the_reason_where_there_is_no_java(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setattr(test, "collected", lambda session, folder: {"tests/transforms": 40}[folder])  # noqa: ARG005

    counts, reason = test._on_spark(Session.open())

    assert counts == Counts(skipped=40)
    assert reason == (
        "40 tests need Spark and were skipped: Spark needs Java 17 or newer, and /nowhere/bin/java does not run"
    )


def test_a_table_aligns_its_columns_and_ends_lines_without_spaces() -> None:
    assert table([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]
