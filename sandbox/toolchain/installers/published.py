"""A finished tool folder, published under `bin`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.files import link, remove
from sandbox.toolchain.paths import Paths


@dataclass(frozen=True, slots=True)
class Published:
    """Where a tool of one version lies and which of its files people and programs call.

    Attributes:
        name: the tool, as a folder under `paths.tools`.
        key: version and what else its content follows from.
        links: where each link lies, to a path inside the tool's folder.
    """

    name: str
    key: str
    links: Mapping[Path, str]

    def folder(self, paths: Paths) -> Path:
        """The folder of this version; whole or absent."""
        return paths.tools / self.name / self.key

    def ready(self, paths: Paths) -> bool:
        """Whether it is there and every link leads into it."""
        folder = self.folder(paths)
        return folder.is_dir() and all(
            place.is_symlink() and place.readlink() == folder / inside for place, inside in self.links.items()
        )

    def publish(self, paths: Paths) -> None:
        """Point every link at this version and remove the versions before it."""
        folder = self.folder(paths)
        for place, inside in self.links.items():
            link(folder / inside, place)
        for other in folder.parent.iterdir():
            if other != folder:
                remove(other)
