"""`make shell`: a shell in which `pulumi` and `kubectl` work on the environment."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys

from sandbox.commands import env
from sandbox.commands.prepared import own_salt


def run(given: argparse.Namespace) -> int:
    """Run the person's shell; its exit status is the command's."""
    session = env.ready(given)
    program = os.environ.get("SHELL") or "/bin/sh"
    engine = session.engine
    print(
        f"{session.cluster.title}, stack {given.env}, pulumi {engine.version} ({engine.reason}); `exit` leaves",
        file=sys.stderr,
        flush=True,
    )
    # An interrupt at the terminal is the shell's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with own_salt(session):
        return subprocess.run(
            [program], cwd=session.paths.root, env=session.variables, check=False, preexec_fn=_listen_again
        ).returncode


def _listen_again() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
