"""What a killed run leaves, cleared on the real engine."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest

from sandbox.toolchain.engine import PROJECT, Project
from sandbox.toolchain.errors import ToolchainError
from tests.sandbox.plugins.harness import Project as Scratch

pytestmark = pytest.mark.sandbox

IDENTIFIER = "import pulumi_random\npulumi_random.RandomId('one', byte_length=4)\n"


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path, PROJECT)


def engine(scratch: Scratch) -> Project:
    program = which("pulumi", path=scratch.environment["PATH"])
    assert program
    return Project(scratch.folder, Path(program), scratch.environment, scratch.folder.parent / "state")


@contextmanager
def a_run(scratch: Scratch, started: Path) -> Iterator[int]:
    """An `up` whose program waits for ever and which holds the stack's lock; killed at the end."""
    scratch.write(f"import pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(600)\n")
    with scratch.start("up", "--yes", "--skip-preview") as running:
        while not started.exists():
            assert running.poll() is None, running.communicate()[0]
            time.sleep(0.05)
        try:
            yield running.pid
        finally:
            os.killpg(running.pid, signal.SIGKILL)


def test_the_lock_of_a_killed_run_is_cleared_and_the_next_up_completes(scratch: Scratch, tmp_path: Path) -> None:
    with a_run(scratch, tmp_path / "started"):
        pass
    scratch.write(IDENTIFIER)

    assert engine(scratch).recover("test") == ["a run that was killed had left its lock"]

    assert scratch.up().changes == {"create": 1}


def test_a_run_that_still_works_is_not_disturbed(scratch: Scratch, tmp_path: Path) -> None:
    with (
        a_run(scratch, tmp_path / "started") as pid,
        pytest.raises(ToolchainError, match=f"is being changed by process {pid}"),
    ):
        engine(scratch).recover("test")


def test_operations_that_were_begun_and_never_recorded_are_forgotten(scratch: Scratch) -> None:
    scratch.write(IDENTIFIER)
    scratch.up()
    file = scratch.folder.parent / f"state/.pulumi/stacks/{PROJECT}/test.json"
    state = json.loads(file.read_text())
    latest = state["checkpoint"]["latest"]
    [made] = [each for each in latest["resources"] if "RandomId" in each["type"]]
    begun = {**made, "urn": made["urn"].replace("::one", "::begun")}
    latest["pending_operations"] = [{"resource": begun, "type": "creating"}]
    file.write_text(json.dumps(state))

    assert engine(scratch).recover("test") == ["a run that was killed had left 1 unfinished operations"]
    assert engine(scratch).recover("test") == []

    assert scratch.up().changes == {}
