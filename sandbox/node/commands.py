"""Administration commands of the system and of the tools, with errors that a person can read."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any

from sandbox.node.errors import NodeError


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands found on one search path, run with nothing of the caller's environment.

    Attributes:
        search_path: PATH, the tools' own folder first.
    """

    search_path: str

    def run(self, *argv: str, text: str | None = None) -> str:
        """Run a command.

        Args:
            argv: the command and its arguments.
            text: standard input.

        Returns:
            Its standard output.

        Raises:
            NodeError: it is missing or failed; with the first line that it said.
        """
        program = shutil.which(argv[0], path=self.search_path)
        if program is None:
            raise NodeError(f"the command {argv[0]} is missing on this machine (looked in {self.search_path})")
        environment = {"PATH": self.search_path, "LANG": "C.UTF-8"}
        done = subprocess.run(
            (program, *argv[1:]), input=text, capture_output=True, text=True, check=False, env=environment
        )
        if done.returncode != 0:
            reason = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()[0]
            raise NodeError(f"`{' '.join(argv)}` failed: {reason}")
        return done.stdout

    def succeeds(self, *argv: str) -> bool:
        """Whether the command exists and ends with 0."""
        try:
            self.run(*argv)
        except NodeError:
            return False
        return True

    def listed(self, *argv: str) -> list[dict[str, Any]]:
        """The objects that a command such as `ip -j route` prints."""
        found: list[dict[str, Any]] = json.loads(self.run(*argv) or "[]")
        return found
