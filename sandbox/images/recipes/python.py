"""Python, on which teams build the images of their services."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.images.debian import INSTALL, install
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PACKAGE = "python3"
FLAVOUR = "-slim-bookworm"
"""The end of the tag, as the official images write it."""
# Upstream's pip installs into upstream's own Python; Debian's wants to be asked twice for that.
AFTER = "ln -s /usr/bin/python3 /usr/local/bin/python; rm -f /usr/lib/python3*/EXTERNALLY-MANAGED"


def recipe(name: str, tag: str, base: Recipe, packages: Mapping[str, str]) -> Recipe:
    """Describe `docker.io/library/python` on Debian.

    Upstream compiles the newest Python of a minor version below /usr/local; this has Debian's of the same minor
    version, as `python3` and `python` on the path, and its pip.

    Args:
        name: the repository.
        tag: Python's minor version, and the image's flavour.
        base: Debian.
        packages: Debian's packages and their upstream versions.
    """

    def fill(workspace: Workspace) -> None:
        install(workspace, packages)
        workspace.run(AFTER)

    return Recipe(
        name=name,
        version=tag,
        base=base,
        # Source: github.com/docker-library/python, 3.11/slim-bookworm/Dockerfile.
        runtime=Runtime(command=("python3",), environment={"LANG": "C.UTF-8"}),
        fill=fill,
        ingredients={**packages, "after": AFTER, "install": INSTALL},
        when=When.ON_DEMAND,
    )
