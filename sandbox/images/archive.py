"""OCI archives: an image layout inside one tar, as `ctr images import` reads it."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sandbox.images.errors import ImageError
from sandbox.images.recipe import Recipe

LAYER = "application/vnd.oci.image.layer.v1.tar"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


@dataclass(frozen=True, slots=True)
class Blob:
    """A file of an image layout, described as OCI does."""

    media_type: str
    digest: str
    size: int

    @property
    def member(self) -> str:
        """Name inside the archive."""
        return f"blobs/{self.digest.replace(':', '/')}"

    def descriptor(self) -> dict[str, Any]:
        """The OCI descriptor."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


class Archive:
    """An archive that exists."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def digest(self) -> str:
        """Digest of the image's manifest, under which the node knows the image.

        Raises:
            ImageError: the file is no archive of this package.
        """
        return str(self._index()["digest"])

    @property
    def config(self) -> str:
        """Digest of the image's configuration, under which a Docker engine knows the image."""
        return str(self._manifest()["config"]["digest"])

    @property
    def layers(self) -> tuple[Blob, ...]:
        """Its layers, lowest first."""
        return tuple(Blob(layer["mediaType"], layer["digest"], layer["size"]) for layer in self._manifest()["layers"])

    def copy_layer(self, layer: Blob, target: Path) -> None:
        """Write one layer's tar to `target`."""
        with tarfile.open(self.path, "r:") as tar, _member(tar, layer.member) as source, target.open("wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)

    def _manifest(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._json(f"blobs/{self.digest.replace(':', '/')}")
        return found

    def _index(self) -> Mapping[str, Any]:
        try:
            index = self._json("index.json")
            found: Mapping[str, Any] = index["manifests"][0]
        except (OSError, tarfile.TarError, LookupError, ValueError) as error:
            raise ImageError(f"{self.path} is no image archive ({error}); delete it and run `make up` again") from error
        return found

    def _json(self, member: str) -> Any:
        with tarfile.open(self.path, "r:") as tar, _member(tar, member) as source:
            return json.load(source)


def write_archive(recipe: Recipe, layers: Iterable[Path], target: Path) -> None:
    """Write the archive of an image from its layers' tars, lowest first."""
    files = list(layers)
    blobs = [Blob(LAYER, _digest(path), path.stat().st_size) for path in files]
    config = _encode(_config(recipe, blobs))
    config_blob = Blob(CONFIG, _digest_of(config), len(config))
    manifest = _encode(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config_blob.descriptor(),
            "layers": [blob.descriptor() for blob in blobs],
        }
    )
    manifest_blob = Blob(MANIFEST, _digest_of(manifest), len(manifest))
    named = {
        "io.containerd.image.name": recipe.reference,
        "org.opencontainers.image.ref.name": recipe.version,
    }
    index = {"schemaVersion": 2, "manifests": [{**manifest_blob.descriptor(), "annotations": named}]}
    with tarfile.open(target, "w") as tar:
        # The small parts come first, so that asking for the digest does not read past the layers.
        _add(tar, "oci-layout", _encode({"imageLayoutVersion": "1.0.0"}))
        _add(tar, "index.json", _encode(index))
        _add(tar, manifest_blob.member, manifest)
        _add(tar, config_blob.member, config)
        for blob, path in zip(blobs, files, strict=True):
            tar.add(path, blob.member, filter=_plain)


def _config(recipe: Recipe, layers: Iterable[Blob]) -> dict[str, Any]:
    runtime = recipe.runtime
    container: dict[str, Any] = {
        "User": runtime.user,
        "Entrypoint": list(runtime.entrypoint),
        "Cmd": list(runtime.command),
        "Env": [f"{name}={value}" for name, value in runtime.environment.items()],
        "WorkingDir": runtime.working_directory,
        "ExposedPorts": {port: {} for port in runtime.ports},
        "Volumes": {path: {} for path in runtime.volumes},
        "StopSignal": runtime.stop_signal,
        "Labels": {"org.opencontainers.image.version": recipe.version, "etl-platform.dev/recipe": recipe.key},
    }
    return {
        "architecture": "amd64",
        "os": "linux",
        "config": {name: value for name, value in container.items() if value},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest for layer in layers]},
    }


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    source = tar.extractfile(name)
    if source is None:
        raise ImageError(f"{name} is no file in {tar.name!r}")
    return source


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member


def _encode(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return f"sha256:{hashlib.file_digest(content, 'sha256').hexdigest()}"
