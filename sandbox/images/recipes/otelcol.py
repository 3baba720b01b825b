"""The OpenTelemetry Collector, and nothing beside it."""

from __future__ import annotations

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "/otelcol-k8s"


def recipe(name: str, tag: str) -> Recipe:
    """Describe `docker.io/otel/opentelemetry-collector-k8s`, from its Go modules, with the parts that are used."""
    return Recipe(
        name=name,
        version=tag,
        # Source: opentelemetry-collector-releases v0.159.0, distributions/otelcol-k8s/Dockerfile.
        runtime=Runtime(
            user="10001:10001",
            entrypoint=(PROGRAM,),
            ports=("4317/tcp", "4318/tcp"),
        ),
        fill=_fill,
        called="otelcol",
        when=When.ON_DEMAND,
    )


def _fill(workspace: Workspace) -> None:
    workspace.place(workspace.built("otelcol"), PROGRAM, 0o755)
    workspace.trust_public_authorities()
