"""`make env`: the lines that set up a shell; for `eval "$(make -s env)"`."""

from __future__ import annotations

import argparse
import sys

from sandbox.commands.prepared import own_salt, prepare_cluster, prepare_engine, project_of
from sandbox.toolchain.session import Session


def run(given: argparse.Namespace) -> int:
    """Print them; everything else that is said goes to stderr."""
    session = ready(given)
    print(session.environment.exports())
    return 0


def ready(given: argparse.Namespace) -> Session:
    """A session whose cluster runs, whose plugins are installed and whose stack is selected.

    Raises:
        ToolchainError: the sandbox does not run, or the context does not exist.
    """
    session = Session.open(given.context)
    session.display.out = sys.stderr
    prepare_cluster(session)
    session.build(["transforms"])
    prepare_engine(session)
    with own_salt(session):
        project_of(session).select(given.env)
    return session
