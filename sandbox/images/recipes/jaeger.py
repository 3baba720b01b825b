"""Jaeger, with its API and without its pages: the module has the program, and not the bundle of its user interface."""

from __future__ import annotations

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "/cmd/jaeger/jaeger-linux"


def recipe(name: str, tag: str) -> Recipe:
    """Describe `docker.io/jaegertracing/jaeger`: the program built from its Go module, on nothing."""
    return Recipe(
        name=name,
        version=tag,
        # Source: jaeger v2.2.0, cmd/jaeger/Dockerfile.
        runtime=Runtime(
            user="10001",
            entrypoint=(PROGRAM,),
            environment={"JAEGER_LISTEN_HOST": "0.0.0.0"},  # noqa: S104 - as upstream's image has it
            ports=("4317/tcp", "4318/tcp", "13133/tcp", "16686/tcp"),
        ),
        fill=_fill,
        when=When.ON_DEMAND,
    )


def module(tag: str) -> str:
    """The version of the Go module that a release of Jaeger is built from: 2.2.0 is that of v1.65.0.

    Source: jaeger v2.2.0, CHANGELOG.md: both numbers name one release, and rise together.
    """
    major, minor, patch = tag.split(".")
    return f"v{int(major) - 1}.{int(minor) + 63}.{patch}"


def _fill(workspace: Workspace) -> None:
    workspace.place(workspace.built("jaeger"), PROGRAM, 0o755)
    workspace.trust_public_authorities()
