"""The image of the jobs: how it is called, what goes into it, and that nobody's login does."""

import re
import shutil
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from delivery.recording import Recording
from stacks import jars, requirements
from stacks.images import Images
from stacks.settings import load_mapping
from tests.unit.program.conftest import build_from

ROOT = Path(__file__).resolve().parents[3]
LIBRARY = ROOT / "transforms"
FOLDER = ROOT / "tests/fixtures/settings/valid"
DOCKERFILE = (LIBRARY / "Dockerfile").read_text()


@cache
def recording(registry: bool) -> Recording:
    values: dict[str, Any] = {
        "domain": "etl.example.com",
        "teams": [
            {
                "name": "epidemiology",
                "owners": ["ada@example.com"],
                "databases": [{"name": "cases"}],
                "spark": {"jobs": [{"name": "positive", "file": "jobs/positive.yaml"}]},
            }
        ],
    }
    if registry:
        values["registry"] = {"server": "ghcr.io", "prefix": "example/etl"}
    return build_from(load_mapping(values, "dev", FOLDER))


def image(registry: bool = False) -> dict[str, Any]:
    return dict(recording(registry).find(type="docker:index/image:Image").inputs)


def test_without_a_registry_it_is_built_and_stays_where_it_is() -> None:
    assert re.fullmatch(r"etl-platform/transforms:[0-9a-f]{16}", image()["imageName"])
    assert image()["skipPush"] is True


def test_with_one_it_is_pushed_there_under_the_same_tag_and_without_a_login_in_sight() -> None:
    pushed = image(registry=True)
    assert pushed["imageName"] == f"ghcr.io/example/etl/transforms:{image()['imageName'].rpartition(':')[2]}"
    assert not pushed.get("skipPush")
    assert "registry" not in pushed


def test_it_is_built_on_the_pinned_spark_from_a_path_that_every_checkout_has() -> None:
    build = image()["build"]
    assert build["args"] == {"SPARK_IMAGE": Images().spark}
    assert (build["context"], build["dockerfile"]) == ("../transforms", "../transforms/Dockerfile")
    assert build["platform"] == "linux/amd64"


def test_it_runs_as_spark_and_not_as_root() -> None:
    users = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert users[-1] == "185"
    # What root put there stays root's: nothing is handed to the user that runs.
    assert not re.search(r"chown|chmod|--chown", DOCKERFILE)


def test_nothing_is_installed_without_a_pinned_hash() -> None:
    for install in re.findall(r"pip install(.*?)(?:&&|\n[A-Z])", DOCKERFILE, re.DOTALL):
        assert "--require-hashes" in install or ("--no-index" in install and "--no-deps" in install)
    assert "sha256sum --check --strict jars.sha256" in DOCKERFILE
    assert "://" not in DOCKERFILE


def test_its_locks_are_the_part_of_ours_that_the_library_needs() -> None:
    for path, content in requirements.files().items():
        assert path.read_text() == content, "run: python -m stacks.requirements --write"
    [runtime, build] = requirements.files().values()
    assert {"pydantic==", "pyyaml==", "opentelemetry-sdk=="} <= set(re.findall(r"^\S+?==", runtime, re.MULTILINE))
    assert re.findall(r"^(\S+?)==", build, re.MULTILINE) == ["setuptools"]
    assert "pyspark" not in runtime


def test_spark_is_one_version_in_image_lock_and_library() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    library = tomllib.loads((LIBRARY / "pyproject.toml").read_text())["project"]
    assert f"\npyspark=={Images().spark_version} " in lock
    assert library["optional-dependencies"]["spark"] == [f"pyspark=={Images().spark_version}"]


def test_every_driver_has_its_sum_and_every_sum_its_driver() -> None:
    assert set(jars.sums(LIBRARY)) == set(jars.artifacts())
    assert all(re.fullmatch("[0-9a-f]{64}", each) for each in jars.sums(LIBRARY).values())


def test_a_driver_that_is_not_the_pinned_one_is_refused_and_removed(tmp_path: Path) -> None:
    shutil.copy(LIBRARY / "jars.sha256", tmp_path)
    (tmp_path / "jars").mkdir()
    [name] = jars.artifacts()
    (tmp_path / "jars" / name).write_bytes(b"another")
    with pytest.raises(jars.JarError, match="is not the one whose sum stands in"):
        jars.fetch(tmp_path)
    assert not (tmp_path / "jars" / name).exists()
