"""Cluster DNS."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

from sandbox.images.errors import ImageError
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace

NET_BIND_SERVICE = 10
REVISION_2_EFFECTIVE = 0x02000001


def recipe(name: str, tag: str) -> Recipe:
    """Describe `registry.k8s.io/coredns/coredns`: the program built from its Go module."""
    return Recipe(
        name=name,
        version=tag,
        runtime=Runtime(user="65532:65532", entrypoint=("/coredns",), ports=("53/tcp", "53/udp")),
        fill=_fill,
    )


def _fill(workspace: Workspace) -> None:
    built = workspace.paths.bin / "coredns"
    if not built.exists():
        raise ImageError(f"{built} is not built yet; `make up` builds it before this image")
    program = workspace.upper / "coredns"
    shutil.copyfile(built, program)
    program.chmod(0o755)
    permit_low_ports(program)
    workspace.trust_public_authorities()


def permit_low_ports(program: Path) -> None:
    """Let a program take port 53 for a user who is not root, as upstream's image does.

    The value is `vfs_cap_data` of revision 2 (linux/capability.h).
    """
    permitted = 1 << NET_BIND_SERVICE
    os.setxattr(program, "security.capability", struct.pack("<IIIII", REVISION_2_EFFECTIVE, permitted, 0, 0, 0))
