"""The container that holds a pod's namespaces."""

from __future__ import annotations

from pathlib import Path

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace

SOURCE = Path(__file__).parents[1] / "files/pause/main.go"


def recipe(name: str, tag: str) -> Recipe:
    """Describe `registry.k8s.io/pause`: one static program and nothing else."""
    return Recipe(
        name=name,
        version=tag,
        runtime=Runtime(user="65535:65535", entrypoint=("/pause",)),
        fill=_fill,
        files=(SOURCE,),
    )


def _fill(workspace: Workspace) -> None:
    cache = workspace.paths.build / "go-images"
    program = workspace.upper / "pause"
    workspace.call(
        [workspace.tool("go"), "build", "-trimpath", "-ldflags=-s -w", "-o", str(program), str(SOURCE)],
        {"CGO_ENABLED": "0", "GO111MODULE": "off", "GOFLAGS": "", "GOCACHE": str(cache)},
    )
