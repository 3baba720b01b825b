"""What `make up` spends its time on."""

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import NotMeasuredError, Row, timed
from sandbox import node
from sandbox.commands.prepared import own_salt, prepare_engine, project_of
from sandbox.toolchain.parts import When
from sandbox.toolchain.session import Session

GROUP = "make up"


def parts(session: Session) -> Iterator[Row]:
    """Each part's last making on this machine, the slowest first."""
    known = {part.name: part for part in session.parts}
    for name, seconds in sorted(session.timings.all.items(), key=lambda item: -item[1]):
        later = name in known and known[name].when is not When.NEEDED
        title = known[name].title if name in known else name
        yield Row(GROUP, title, seconds, note="not waited for" if later else "when it was last made")
    if not session.timings.all:
        raise NotMeasuredError("nothing was made here yet: make up")


def again(session: Session) -> Iterator[Row]:
    """`make up` where all is up already.

    Raises:
        NotMeasuredError: it is not, or `make up` would change something: measuring deploys nothing.
    """
    require_deployed(session, "dev")
    yield Row(GROUP, "with everything up", timed([sys.executable, "-m", "sandbox", "up"]), note="once")


def warm(session: Session) -> Iterator[Row]:
    """`make up` after `make down`: everything built, nothing running.

    Raises:
        NotMeasuredError: nothing runs that could be stopped, or `make up` would change something.
    """
    require_deployed(session, "dev")
    down = timed([sys.executable, "-m", "sandbox", "down"])
    yield Row(GROUP, "warm", timed([sys.executable, "-m", "sandbox", "up"]), goal="under 120 s", note="after make down")
    yield Row(GROUP, "make down", down, note="once")


def require_deployed(session: Session, stack: str) -> None:
    """See that this cache's own state holds the stack as its config asks for it.

    Raises:
        NotMeasuredError: the sandbox does not run, or a deployment would change something.
    """
    if not node.status(session.paths).running:
        raise NotMeasuredError("no sandbox runs: make up")
    prepare_engine(session)
    project = project_of(session)
    command: list[str | Path] = [
        project.program,
        "preview",
        "--stack",
        stack,
        "--non-interactive",
        "--expect-no-changes",
    ]
    try:
        with own_salt(session):
            timed(command, environment=dict(project.variables), cwd=project.root)
    except NotMeasuredError as reason:
        raise NotMeasuredError(f"{stack} is not deployed as its config asks: make up ({reason})") from None
