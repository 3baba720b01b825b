"""The sandbox's node, where an image is published: its containerd holds what pods run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sandbox.images.loader import NAMESPACE, parse_images
from sandbox.plugins.docker.reference import normalised, repository
from sandbox.plugins.host import PluginError
from sandbox.toolchain.paths import Paths


class Node:
    """Holds images by name; all references may be short."""

    def __init__(self, paths: Paths) -> None:
        self._program = paths.bin / "ctr"
        self._socket = paths.run / "containerd/containerd.sock"

    def take(self, archive: Path, reference: str) -> str:
        """Import an image; returns `repository@digest`, under which the node knows it as well.

        Raises:
            PluginError: there is no node, or it refuses.
        """
        self._ctr("import", str(archive))
        digest = self.digest(reference)
        if digest is None:
            raise PluginError(f"{reference} was brought to the node, which does not show it")
        exact = f"{repository(reference)}@{digest}"
        self._ctr("tag", "--force", normalised(reference), exact)
        return exact

    def digest(self, reference: str) -> str | None:
        """The digest under a name; None when the node has no such image.

        Raises:
            PluginError: there is no node.
        """
        return parse_images(self._ctr("list")).get(normalised(reference))

    def _ctr(self, *words: str) -> str:
        if not self._socket.exists():
            raise PluginError(
                "the offline docker plugin publishes images to the sandbox's node, and none runs here; `make up` "
                "starts it. For a cluster of your own install the vendor's plugin and name a registry"
            )
        command = [str(self._program), f"--address={self._socket}", f"--namespace={NAMESPACE}", "images", *words]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PluginError(f"the node's containerd refused `images {' '.join(words)}`: {done.stderr.strip()}")
        return done.stdout
