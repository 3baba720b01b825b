"""`make access`: who can do what on which database, by the config and on the live servers."""

from __future__ import annotations

import argparse
import subprocess

from sandbox.commands import env
from sandbox.commands.prepared import own_salt


def run(given: argparse.Namespace) -> int:
    """Print the report; status 1 when a server differs from the config or cannot be asked."""
    session = env.ready(given)
    with own_salt(session):
        return subprocess.run(
            [session.paths.python, "-m", "delivery", "access", given.env],
            cwd=session.paths.root,
            env=session.variables,
            check=False,
        ).returncode
