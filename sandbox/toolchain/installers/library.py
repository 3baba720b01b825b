"""The checkout's transform core in the Python environment: its entry points, and the command `transforms`.

Only what is installed has entry points, and these are how the library finds its kinds of steps. The code stays in the
checkout (an editable installation), so nothing is made anew when it changes. Checkouts that share a cache share the
environment, and the one that ran last is linked.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.commands import Commands
from sandbox.toolchain.files import key_of, write_whole
from sandbox.toolchain.installers.python import PIP
from sandbox.toolchain.paths import Paths

FOLDER, DISTRIBUTION = "transforms", "etl_transforms"
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index")
"""The environment holds already what the library needs, and what builds it."""


@dataclass(frozen=True, slots=True)
class Library:
    """The link from the environment to this checkout's library.

    Attributes:
        paths: the cache and the checkout.
        commands: runs pip.
    """

    paths: Paths
    commands: Commands

    @property
    def source(self) -> Path:
        """The library's folder in the checkout."""
        return self.paths.root / FOLDER

    def ready(self) -> bool:
        """Whether the environment is linked to this checkout, as its pyproject.toml is now."""
        try:
            return self._mark.read_text() == self._key and self._linked()
        except (OSError, ValueError):
            return False

    def make(self) -> None:
        """Link it, in place of any other checkout.

        Raises:
            ToolchainError: pip refuses the library.
        """
        self._mark.unlink(missing_ok=True)
        self.commands.run("transforms", [self.paths.python, *PIP, "install", *OFFLINE, "--editable", self.source])
        write_whole(self._mark, self._key)

    @property
    def _mark(self) -> Path:
        """Holds the key of what was linked last; it lies in the environment and goes with it."""
        return self.paths.venv / "transforms.key"

    @property
    def _key(self) -> str:
        return key_of([str(self.source), self.source / "pyproject.toml"])

    def _linked(self) -> bool:
        """What the installation says of itself: a person may have installed another one by hand."""
        found = list(self.paths.venv.glob(f"lib/python3.*/site-packages/{DISTRIBUTION}-*.dist-info"))
        if len(found) != 1 or not (found[0] / "entry_points.txt").exists():
            return False
        origin = json.loads((found[0] / "direct_url.json").read_text())
        return bool(origin.get("url") == self.source.as_uri() and origin.get("dir_info", {}).get("editable"))
