"""What one image is made of, and the key that changes when any of it does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.toolchain.parts import When

if TYPE_CHECKING:
    from sandbox.images.workspace import Workspace

FORMAT = 1
"""Raised when the way of building changes so that archives of the old way must go."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a container of the image starts: the fields of an OCI image configuration that are used here."""

    user: str = ""
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image: a name and version of upstream, and the way its one layer is filled here.

    Attributes:
        name: repository as manifests write it, e.g. `docker.io/library/postgres`.
        version: tag; also the version of the software inside.
        runtime: how a container of it starts.
        fill: writes the layer's content into a workspace.
        base: recipe whose layers lie below; None for an image from scratch.
        ingredients: everything else that the content follows from (pinned packages, artifacts).
        files: files of this repository that go into the image or describe it; their content counts.
        called: its short name, where the last part of the repository's says nothing of whose it is.
        when: how urgent it is; one on demand is built by its name alone, and loaded wherever it was built.
    """

    name: str
    version: str
    runtime: Runtime
    fill: Callable[[Workspace], None]
    base: Recipe | None = None
    ingredients: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    called: str | None = None
    when: When = When.NEEDED

    @property
    def reference(self) -> str:
        """Name and tag, e.g. `docker.io/library/postgres:15.20`."""
        return f"{self.name}:{self.version}"

    @property
    def short(self) -> str:
        """What people call it, in general the last part of the name: `postgres`."""
        return self.called or self.name.rpartition("/")[2]

    @property
    def key(self) -> str:
        """Twelve hexadecimal digits that follow from everything the image is made of."""
        described = {
            "format": FORMAT,
            "reference": self.reference,
            "runtime": asdict(self.runtime),
            "base": self.base.key if self.base else None,
            "ingredients": dict(self.ingredients),
            "files": [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.files],
        }
        return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def archive(self) -> str:
        """File name of the archive: `postgres-15.20-0123456789ab.tar`."""
        return f"{self.short}-{self.version}-{self.key}.tar"
