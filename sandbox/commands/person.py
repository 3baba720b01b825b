"""`make person`: someone who can log in to an environment, in a cluster or on a Docker engine."""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager

from sandbox.commands import env
from sandbox.commands.local import Place
from sandbox.commands.prepared import own_salt
from sandbox.toolchain.engine import LOCAL
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.session import Session


def run(given: argparse.Namespace) -> int:
    """Make the person, and print the password for the first login once."""
    session, variables, salt = _on_docker() if given.env == LOCAL else _in_a_cluster(given)
    optional = [f"--{option}={value}" for option in ("role", "team", "email") if (value := getattr(given, option))]
    with salt:
        return subprocess.run(
            [session.paths.python, "-m", "operations", "person", f"--env={given.env}", *optional, "--", given.name],
            cwd=session.paths.root,
            env=variables,
            check=False,
        ).returncode


def _in_a_cluster(given: argparse.Namespace) -> tuple[Session, Mapping[str, str], AbstractContextManager[object]]:
    session = env.ready(given)
    return session, session.variables, own_salt(session)


def _on_docker() -> tuple[Session, Mapping[str, str], AbstractContextManager[object]]:
    place = Place.find()
    if not place.authority.exists():
        raise ToolchainError("the local environment does not run; `make local` starts it")
    return place.session, place.variables, place.own_salt
