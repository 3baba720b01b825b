"""rclone, which the jobs of a backup take from this image into their own pod."""

from __future__ import annotations

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "/usr/local/bin/rclone"


def recipe(name: str, tag: str, base: Recipe) -> Recipe:
    """Describe `docker.io/rclone/rclone`: the program built from its Go module, beside a shell as upstream has one.

    Upstream lies on Alpine and this on Debian; both have the program, `sh`, `cp` and the public authorities in the same
    places, and the pods use nothing else.
    """
    return Recipe(
        name=name,
        version=tag,
        base=base,
        # Source: rclone v1.73.2, Dockerfile.
        runtime=Runtime(entrypoint=("rclone",), environment={"XDG_CONFIG_HOME": "/config"}, working_directory="/data"),
        fill=_fill,
        when=When.ON_DEMAND,
    )


def _fill(workspace: Workspace) -> None:
    workspace.place(workspace.built("rclone"), PROGRAM, 0o755)
    (workspace.upper / "data").mkdir()
    workspace.trust_public_authorities()
