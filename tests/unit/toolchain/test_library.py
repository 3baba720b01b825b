"""The link from an environment to a checkout's library: real pip, in an environment of the test's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.toolchain.commands import Commands
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.installers.library import DISTRIBUTION, Library
from sandbox.toolchain.paths import ROOT, Paths

MILLISECONDS = 0.05
"""Seconds; every command of a person asks whether the library is linked."""

ENTRY_POINTS = """
import importlib.metadata, json
print(json.dumps({point.name: point.value for point in importlib.metadata.entry_points(group="transforms.steps")}))
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache whose environment has the packages of the one that runs the tests, but for our library."""
    cache = tmp_path_factory.mktemp("cache")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", cache / "venv"], check=True)
    packages = cache / "packages"
    packages.mkdir()
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if each.name.split("-")[0] in {"pip", "setuptools", "_distutils_hack"}:
            (packages / each.name).symlink_to(each)
    [folder] = (cache / "venv").glob("lib/python3.*/site-packages")
    (folder / "packages.pth").write_text(f"{packages}\n")
    return cache


@pytest.fixture
def checkouts(cache: Path, tmp_path: Path) -> Iterator[tuple[Library, Library]]:
    """Two checkouts that share the cache."""
    found = []
    for name in ("one checkout", "other"):
        (tmp_path / name).mkdir()
        shutil.copytree(ROOT / "transforms", tmp_path / name / "transforms")
        found.append(Library(Paths(cache, tmp_path / name), Commands(cache / "logs")))
    yield found[0], found[1]
    (cache / "venv/transforms.key").unlink(missing_ok=True)


def entry_points(cache: Path) -> dict[str, str]:
    asked = subprocess.run([cache / "venv/bin/python", "-c", ENTRY_POINTS], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(asked.stdout)
    return found


def test_linking_makes_entry_points_and_a_command_and_the_last_checkout_wins(
    cache: Path, checkouts: tuple[Library, Library]
) -> None:
    one, other = checkouts
    assert not one.ready()

    one.make()

    assert one.ready()
    assert entry_points(cache)["filter"] == "transforms.steps.filter:Filter"
    assert (cache / "venv/bin/transforms").exists()

    assert not other.ready()
    other.make()
    assert other.ready()
    assert not one.ready()


def test_whether_it_is_linked_is_known_in_milliseconds_and_from_the_installation_itself(
    cache: Path, checkouts: tuple[Library, Library]
) -> None:
    one, other = checkouts
    one.make()
    mark = (cache / "venv/transforms.key").read_text()

    began = time.monotonic()
    assert one.ready()
    assert time.monotonic() - began < MILLISECONDS

    other.make()
    (cache / "venv/transforms.key").write_text(mark)
    assert not one.ready(), "the mark of an earlier link does not hide what was installed since"


def test_a_changed_project_and_an_interrupted_link_are_linked_anew(
    cache: Path, checkouts: tuple[Library, Library]
) -> None:
    library, _ = checkouts
    library.make()
    project = library.source / "pyproject.toml"
    content = project.read_text()

    project.write_text(content + "\n# changed\n")
    assert not library.ready()

    project.write_text(content)
    assert library.ready()
    [metadata] = cache.glob(f"venv/lib/python3.*/site-packages/{DISTRIBUTION}-*.dist-info")
    (metadata / "entry_points.txt").unlink()
    assert not library.ready()


def test_a_library_that_pip_refuses_ends_with_what_pip_said(checkouts: tuple[Library, Library]) -> None:
    library, _ = checkouts
    (library.source / "pyproject.toml").write_text("[project\n")

    with pytest.raises(ToolchainError, match=r"status \d; the end of .*transforms\.log(?s:.*)TOMLDecodeError"):
        library.make()
    assert not library.ready()
