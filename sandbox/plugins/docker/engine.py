"""The Docker engine that the provider's options name, and the images that are published to it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from sandbox.docker import images
from sandbox.docker.api import Api
from sandbox.docker.errors import DockerError
from sandbox.plugins.docker.reference import repository
from sandbox.plugins.host import PluginError, Value

OPTIONS = {"host": str}
DEFAULT = "unix:///var/run/docker.sock"


class Shelf(Protocol):
    """Where built images are put, and found again by those who run them."""

    def take(self, archive: Path, reference: str) -> str:
        """Take an image; returns `repository@digest`. Raises PluginError."""

    def digest(self, reference: str) -> str | None:
        """The digest under a name; None when there is no such image. Raises PluginError."""


class Engine:
    """One engine, known once the provider has its options; the vendor's ways to name it, in the vendor's order."""

    def __init__(self) -> None:
        self._host = ""

    def use(self, config: Mapping[str, Value]) -> None:
        """Take the options."""
        self._host = config.get("host") or ""

    @property
    def chosen(self) -> bool:
        """Whether an option names it, rather than the environment."""
        return bool(self._host)

    @contextmanager
    def api(self) -> Iterator[Api]:
        """The way to it; what it refuses becomes the plugin's error."""
        try:
            yield Api(self._host or os.environ.get("DOCKER_HOST") or DEFAULT)
        except DockerError as error:
            raise PluginError(str(error)) from error

    def take(self, archive: Path, reference: str) -> str:
        """Load an image; what was never pushed has no digest but its id."""
        with self.api() as api:
            return f"{repository(reference)}@{images.load_docker_archive(api, archive, reference)}"

    def digest(self, reference: str) -> str | None:
        """The id of the image under a name."""
        with self.api() as api:
            return images.held(api, reference)
