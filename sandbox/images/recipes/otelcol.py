"""The OpenTelemetry Collector, and nothing beside it."""

from __future__ import annotations

from pathlib import Path

from sandbox.images.errors import ImageError
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def recipe(name: str, tag: str) -> Recipe:
    """Describe `docker.io/otel/opentelemetry-collector`: the program built from its Go modules, with the parts used."""
    return Recipe(
        name=name,
        version=tag,
        # Source: opentelemetry-collector-releases v0.159.0, distributions/otelcol/Dockerfile.
        runtime=Runtime(
            user="10001:10001",
            entrypoint=("/otelcol",),
            command=("--config", "/etc/otelcol/config.yaml"),
            ports=("4317/tcp", "4318/tcp"),
        ),
        fill=_fill,
        called="otelcol",
        when=When.ON_DEMAND,
    )


def _fill(workspace: Workspace) -> None:
    built = workspace.paths.bin / "otelcol"
    if not built.exists():
        raise ImageError(f"{built} is not built yet; `make build PART=image-otelcol` builds it before this image")
    workspace.place(built, "/otelcol", 0o755)
    if AUTHORITIES.exists():
        workspace.place(AUTHORITIES, str(AUTHORITIES))
