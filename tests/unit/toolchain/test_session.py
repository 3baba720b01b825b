"""What is built when, with real parts that are small."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sandbox.commands.summary import page
from sandbox.toolchain.choice import Engine, choose_cluster
from sandbox.toolchain.commands import Commands
from sandbox.toolchain.parts import Part, When
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.progress import Display
from sandbox.toolchain.session import Session
from sandbox.toolchain.timings import Timings
from sandbox.toolchain.versions import Versions

WHEN = {
    "pulumi": When.NEEDED, "transforms": When.NEEDED, "prometheus": When.BACKGROUND, "spark-operator": When.ON_DEMAND,
}  # fmt: skip


class Small(Session):
    """A session whose parts each write one file."""

    __slots__ = ()

    @property
    def parts(self) -> list[Part]:
        made = self.paths.tools
        made.mkdir(parents=True, exist_ok=True)
        (self.paths.build / "go").mkdir(parents=True, exist_ok=True)
        return [
            Part(name=name, title=f"making {name}", ready=(made / name).exists, make=(made / name).touch, when=when)
            for name, when in WHEN.items()
        ]

    def made(self) -> set[str]:
        return {path.name for path in self.paths.tools.iterdir()}


def session(folder: Path, *, own: bool = False, context: str | None = None) -> Small:
    paths = Paths(folder)
    engine = Engine(paths.bin / "pulumi", "v3.256.0", own=own, reason="for this test")
    return Small(
        paths, Versions.read(), engine, choose_cluster(paths, context), Commands(folder / "logs"),
        Display(io.StringIO()), Timings.read(folder),
    )  # fmt: skip


def test_the_first_environment_waits_for_what_it_needs_and_for_nothing_else(tmp_path: Path) -> None:
    small = session(tmp_path)

    small.build(small.needed())

    assert small.made() == {"pulumi", "transforms"}


def test_the_throw_away_caches_go_when_only_parts_on_demand_are_left(tmp_path: Path) -> None:
    small = session(tmp_path)
    small.build(small.needed())
    assert small.paths.build.exists(), "a part for the background will still use them"

    small.build(["prometheus"])

    assert not small.paths.build.exists()
    assert "spark-operator" not in small.made()


def test_a_part_on_demand_is_built_by_its_name(tmp_path: Path) -> None:
    small = session(tmp_path)

    small.build(["spark-operator"])

    assert small.made() == {"spark-operator"}


@pytest.mark.parametrize(
    ("own", "context", "needed"),
    [
        (False, None, ["pulumi", "transforms"]),
        (True, None, ["transforms"]),
        (False, "kind-dev", ["transforms", "pulumi"]),
        (True, "kind-dev", ["transforms"]),
    ],
)
def test_a_persons_own_tools_are_not_built(tmp_path: Path, own: bool, context: str | None, needed: list[str]) -> None:
    assert session(tmp_path, own=own, context=context).needed() == needed


OUTPUTS = {
    "keycloak": {
        "url": "https://id.dev.example.com", "realm": "etl", "address": "10.96.0.7", "port": 443,
        "administrator": "platform-identity/keycloak-automation",
    },
    "databases": [
        {"team": "epidemiology", "name": "cases", "database": "cases", "host": "10.96.0.8", "port": 5432,
         "secret": "epidemiology-data/cases-connection"},
    ],
}  # fmt: skip


def test_the_summary_tells_where_everything_is_and_how_to_read_credentials(tmp_path: Path) -> None:
    small = session(tmp_path)
    small.timings.record("kubernetes", 451)

    text = page(small, "dev", OUTPUTS, 803)

    assert "The environment dev is up in the sandbox, after 13:23." in text
    assert "kubernetes 7:31" in text
    assert "--resolve id.dev.example.com:443:10.96.0.7 https://id.dev.example.com/realms/etl" in text
    assert "epidemiology  cases     10.96.0.8:5432/cases  -n epidemiology-data cases-connection" in text
    assert "kubectl get secret -n NAMESPACE NAME" in text
    assert "make down" in text
    assert "prometheus: making prometheus — background" in text
    assert "spark-operator: making spark-operator — on demand" in text


def test_the_summary_for_a_cluster_of_ones_own_offers_no_down_and_names_the_context(tmp_path: Path) -> None:
    text = page(session(tmp_path, context="kind-dev"), "test", {}, 12)

    assert "make shell ENV=test CONTEXT=kind-dev" in text
    assert "make down" not in text
    assert "Databases: none asked for" in text


def test_a_throw_away_cache_that_someone_still_writes_to_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def still_written_to(path: Path) -> None:
        raise OSError(39, "Directory not empty", str(path))

    monkeypatch.setattr("sandbox.toolchain.session.remove", still_written_to)
    small = session(tmp_path)

    small.build([*small.needed(), "prometheus"])

    assert small.made() == {"pulumi", "transforms", "prometheus"}
