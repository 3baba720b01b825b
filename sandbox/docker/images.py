"""Brings the sandbox's image archives into a Docker engine.

They are OCI layouts, which engines read from 25 on. For older ones the list of layers that Docker's own format has
is put in front; the files themselves are the same.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.docker.api import Api, part
from sandbox.docker.errors import DockerError, NotFoundError
from sandbox.images.archive import Archive
from sandbox.images.catalogue import catalogue, chosen
from sandbox.toolchain.paths import Paths

TAR = "application/x-tar"
PIECE = 1 << 20


def load(api: Api, paths: Paths, names: Iterable[str]) -> list[str]:
    """Load stand-ins that the engine does not hold yet.

    Args:
        api: the engine.
        paths: the cache with the archives.
        names: short names of the images.

    Returns:
        References of those that were loaded now.

    Raises:
        DockerError: an archive is missing, or the engine refused.
        ImageError: an archive is broken, or there is no such image.
    """
    loaded: list[str] = []
    for recipe in chosen(catalogue(paths.root), names):
        archive = paths.images / recipe.archive
        if not archive.exists():
            raise DockerError(
                f"{recipe.reference} is not built yet; `make build PART=image-{recipe.short}` builds it before this"
            )
        if held(api, recipe.reference) != Archive(archive).config:
            load_layout(api, archive, recipe.reference)
            loaded.append(recipe.reference)
    return loaded


def held(api: Api, reference: str) -> str | None:
    """The id (`sha256:…`, of the image's configuration) under a name; None when the engine has no such image."""
    try:
        return str(api.get(f"/images/{part(reference)}/json")["Id"])
    except NotFoundError:
        return None


def load_layout(api: Api, archive: Path, reference: str) -> str:
    """Load an OCI archive under a name; returns the image's id.

    Raises:
        DockerError: the engine refused, or does not show the image afterwards.
    """
    found = Archive(archive)
    listed = [
        {
            "Config": _member(found.config),
            "RepoTags": [reference],
            "Layers": [layer.member for layer in found.layers],
        }
    ]
    load_archive(api, _preceded(archive, json.dumps(listed).encode()))
    return _shown(api, reference)


def load_docker_archive(api: Api, archive: Path, reference: str) -> str:
    """Load an archive of Docker's own format, which names its image itself; returns the image's id.

    Raises:
        DockerError: as `load_layout`.
    """
    load_archive(api, _pieces(archive))
    return _shown(api, reference)


def load_archive(api: Api, content: Iterable[bytes]) -> None:
    """Send an archive."""
    said = api.call("POST", "/images/load", {"quiet": "true"}, content, TAR)
    lines = said if isinstance(said, list) else [said]
    if refused := [line["error"] for line in lines if isinstance(line, dict) and "error" in line]:
        raise DockerError(f"the engine could not load an image: {refused[0]}")


def _shown(api: Api, reference: str) -> str:
    found = held(api, reference)
    if found is None:
        raise DockerError(f"{reference} was loaded, and the engine does not show it")
    return found


def _member(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _preceded(archive: Path, manifest: bytes) -> Iterator[bytes]:
    member = tarfile.TarInfo("manifest.json")
    member.size = len(manifest)
    head = io.BytesIO()
    head.write(member.tobuf())
    head.write(manifest.ljust(-(-len(manifest) // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE, b"\0"))
    yield head.getvalue()
    yield from _pieces(archive)


def _pieces(archive: Path) -> Iterator[bytes]:
    with archive.open("rb") as content:
        while piece := content.read(PIECE):
            yield piece
