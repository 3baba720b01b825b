"""oauth2-proxy, which stands before each service that asks for a login."""

from __future__ import annotations

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "/bin/oauth2-proxy"


def recipe(name: str, tag: str) -> Recipe:
    """Describe `quay.io/oauth2-proxy/oauth2-proxy`: the program built from its Go module, on nothing."""
    return Recipe(
        name=name,
        version=tag,
        # Source: oauth2-proxy v7.15.4, Dockerfile; upstream's base is distroless, whose user this is.
        runtime=Runtime(user="65532:65532", entrypoint=(PROGRAM,), ports=("4180/tcp",)),
        fill=_fill,
        when=When.ON_DEMAND,
    )


def _fill(workspace: Workspace) -> None:
    workspace.place(workspace.built("oauth2-proxy"), PROGRAM, 0o755)
    workspace.trust_public_authorities()
