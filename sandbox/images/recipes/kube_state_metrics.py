"""kube-state-metrics, and nothing beside it."""

from __future__ import annotations

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "kube-state-metrics"


def recipe(name: str, tag: str) -> Recipe:
    """Describe `registry.k8s.io/kube-state-metrics/kube-state-metrics`: the program built from its Go module."""
    return Recipe(
        name=name,
        version=tag,
        # Source: kube-state-metrics v2.19.1, Dockerfile; upstream's base is distroless, whose nobody this is.
        runtime=Runtime(
            user="65534:65534",
            entrypoint=(f"/{PROGRAM}", "--port=8080", "--telemetry-port=8081"),
            ports=("8080/tcp", "8081/tcp"),
        ),
        fill=_fill,
        when=When.ON_DEMAND,
    )


def _fill(workspace: Workspace) -> None:
    workspace.place(workspace.built(PROGRAM), f"/{PROGRAM}", 0o755)
