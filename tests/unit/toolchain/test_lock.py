from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sandbox.toolchain.lock import exclusive
from sandbox.toolchain.paths import ROOT

HOLD = """
import sys
from pathlib import Path
from sandbox.toolchain.lock import exclusive
with exclusive(Path(sys.argv[1]), "`make up`", print):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(file: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_second_waits_for_the_first_and_says_for_whom(tmp_path: Path) -> None:
    file = tmp_path / "locks" / "up"
    said: list[str] = []
    with holder(file) as first:

        def release(message: str) -> None:
            said.append(message)
            assert first.stdin is not None
            first.stdin.close()

        with exclusive(file, "`make down`", release):
            assert first.wait(10) == 0

    assert said == [f"waiting for `make up` (process {first.pid}), which works on the same cache"]


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path / "up") as first:
        first.kill()
        first.wait()
        said: list[str] = []
        with exclusive(tmp_path / "up", "`make up`", said.append):
            pass

    assert said == []
