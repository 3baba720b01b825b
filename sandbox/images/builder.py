"""Builds what is not built yet and removes what nothing uses any more."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.images.archive import Archive, write_archive
from sandbox.images.catalogue import catalogue, chosen
from sandbox.images.layer import write_layer
from sandbox.images.recipe import Recipe
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.progress import Progress

PARTIAL = ".part"


def build(paths: Paths, progress: Progress, names: Iterable[str] | None = None) -> None:
    """Build the archives of images, each only when its recipe has none yet.

    Args:
        paths: the cache; archives appear in `paths.images`.
        progress: told which image is being built.
        names: short names of the images wanted, such as `postgres`; all that `make up` needs for None.

    Raises:
        ImageError: an image cannot be built; what was built before it stays.
    """
    recipes = catalogue(paths.root)
    paths.images.mkdir(parents=True, exist_ok=True)
    needed_by_all = [short for short, recipe in recipes.items() if recipe.when is not When.ON_DEMAND]
    for recipe in chosen(recipes, needed_by_all if names is None else names):
        for needed in _with_bases(recipe):
            _build_one(paths, progress, needed)
    _remove_stale(paths, recipes.values())


def _with_bases(recipe: Recipe) -> Iterator[Recipe]:
    if recipe.base is not None:
        yield from _with_bases(recipe.base)
    yield recipe


def _build_one(paths: Paths, progress: Progress, recipe: Recipe) -> None:
    target = paths.images / recipe.archive
    if target.exists():
        return
    with _lock(paths.images / f".{recipe.short}.lock"):
        if target.exists():  # Another process built it while this one waited.
            return
        progress(f"image {recipe.reference}")
        log = paths.images / f"{recipe.short}.log"
        log.unlink(missing_ok=True)
        workspace = Workspace(paths, paths.build / "images" / recipe.short, log)
        workspace.prepare()
        for partial in paths.images.glob(f"{recipe.short}-*{PARTIAL}"):
            partial.unlink(missing_ok=True)
        try:
            _fill(workspace, recipe, target)
        finally:
            shutil.rmtree(workspace.folder, ignore_errors=True)


def _fill(workspace: Workspace, recipe: Recipe, target: Path) -> None:
    layers: list[Path] = []
    if recipe.base is not None:
        base = Archive(target.with_name(recipe.base.archive))
        for number, blob in enumerate(base.layers):
            layer = workspace.folder / f"base-{number}.tar"
            base.copy_layer(blob, layer)
            workspace.call(["tar", "--extract", "--numeric-owner", f"--file={layer}", f"--directory={workspace.lower}"])
            layers.append(layer)
    recipe.fill(workspace)
    own = workspace.folder / "own.tar"
    write_layer(workspace.upper, own)
    # Whole or absent: a build that is killed leaves no archive that looks like one.
    part = target.with_suffix(PARTIAL)
    write_archive(recipe, [*layers, own], part)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.rename(target)


def _remove_stale(paths: Paths, recipes: Iterable[Recipe]) -> None:
    current = {recipe.archive for recipe in recipes}
    for archive in paths.images.glob("*.tar"):
        if archive.name not in current:
            archive.unlink(missing_ok=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
