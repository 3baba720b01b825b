"""The library as a package: whole, built without a network, and free of what it must not need."""

from __future__ import annotations

import tomllib
import zipfile
from pathlib import Path

from tests.unit.transforms.packages import ROOT, install, python, wheel

LIBRARY = ROOT / "transforms"

WITHOUT = """
import importlib.abc, sys

class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pulumi", "pyspark", "py4j", "opentelemetry", "sandbox", "stacks", "components"}:
            raise ModuleNotFoundError(f"{name} is not to be had here", name=name)

sys.meta_path.insert(0, Refuse())
import transforms.preview, transforms.cli.main, transforms.telemetry
print(transforms.preview.__file__)
"""


def test_every_folder_with_code_is_named_in_the_project() -> None:
    project = tomllib.loads((LIBRARY / "pyproject.toml").read_text())

    folders = {file.parent.relative_to(ROOT) for file in LIBRARY.rglob("*.py")}

    assert set(project["tool"]["setuptools"]["packages"]) == {".".join(folder.parts) for folder in folders}


def test_its_dependencies_are_those_that_the_platform_locks() -> None:
    library = tomllib.loads((LIBRARY / "pyproject.toml").read_text())["project"]
    platform = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    locked = {
        requirement.partition("==")[0]
        for requirement in (*platform["dependencies"], *platform["optional-dependencies"]["transforms"])
    }

    needed = [*library["dependencies"], *library["optional-dependencies"]["spark"]]
    needed += library["optional-dependencies"]["telemetry"]

    assert {requirement.split(">=")[0].split("==")[0] for requirement in needed} <= locked


def test_the_wheel_is_whole_and_works_without_pulumi_and_spark(tmp_path: Path) -> None:
    made = wheel(LIBRARY, tmp_path)

    held = {name for name in zipfile.ZipFile(made).namelist() if name.startswith("transforms/")}
    assert held == {
        str(file.relative_to(ROOT)) for file in LIBRARY.rglob("*") if file.suffix == ".py" or file.name == "py.typed"
    }

    install(made, tmp_path / "installed")
    done = python("-c", WITHOUT, search=(tmp_path / "installed",))
    assert done.stderr == ""
    assert Path(done.stdout.strip()) == tmp_path / "installed/transforms/preview.py"
