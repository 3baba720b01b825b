"""Builds a Dockerfile by buildah, with no daemon and nothing pulled: its bases are the sandbox's stand-ins."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.images.catalogue import catalogue
from sandbox.images.errors import ImageError
from sandbox.plugins.docker import pip
from sandbox.plugins.docker.dockerfile import bases
from sandbox.plugins.docker.reference import normalised
from sandbox.plugins.host import Cancelled, PluginError, sleep, status
from sandbox.toolchain.files import write_whole
from sandbox.toolchain.paths import Paths

_LOOK_EVERY = 0.2
_LINES_SHOWN = 20
# What is built here is ours and its bases are checked when they are made; nothing is asked of a registry.
_POLICY = json.dumps({"default": [{"type": "insecureAcceptAnything"}]})
_REGISTRIES = "unqualified-search-registries = []\n"


@dataclass(frozen=True)
class Build:
    """One build.

    Attributes:
        reference: the name that the image gets.
        context: folder of the files.
        dockerfile: its path.
        arguments: of the build.
        target: the stage that is built; the last one for None.
    """

    reference: str
    context: Path
    dockerfile: Path
    arguments: Mapping[str, str] = field(default_factory=dict)
    target: str | None = None


class Builder:
    """Builds with a store of its own, by default below the running sandbox's folder.

    Its command line says nothing of the build's arguments: they travel as variables.
    """

    def __init__(self, paths: Paths, folder: Path | None = None) -> None:
        self._paths = paths
        self._folder = folder or paths.run / "images"

    @contextmanager
    def built(self, build: Build) -> Iterator[Path]:
        """Build, and yield the image as an archive, which is gone afterwards.

        Raises:
            PluginError: a base has no stand-in, or a step failed; with the end of what the build said.
        """
        self._prepare()
        for base in bases(build.dockerfile.read_text(), build.arguments):
            self._bring(base)
        reference = normalised(build.reference)
        with tempfile.TemporaryDirectory(dir=self._folder) as scratch:
            mounts = pip.lent(self._paths.python, Path(scratch))
            options = [f"--volume={mount}" for mount in mounts]
            options += [f"--build-arg={name}" for name in build.arguments]
            options += [f"--target={build.target}"] if build.target else []
            place = [f"--file={build.dockerfile}", f"--tag={reference}", str(build.context)]
            self._buildah(
                "bud", "--isolation=chroot", "--pull-never", "--layers=false", *options, *place, more=build.arguments
            )
            archive = Path(scratch) / "image.tar"
            try:
                self._buildah("push", reference, f"docker-archive:{archive}:{reference}")
            finally:
                self._buildah("rmi", reference)
            yield archive

    def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "bases").mkdir(exist_ok=True)
        storage = [
            "[storage]",
            'driver = "overlay"',
            f'graphroot = "{self._folder}/storage"',
            f'runroot = "{self._folder}/state"',
        ]
        write_whole(self._folder / "storage.conf", "\n".join([*storage, ""]))
        write_whole(self._folder / "registries.conf", _REGISTRIES)
        write_whole(self._folder / "policy.json", _POLICY)

    def _bring(self, base: str) -> None:
        """Have a stand-in in the store; one that was built anew takes the place of the old."""
        try:
            recipes = {recipe.reference: recipe for recipe in catalogue(self._paths.root).values()}
        except ImageError as error:
            raise PluginError(str(error)) from error
        recipe = recipes.get(normalised(base))
        if recipe is None:
            raise PluginError(
                f"FROM {base}: nothing can be pulled here, and there are stand-ins of {', '.join(recipes)}"
            )
        archive = self._paths.images / recipe.archive
        if not archive.exists():
            raise PluginError(f"FROM {base}: it is not built yet; `make build PART=image-{recipe.short}` builds it")
        mark = self._folder / "bases" / recipe.archive
        with (self._folder / "bases/.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if mark.exists():
                return
            status(f"unpacking {recipe.reference}")
            self._buildah("pull", f"oci-archive:{archive}")
            mark.touch()

    def _buildah(self, command: str, *words: str, more: Mapping[str, str] | None = None) -> None:
        settings = {
            "CONTAINERS_STORAGE_CONF": str(self._folder / "storage.conf"),
            "CONTAINERS_REGISTRIES_CONF": str(self._folder / "registries.conf"),
            "TMPDIR": str(self._folder),
        }
        policy = [f"--signature-policy={self._folder / 'policy.json'}"] if command != "rmi" else []
        with tempfile.TemporaryFile("w+", errors="replace") as said:
            process = subprocess.Popen(
                [self._paths.bin / "buildah", command, *policy, *words],
                env={**os.environ, **(more or {}), **settings},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
            code = _ended(process)
            if code:
                said.seek(0)
                end = "\n".join(said.read().splitlines()[-_LINES_SHOWN:])
                raise PluginError(f"buildah {command} ended with status {code}; the end of what it said:\n{end}")


def _ended(process: subprocess.Popen[bytes]) -> int:
    try:
        while (code := process.poll()) is None:
            sleep(_LOOK_EVERY)
    except Cancelled:
        # All that it started ends with it.
        process.kill()
        process.wait()
        raise
    return code
