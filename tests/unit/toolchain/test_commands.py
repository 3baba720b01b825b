from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from sandbox.toolchain.commands import Commands, output_of
from sandbox.toolchain.errors import ToolchainError


def test_a_failure_carries_the_status_the_log_its_end_and_the_advice(tmp_path: Path) -> None:
    commands = Commands(tmp_path)

    with pytest.raises(ToolchainError) as caught:
        commands.run("go-build", ["sh", "-c", "echo first; echo 'no space left' >&2; exit 3"], hint="Free some disk.")

    message = str(caught.value)
    assert message.startswith(f"sh ended with status 3; the end of {tmp_path / 'go-build.log'}:")
    assert "no space left" in message
    assert message.endswith("Free some disk.")


def test_the_environment_is_set_on_top_of_this_one(tmp_path: Path) -> None:
    Commands(tmp_path).run("env", ["sh", "-c", "echo $ADDED; command -v sh"], env={"ADDED": "yes"})

    assert (tmp_path / "env.log").read_text().startswith("yes\n/")


def test_a_missing_program_is_told_without_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"^no-such-program was not found; `make doctor` says how to get it$"):
        Commands(tmp_path).run("x", ["no-such-program"])


def test_stopping_ends_programs_with_their_children_and_refuses_new_ones(tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    mark = tmp_path / "child"
    errors: list[str] = []

    def work() -> None:
        try:
            commands.run("long", ["sh", "-c", f"sleep 600 & echo $! > {mark}; wait"])
        except ToolchainError as error:
            errors.append(str(error))

    worker = threading.Thread(target=work)
    worker.start()
    while not (mark.exists() and mark.read_text().strip()):
        time.sleep(0.01)
    commands.stop()
    worker.join(10)

    assert errors == ["long was stopped"]
    while _lives(int(mark.read_text())):  # a child of the killed one may take a moment longer
        time.sleep(0.01)
    with pytest.raises(ToolchainError, match="everything is being stopped"):
        commands.run("another", ["true"])


def test_the_output_of_a_program_that_fails_or_hangs_is_unknown() -> None:
    assert output_of(sys.executable, "-c", "print('v1.2')") == "v1.2"
    assert output_of(sys.executable, "-c", "raise SystemExit(1)") is None
    assert output_of("sleep", "60", timeout=0.1) is None
    assert output_of("no-such-program") is None


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
