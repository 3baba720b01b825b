"""`make up`: from whatever there is to a deployed environment."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable

from sandbox import demands, images, node
from sandbox.commands import summary
from sandbox.commands.prepared import own_salt, prepare_cluster, prepare_engine, project_of, refuse_impossible
from sandbox.images import ImageError
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.lock import exclusive
from sandbox.toolchain.parts import Part, When
from sandbox.toolchain.session import Session

NODE_NEEDS = ("kubernetes", "packages", "etcd", "python", "image-pause", "image-coredns")


def run(given: argparse.Namespace) -> int:
    """Bring the environment up and say where everything is."""
    session = Session.open(given.context)
    refuse_impossible(session, "up")
    bring_up(session, given.env)
    return 0


def bring_up(session: Session, stack: str) -> None:
    """Build, start, deploy; every step finds what is there already, so an interrupted run is simply run again.

    Raises:
        ToolchainError: what failed, and how to go on.
    """
    began = time.monotonic()
    say = session.display.say
    with exclusive(session.paths.cache / "locks/up", "`make up`", say):
        say(f"engine: pulumi {session.engine.version} ({session.engine.reason}); cluster: {session.cluster.title}")
        session.build(session.needed(), _node_parts(session) if session.cluster.sandbox else ())
        _start_background(session)
        prepare_cluster(session)
        prepare_engine(session)
        demands.provide(session, stack)
        deployed = time.monotonic()
        _deploy(session, stack)
        session.timings.record("deploy", time.monotonic() - deployed)
        outputs = project_of(session).outputs(stack)
    print(summary.page(session, stack, outputs, time.monotonic() - began), flush=True)


def _deploy(session: Session, stack: str) -> None:
    project = project_of(session)
    with own_salt(session):
        project.select(stack)
        for sentence in project.recover(stack):
            session.display.say(f"{sentence}: cleared")
        session.display.say(f"pulumi up --stack {stack}")
        arguments = ["up", "--stack", stack, "--yes", "--skip-preview", "--suppress-outputs"]
        status = project.run(*arguments, *([] if sys.stdout.isatty() else ["--non-interactive", "--suppress-progress"]))
    if status:
        raise ToolchainError(
            f"pulumi up ended with status {status}; what it said stands above. `make up` goes on from here, "
            f"`make shell ENV={stack}` lets you look around"
        )


def _node_parts(session: Session) -> list[Part]:
    """The node and its images as parts: it starts while the engine is still being compiled."""
    paths = session.paths
    wanted = [part.name for part in session.parts if part.name.startswith("image-") and part.when is When.NEEDED]
    loaded: list[str] = []

    def start() -> None:
        try:
            node.start(paths, session.display.say)
        except node.NodeError as error:
            raise ToolchainError(str(error)) from error

    def load() -> None:
        try:
            images.load(paths)
        except ImageError as error:
            raise ToolchainError(str(error)) from error
        loaded.append("all")

    return [
        _part("node", "starting the Kubernetes node", lambda: node.status(paths).healthy, start, NODE_NEEDS),
        _part("images", "loading the images into the node", lambda: bool(loaded), load, ("node", *wanted)),
    ]


def _part(name: str, title: str, ready: Callable[[], bool], make: Callable[[], None], needs: tuple[str, ...]) -> Part:
    return Part(name=name, title=title, ready=ready, make=make, needs=needs, expected=20.0)


def _start_background(session: Session) -> None:
    """Let a process of its own make what can wait; the environment does not wait for it."""
    waiting = [part.name for part in session.parts if part.when is When.BACKGROUND and not part.ready()]
    if not waiting:
        return
    log = session.commands.logs / "background.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        subprocess.Popen(
            ["nice", "-n", "15", sys.executable, "-m", "sandbox", "build", "--background"],
            cwd=session.paths.root,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    session.display.say(f"being built in the background: {', '.join(waiting)} (log: {log})")
