"""The one table of versions against everything that repeats one of its versions."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from sandbox.images.catalogue import catalogue
from sandbox.toolchain.commands import Commands
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.installers.debian import DebianPackages
from sandbox.toolchain.installers.golang import MODULES, GoModule
from sandbox.toolchain.paths import ROOT, Paths
from sandbox.toolchain.versions import Versions, number

VERSIONS = Versions.read()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pinned(requirements: list[str]) -> dict[str, str]:
    """Requirements `name[extra]==version` as a table."""
    matches = [re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^;\s]+)", line) for line in requirements]
    assert all(matches), f"not pinned exactly: {requirements}"
    return {match[1].lower().replace("_", "-"): match[2] for match in matches if match}


def locked(file: Path) -> dict[str, str]:
    return pinned(re.findall(r"^[A-Za-z0-9][^\s\\]*==[^\s\\]+", file.read_text(), re.MULTILINE))


DECLARED = pinned(
    [*PROJECT["dependencies"], *(one for extra in PROJECT["optional-dependencies"].values() for one in extra)]
)
LOCK = locked(ROOT / "requirements.lock")


def test_every_declared_python_package_is_locked_at_that_very_version() -> None:
    assert {name: LOCK.get(name) for name in DECLARED} == DECLARED


def test_every_locked_package_has_hashes_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


@pytest.mark.parametrize("package", VERSIONS.plugins)
def test_a_provider_plugin_has_the_version_of_its_python_package(package: str) -> None:
    assert VERSIONS.plugins[package] == LOCK[f"pulumi-{package}"]


def test_every_provider_package_that_the_program_depends_on_has_a_plugin() -> None:
    packages = {name.removeprefix("pulumi-") for name in pinned(PROJECT["dependencies"]) if name.startswith("pulumi-")}

    assert packages == set(VERSIONS.plugins)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_go_module_requires_the_version_of_the_table(module: GoModule) -> None:
    text = (ROOT / "sandbox/golang" / module.name / "go.mod").read_text()

    assert re.search(
        rf"^\s*(?:require )?{re.escape(module.requires)} {re.escape(VERSIONS.go[module.name])}\b", text, re.MULTILINE
    )


def test_every_go_version_belongs_to_a_module_that_is_built() -> None:
    assert set(VERSIONS.go) == {module.name for module in MODULES}


def test_coredns_and_kubernetes_share_the_libraries_that_both_compile() -> None:
    texts = [(ROOT / "sandbox/golang" / name / "go.mod").read_text() for name in ("kubernetes", "coredns")]
    for library in ("k8s.io/api", "k8s.io/apimachinery", "k8s.io/client-go"):
        versions = [set(re.findall(rf"^\s*{library} (v\S+)", text, re.MULTILINE)) for text in texts]
        assert versions[0] == versions[1] == {"v0." + VERSIONS.go["kubernetes"].removeprefix("v1.")}


def test_the_go_modules_ask_for_no_newer_go_than_the_table() -> None:
    for module in MODULES:
        text = (ROOT / "sandbox/golang" / module.name / "go.mod").read_text()
        [needed] = re.findall(r"^go (\S+)$", text, re.MULTILINE)
        assert number(needed)[:2] <= number(VERSIONS.host["go"])


def test_every_unpacked_debian_package_is_pinned(tmp_path: Path) -> None:
    packages = DebianPackages(Paths(tmp_path), VERSIONS, Commands(tmp_path))

    assert all(number(version) for version in packages.pinned.values())


def test_the_python_of_the_table_is_the_one_that_the_project_asks_for() -> None:
    assert PROJECT["requires-python"].startswith(f">={VERSIONS.host['python']},")


def test_every_image_that_is_built_carries_a_reference_of_the_table() -> None:
    assert {recipe.reference for recipe in catalogue(ROOT).values()} <= set(VERSIONS.images.values())


def test_each_postgres_major_carries_a_minor_of_its_own() -> None:
    majors = {
        name: reference.rpartition(":")[2]
        for name, reference in VERSIONS.images.items()
        if name.startswith("postgres-")
    }

    assert set(majors) == {"postgres-15", "postgres-16", "postgres-17", "postgres-18"}
    for name, version in majors.items():
        operated = VERSIONS.images[name.replace("postgres-", "postgresql-")].rpartition(":")[2]
        assert operated == f"{version}-system-bookworm", "a database is of one version, with high availability or not"
    assert all(tag.startswith(name.removeprefix("postgres-") + ".") for name, tag in majors.items())


def test_a_table_without_a_section_is_refused_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "versions.toml").write_text("[host]\npython = '3.11'\n[wheels]\n")

    with pytest.raises(ToolchainError, match="lacks 'go'; take the file as it was committed"):
        Versions.read(tmp_path)


def test_a_broken_table_is_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "versions.toml").write_text("[host\n")

    with pytest.raises(ToolchainError, match=r"versions.toml cannot be read: .*line 1"):
        Versions.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("v1.35.3", (1, 35, 3)), ("1.26.8", (1, 26, 8)), ("3.200.0-dev.0", (3, 200, 0)), ("15", (15,)), ("devel", ())],
)
def test_a_version_compares_by_its_leading_numbers(text: str, expected: tuple[int, ...]) -> None:
    assert number(text) == expected
