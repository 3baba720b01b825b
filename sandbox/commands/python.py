"""`python3 -m sandbox python …`: the project's Python, made when it is missing."""

from __future__ import annotations

import argparse
import os
import sys

from sandbox.toolchain.session import Session


def run(given: argparse.Namespace) -> int:
    """Become that Python, with `given.arguments`; does not return when it can be started.

    What reaches a cluster from there reaches the sandbox, unless the arguments name a context of the person's own.
    """
    session = Session.open()
    session.display.out = sys.stderr
    session.build(["transforms"])
    python = session.paths.python
    own = "--context" in given.arguments
    variables = os.environ | ({} if own else {"KUBECONFIG": str(session.paths.kubeconfig)})
    os.execve(python, [str(python), *given.arguments], variables)  # noqa: S606
