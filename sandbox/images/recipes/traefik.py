"""Traefik, the proxy of the edge."""

from __future__ import annotations

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "/usr/local/bin/traefik"


def recipe(name: str, tag: str, base: Recipe) -> Recipe:
    """Describe `docker.io/library/traefik`: the program built from its Go module, in the place where upstream has it.

    Upstream's entry point is a script that puts `traefik` before options. The pods name the program, and this image
    has no script.
    """
    return Recipe(
        name=name,
        version=tag,
        base=base,
        runtime=Runtime(entrypoint=("traefik",), ports=("80/tcp",)),
        fill=_fill,
        when=When.ON_DEMAND,
    )


def _fill(workspace: Workspace) -> None:
    workspace.place(workspace.built("traefik"), PROGRAM, 0o755)
    workspace.trust_public_authorities()
