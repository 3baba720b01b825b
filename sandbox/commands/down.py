"""`make down`: the machine as it was before."""

from __future__ import annotations

import argparse
import os

from sandbox import node
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import remove
from sandbox.toolchain.lock import exclusive
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.progress import Display
from sandbox.toolchain.salt import OwnSalt


def run(given: argparse.Namespace) -> int:  # noqa: ARG001
    """Stop the sandbox; what was built stays in the cache, so that the next start is quick."""
    paths, display = Paths.find(), Display()
    if not paths.run.exists():
        display.say("the sandbox does not run")
        if os.geteuid() != 0:
            return 0
    with exclusive(paths.cache / "locks/up", "`make down`", display.say):
        take_down(paths)
    display.say(f"nothing runs any more; the built tools stay in {paths.cache} until you delete it")
    return 0


def take_down(paths: Paths) -> None:
    """Stop the node and remove the running sandbox's folder, also after half a start.

    Raises:
        ToolchainError: a person who is not root asks for it.
        NodeError: what could not be removed.
    """
    if os.geteuid() != 0:
        raise ToolchainError("stopping the sandbox takes root, as starting it did")
    with OwnSalt(paths.root, paths.state):
        node.stop(paths)
        remove(paths.run)
