"""Python, on which teams build the images of their services."""

from __future__ import annotations

from sandbox.images.debian import INSTALL, install
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PACKAGE = "python3"
FLAVOUR = "-slim-bookworm"
"""The end of the tag, as the official images write it."""


def recipe(name: str, tag: str, base: Recipe, version: str) -> Recipe:
    """Describe `docker.io/library/python` on Debian.

    Upstream compiles the newest Python of a minor version below /usr/local; this has Debian's of the same minor
    version, as `python3` and `python` on the path.

    Args:
        name: the repository.
        tag: Python's minor version, and the image's flavour.
        base: Debian.
        version: of Debian's package.
    """

    def fill(workspace: Workspace) -> None:
        install(workspace, {PACKAGE: version})
        workspace.run("ln -s /usr/bin/python3 /usr/local/bin/python")

    return Recipe(
        name=name,
        version=tag,
        base=base,
        # Source: github.com/docker-library/python, 3.11/slim-bookworm/Dockerfile.
        runtime=Runtime(command=("python3",), environment={"LANG": "C.UTF-8"}),
        fill=fill,
        ingredients={PACKAGE: version, "install": INSTALL},
        when=When.ON_DEMAND,
    )
