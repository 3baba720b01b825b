"""Brings archives into the node's containerd."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from sandbox.images.archive import Archive
from sandbox.images.catalogue import catalogue, chosen
from sandbox.images.errors import ImageError
from sandbox.toolchain.parts import When
from sandbox.toolchain.paths import Paths

NAMESPACE = "k8s.io"


def load(paths: Paths, names: Iterable[str] | None = None) -> list[str]:
    """Import images that the node does not hold yet; those there with the same digest are left alone.

    Args:
        paths: the cache; its node's containerd must be running.
        names: short names of the images wanted; all of them for None, those on demand where they are built.

    Returns:
        References of the images that were imported now.

    Raises:
        ImageError: an archive is missing or broken, or containerd refused.
    """
    socket = paths.run / "containerd" / "containerd.sock"
    present = parse_images(_ctr(paths, socket, "list"))
    imported: list[str] = []
    for recipe in chosen(catalogue(paths.root), names):
        archive = paths.images / recipe.archive
        if not archive.exists():
            if names is None and recipe.when is When.ON_DEMAND:
                continue
            later = recipe.when is When.ON_DEMAND
            command = f"make build PART=image-{recipe.short}" if later else "make up"
            raise ImageError(
                f"image {recipe.reference} is not built ({archive} is missing); run `{command}`, which builds it"
            )
        if present.get(recipe.reference) != Archive(archive).digest:
            _ctr(paths, socket, "import", str(archive))
            imported.append(recipe.reference)
    return imported


def parse_images(listing: str) -> dict[str, str]:
    """Read the table of `ctr images list`: digest by reference."""
    rows = (line.split() for line in listing.splitlines()[1:])
    return {row[0]: row[2] for row in rows if len(row) > 2}


def _ctr(paths: Paths, socket: Path, *arguments: str) -> str:
    program = shutil.which("ctr", path=f"{paths.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    if program is None:
        raise ImageError(f"ctr is neither in {paths.bin} nor on PATH; run `make up`, which brings it with containerd")
    command = [program, "--address", str(socket), "--namespace", NAMESPACE, "images", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImageError(f"containerd at {socket} refused `images {' '.join(arguments)}`: {done.stderr.strip()}")
    return done.stdout
