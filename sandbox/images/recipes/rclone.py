"""rclone, which the jobs of a backup take from this image into their own pod."""

from __future__ import annotations

from pathlib import Path

from sandbox.images.errors import ImageError
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "/usr/local/bin/rclone"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


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
    built = workspace.paths.bin / "rclone"
    if not built.exists():
        raise ImageError(f"{built} is not built yet; `make build PART=image-rclone` builds it before this image")
    workspace.place(built, PROGRAM, 0o755)
    (workspace.upper / "data").mkdir()
    if AUTHORITIES.exists():
        workspace.place(AUTHORITIES, str(AUTHORITIES))
