"""The type's inputs, and when it builds: the builder and the node are the real ones in tests/sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.docker.builder import Build, Builder
from sandbox.plugins.docker.image import Image
from sandbox.plugins.docker.node import Node
from sandbox.plugins.host import UNKNOWN, PluginError
from sandbox.toolchain.paths import Paths


class Recorded(Builder):
    """Builds nothing, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.builds: list[Build] = []

    @contextmanager
    def built(self, build: Build) -> Iterator[Path]:
        self.builds.append(build)
        yield Path("archive")


@pytest.fixture
def builder() -> Recorded:
    return Recorded()


@pytest.fixture
def image(builder: Recorded, tmp_path: Path) -> Image:
    return Image(builder, Node(Paths(tmp_path)))


@pytest.fixture
def inputs(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    return {"imageName": "etl/job:1", "build": {"context": str(tmp_path), "args": {"BASE": "x"}}, "skipPush": False}


def test_a_build_takes_the_folders_dockerfile_and_notes_what_it_holds(image: Image, inputs: dict[str, Any]) -> None:
    checked = image.check("job", inputs, None)
    assert not checked.failures
    build = checked.inputs["build"]
    assert build["dockerfile"] == f"{build['context']}/Dockerfile"
    assert build["platform"] == "linux/amd64"
    again = image.check("job", inputs, checked.inputs)
    assert image.diff("x", checked.inputs, checked.inputs, again.inputs).changed == {}

    (Path(build["context"]) / "more").touch()
    changed = image.check("job", inputs, checked.inputs).inputs
    assert set(image.diff("x", checked.inputs, checked.inputs, changed).changed) == {"build.contextDigest"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"build": {"context": "/nowhere"}}, "there is no folder /nowhere"),
        ({"build": {"context": "/", "dockerfile": "/nowhere"}}, "there is no file /nowhere"),
        ({"build": {"platform": "linux/arm64"}}, "expected one of linux/amd64"),
        ({"build": {"cacheFrom": {}}}, "knows no such property"),
        ({"imageName": None}, "is required"),
    ],
)
def test_what_cannot_be_built_is_refused(
    image: Image, inputs: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    failures = image.check("job", {**inputs, **change}, None).failures
    assert any(message in failure.reason for failure in failures), failures


def test_a_preview_builds_where_it_is_asked_to_and_nothing_else(
    image: Image, builder: Recorded, inputs: dict[str, Any]
) -> None:
    checked = image.check("job", inputs, None).inputs
    created = image.create("urn", checked, preview=True, timeout=None)
    assert created.state["repoDigest"] is UNKNOWN
    assert created.state["registryServer"] == "docker.io"
    assert builder.builds == []
    image.create("urn", {**checked, "buildOnPreview": True}, preview=True, timeout=None)
    assert [build.arguments for build in builder.builds] == [{"BASE": "x"}]


def test_without_a_node_there_is_nowhere_to_publish(image: Image, inputs: dict[str, Any]) -> None:
    checked = image.check("job", inputs, None).inputs
    with pytest.raises(PluginError, match="publishes images to the sandbox's node, and none runs here; `make up`"):
        image.create("urn", checked, preview=False, timeout=None)
