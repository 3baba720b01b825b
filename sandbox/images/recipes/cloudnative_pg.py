"""The operator CloudNativePG; the same image is the first container of each instance, which copies the program."""

from __future__ import annotations

import shutil

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "cloudnative-pg"
# As upstream's image has it: one program for each architecture, and `/manager` as a link to this machine's.
# Instances find the program of their architecture there when the operator is updated without restarting them.
# Source: cloudnative-pg v1.30.0, Dockerfile.
FOLDER, LINK, ARCHITECTURE = "operator", "manager", "amd64"


def recipe(name: str, tag: str) -> Recipe:
    """Describe `ghcr.io/cloudnative-pg/cloudnative-pg`: the program built from its Go module."""
    return Recipe(
        name=name,
        version=tag,
        runtime=Runtime(user="65532:65532", entrypoint=("/manager",)),
        fill=_fill,
        when=When.ON_DEMAND,
    )


def _fill(workspace: Workspace) -> None:
    built = workspace.built(PROGRAM)
    folder = workspace.upper / FOLDER
    folder.mkdir()
    program = folder / f"manager_{ARCHITECTURE}"
    shutil.copyfile(built, program)
    program.chmod(0o755)
    (workspace.upper / LINK).symlink_to(f"{FOLDER}/{program.name}")
