"""The generated Compose file as Docker Compose itself reads it; tests/sandbox/local runs it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from delivery.compose import known
from delivery.program import declare
from delivery.recording import Recording
from tests.sandbox.composing import Compose
from tests.unit.delivery.composed import composed, under_compose

pytestmark = pytest.mark.sandbox

PREFIX = "etl-local-"


@pytest.fixture(scope="module")
def compose(tmp_path_factory: pytest.TempPathFactory) -> Compose:
    return Compose.generated(tmp_path_factory.mktemp("compose"))


@pytest.fixture(scope="module")
def understood(compose: Compose) -> dict[str, Any]:
    """What `docker compose config` makes of the file."""
    done = compose.run("config", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "a warning, such as one of a variable that is not set"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def recording() -> Recording:
    return declare("local", None, known)


def test_compose_reads_each_service_as_its_container_was_declared(
    understood: dict[str, Any], recording: Recording
) -> None:
    running = [each for each in recording.select(type="Container") if each.inputs.get("start") is not False]
    wanted = {each.inputs["hostname"]: under_compose(each.inputs, PREFIX) for each in running}
    assert {name: composed(service) for name, service in understood["services"].items()} == wanted


def test_compose_reads_the_order_in_which_they_start(understood: dict[str, Any]) -> None:
    waits = {
        name: {other: each["condition"] for other, each in service["depends_on"].items()}
        for name, service in understood["services"].items()
        if service.get("depends_on")
    }
    assert waits == {
        "keycloak": {"postgresql": "service_healthy"},
        "keycloak-automation": {"keycloak": "service_healthy"},
        "frontend": {"keycloak-automation": "service_completed_successfully"},
    }


def test_compose_reads_networks_of_its_own_and_volumes_of_the_engine_of_pulumi(
    understood: dict[str, Any], recording: Recording
) -> None:
    networks = {each.inputs["name"].removeprefix(PREFIX): each.inputs for each in recording.select(type="Network")}
    assert {
        name: (each["name"], each["driver"], bool(each.get("internal")), each.get("driver_opts"))
        for name, each in understood["networks"].items()
    } == {
        name: (f"etl-local_{name}", each["driver"], each["internal"], each.get("options"))
        for name, each in networks.items()
    }
    volumes = {each.inputs["name"] for each in recording.select(type="Volume")}
    assert {each["name"] for each in understood["volumes"].values()} == volumes
    assert all(each["external"] for each in understood["volumes"].values())


@pytest.mark.parametrize(
    ("written", "instead", "message"),
    [
        ("mem_limit: 128m", "memory_limit: 128m", "memory_limit"),
        ("condition: service_healthy", "condition: healthy", "condition"),
        ("source: postgresql-data", "source: no-such-volume", "no-such-volume"),
    ],
)
def test_compose_refuses_what_is_no_compose_file(compose: Compose, written: str, instead: str, message: str) -> None:
    text = compose.file.read_text()
    assert written in text
    broken = Compose(compose.file.with_name("broken.yaml"))
    broken.file.write_text(text.replace(written, instead))
    done = broken.run("config", "--quiet")
    assert done.returncode != 0
    assert message in done.stderr
