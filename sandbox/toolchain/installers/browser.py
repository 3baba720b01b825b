"""Chromium in a Debian of their own, for the tests in which a person logs in.

Its packages are not pinned: Debian replaces Chromium by each security release, and the version before is gone from its
archive the same day. What a cache has is kept until FORMAT is raised or the cache is removed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.images import ImageError
from sandbox.images.debian import bootstrapping
from sandbox.toolchain.commands import Commands
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import key_of, whole_folder
from sandbox.toolchain.installers.published import Published
from sandbox.toolchain.paths import Paths

FORMAT = "1"
"""Raised when the folder's content should be made anew."""

PACKAGES = ("chromium", "libnss3-tools", "fonts-dejavu-core")


@dataclass(frozen=True, slots=True)
class Browser:
    """The root folder of that Debian, at `paths.browser`."""

    paths: Paths
    commands: Commands

    @property
    def published(self) -> Published:
        """Where it lies."""
        return Published("browser", key_of([FORMAT, *PACKAGES]), {self.paths.browser: ""})

    def ready(self) -> bool:
        """Whether it is there."""
        return self.published.ready(self.paths)

    def make(self) -> None:
        """Unpack it.

        Raises:
            ToolchainError: apt knows no Debian, or its packages cannot be had.
        """
        with whole_folder(self.published.folder(self.paths)) as folder:
            try:
                command = bootstrapping(self.paths.bin / "mmdebstrap", folder, PACKAGES)
            except ImageError as error:
                raise ToolchainError(str(error)) from error
            self.commands.run("browser", command)
        self.published.publish(self.paths)
