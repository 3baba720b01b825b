"""What is built by its name alone: nobody waits for it, and nobody misses it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.images import ImageError, builder, loader
from sandbox.images.archive import write_archive
from sandbox.images.layer import write_layer
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.commands import Commands
from sandbox.toolchain.parts import When, select
from sandbox.toolchain.paths import ROOT, Paths
from sandbox.toolchain.progress import silent
from sandbox.toolchain.registry import registry
from sandbox.toolchain.versions import Versions

NEEDED = Recipe("example.org/team/needed", "1", Runtime(), Workspace.prepare)
LATER = replace(NEEDED, name="example.org/team/later", when=When.ON_DEMAND)


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    for module in (builder, loader):
        monkeypatch.setattr(module, "catalogue", lambda _: {one.short: one for one in (NEEDED, LATER)})
    monkeypatch.setattr(loader, "_ctr", lambda *_: "REF TYPE DIGEST\n")
    found = Paths(tmp_path)
    found.images.mkdir()
    return found


def archived(paths: Paths, recipe: Recipe) -> None:
    folder, layer = paths.cache / "content", paths.cache / "layer.tar"
    folder.mkdir(exist_ok=True)
    write_layer(folder, layer)
    write_archive(recipe, [layer], paths.images / recipe.archive)


def test_the_node_gets_an_image_on_demand_where_it_is_built(paths: Paths) -> None:
    archived(paths, NEEDED)
    assert loader.load(paths) == [NEEDED.reference]
    archived(paths, LATER)
    assert loader.load(paths) == [NEEDED.reference, LATER.reference]


def test_an_image_on_demand_that_is_asked_for_must_be_there(paths: Paths) -> None:
    with pytest.raises(ImageError, match=r"later:1 is not built .*`make build PART=image-later`"):
        loader.load(paths, ["later"])


def test_building_all_images_leaves_those_on_demand(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setattr(builder, "_build_one", lambda _, __, recipe: built.append(recipe.short))
    builder.build(paths, silent)
    builder.build(paths, silent, ["later"])
    assert built == ["needed", "later"]


def test_no_part_that_is_needed_waits_for_one_on_demand(tmp_path: Path) -> None:
    parts = registry(Paths(tmp_path, ROOT), Versions.read(), Commands(tmp_path))
    later = {part.name for part in parts if part.when is When.ON_DEMAND}
    assert later == {
        "cloudnative-pg-modules", "cloudnative-pg", "image-cloudnative-pg", "image-postgresql",
        "rclone-modules", "rclone", "image-rclone",
        "spark-operator-modules", "spark-operator", "image-spark", "image-spark-operator", "helm-modules", "helm",
        "docker",
        "traefik-modules", "traefik", "image-traefik",
        "oauth2-proxy-modules", "oauth2-proxy", "image-oauth2-proxy", "image-python",
        "browser",
        "otelcol-modules", "otelcol", "image-otelcol",
        "compose-modules", "compose",
    }  # fmt: skip
    waited_for = {part.name for part in select(parts, [part.name for part in parts if part.when is When.NEEDED])}
    assert not waited_for & later
