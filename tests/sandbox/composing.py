"""Docker Compose itself, on a file that was generated from the declaration."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.paths import ROOT, Paths
from sandbox.toolchain.session import Session

BOUND = 1200  # seconds


@dataclass(frozen=True)
class Compose:
    """The program and its file.

    Attributes:
        file: the Compose file.
        host: the engine's address; None where none is asked.
    """

    file: Path
    host: str | None = None

    @classmethod
    def generated(cls, folder: Path, host: str | None = None) -> Compose:
        """Have the program built, and the file of Pulumi.local.yaml written as `make compose` does."""
        Session.open().build(["compose"])
        file = folder / "compose.yaml"
        subprocess.run([sys.executable, "-m", "delivery", "compose", "local", file], cwd=ROOT, check=True)
        return cls(file, host)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command of it; nothing of a person's own configuration is read."""
        where = {"DOCKER_HOST": self.host} if self.host else {}
        return subprocess.run(
            [Paths.find().bin / "docker-compose", "--progress", "plain", "--file", self.file, *words],
            env={"PATH": os.environ["PATH"], "HOME": str(self.file.parent), **where},
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )
