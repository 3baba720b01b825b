"""`make test`: unit tests, the transform core on Spark, the real environment, and one summary."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import node
from sandbox.commands.check import BESIDE_EACH_OTHER
from sandbox.commands.down import take_down
from sandbox.commands.prepared import own_salt
from sandbox.commands.up import bring_up
from sandbox.images import ImageError
from sandbox.toolchain.choice import why_no_sandbox, why_no_spark
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import remove
from sandbox.toolchain.lock import exclusive
from sandbox.toolchain.progress import duration
from sandbox.toolchain.session import Session

UNIT, SPARK, REAL, FAULTS = "tests/unit", "tests/transforms", "tests/sandbox", "tests/teardown"
IN_GROUPS = ("--numprocesses=3", "--dist=loadscope", "--no-loadscope-reorder")
"""Real tests wait for servers as often as they compute, so one more than the cores; tests/sandbox/conftest.py says
which of them stay together, and which come first."""
ON_DOCKER = ("tests/sandbox/docker", "tests/sandbox/local")
"""A second whole environment beside the node, on an engine of its own: for who asks for it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How tests ended; a test whose setup or teardown broke counts as failed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def run(given: argparse.Namespace) -> int:
    """Run all tests; the last line counts them. Status 1 when one failed or the environment did not come."""
    began = time.monotonic()
    session = Session.open(given.context)
    session.build(["transforms"])
    say = session.display.say
    say("unit tests")
    counts = pytest(session, UNIT, os.environ, *BESIDE_EACH_OTHER)
    more, without_spark = _on_spark(session)
    counts += more
    reasons = why_no_sandbox() if session.cluster.sandbox else []
    problem: str | None = None
    if reasons:
        skipped = collected(session, REAL)
        counts += Counts(skipped=skipped)
        problem = f"{skipped} tests need the sandbox and were skipped: {'; '.join(reasons)}"
    else:
        more, problem = _real(session, keep=given.keep, faults=given.faults, docker=given.docker)
        counts += more
    for each in filter(None, (without_spark, problem)):
        print(f"\n{each}", flush=True)
    say(f"all tests took {duration(time.monotonic() - began)}")
    # Alone on the last line, in the plain form that runners of pipelines read.
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped", flush=True)
    return 1 if counts.failed else 0


def _on_spark(session: Session) -> tuple[Counts, str | None]:
    """Test the transform core on a Spark of this machine, one test after the other: they share its JVM."""
    if reason := why_no_spark():
        skipped = collected(session, SPARK)
        return Counts(skipped=skipped), f"{skipped} tests need Spark and were skipped: {reason}"
    session.display.say("tests of the transform core on Spark")
    return pytest(session, SPARK, os.environ), None


def _real(session: Session, *, keep: bool, faults: bool, docker: bool) -> tuple[Counts, str | None]:
    """Bring the environment up, test it, and take it down again when it was not there before.

    With `docker` the environment on a Docker engine is tested too; with `faults` the node's faults are, which takes the
    sandbox down in any case.
    """
    started = session.cluster.sandbox and not node.status(session.paths).running
    try:
        bring_up(session, "dev")
        counts = _on_the_environment(session, docker=docker)
        return counts + (_faults(session) if faults else Counts()), None
    except (ToolchainError, node.NodeError, ImageError) as error:
        # An environment that does not come is a failure, and none of its tests passed.
        return Counts(failed=1, skipped=collected(session, REAL)), f"the environment did not come: {error}"
    finally:
        if started and not keep:
            with exclusive(session.paths.cache / "locks/up", "`make test`", session.display.say):
                take_down(session.paths)
            session.display.say("the sandbox is down again, as it was before (KEEP=1 keeps it)")


def _on_the_environment(session: Session, *, docker: bool) -> Counts:
    session.display.say("tests against the real environment")
    variables = {**session.variables, "ETL_PLATFORM_PYTHON": str(session.paths.python)}
    with own_salt(session):
        left_out = [] if docker else [f"--ignore={each}" for each in ON_DOCKER]
        return pytest(session, REAL, variables, *IN_GROUPS, *left_out)


def _faults(session: Session) -> Counts:
    session.display.say("faults of the node, and the machine as it was before")
    variables = {**session.variables, "ETL_TEST_MAY_STOP": "1"}
    return pytest(session, FAULTS, variables)


def pytest(session: Session, folder: str, variables: Mapping[str, str], *options: str) -> Counts:
    """Run the tests of a folder, showing failures as they are, and count how they ended."""
    report = session.paths.cache / "reports" / f"{Path(folder).name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    remove(report)
    # Twice quiet: the one line that counts stands at the very end, over both folders.
    arguments = [folder, "-qq", *options, f"--junitxml={report}", "-o", "junit_logging=no"]
    status = _pytest(session, arguments, variables).returncode
    counts = read_report(report) if report.exists() else Counts()
    nothing_told = status not in (0, 5) and counts.failed == 0
    return counts + Counts(failed=1) if nothing_told else counts


def collected(session: Session, folder: str) -> int:
    """How many tests a folder holds, without running one."""
    done = _pytest(session, [folder, "--collect-only", "-q"], os.environ, capture=True)
    return sum("::" in line for line in done.stdout.splitlines())


def read_report(file: Path) -> Counts:
    """Count the tests of a JUnit report."""
    suites = list(ET.parse(file).getroot().iter("testsuite"))  # noqa: S314 - written by pytest a moment ago
    total, skipped, failed = (
        sum(int(suite.get(name, 0)) for suite in suites for name in names)
        for names in (("tests",), ("skipped",), ("failures", "errors"))
    )
    return Counts(total - skipped - failed, failed, skipped)


def _pytest(
    session: Session, arguments: Sequence[str], variables: Mapping[str, str], *, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [session.paths.python, "-m", "pytest", *arguments],
        cwd=session.paths.root,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        text=True,
        check=False,
    )
