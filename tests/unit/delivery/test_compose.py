"""The Compose file of an environment on a Docker engine: all that is declared, nothing else, and no secret."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from delivery import __main__ as command
from delivery.compose import MARK, ComposeError, Declared, known
from delivery.program import declare
from delivery.recording import SECRET, Recording, Resource
from stacks.images import Images
from tests.unit.delivery.composed import LEFT_OUT, composed, under_compose

PREFIX = "etl-local-"


@cache
def recording() -> Recording:
    """What Pulumi.local.yaml declares."""
    return declare("local", None, known)


@cache
def text() -> str:
    """The file."""
    return Declared(recording(), "local").text("compose.yaml")


def read() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text())
    return found


def inputs_of(service: str) -> Mapping[str, Any]:
    return recording().find(type="docker:index/container:Container", name=service).inputs


SERVICES = ("collector", "frontend", "keycloak", "keycloak-automation", "postgresql")


def test_every_container_that_runs_is_a_service() -> None:
    running = [each for each in recording().select(type="Container") if each.inputs.get("start") is not False]
    assert {each.inputs["name"].removeprefix(PREFIX) for each in running} == set(read()["services"]) == set(SERVICES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_all_that_its_container_has(service: str) -> None:
    inputs = inputs_of(service)
    wanted = under_compose(inputs, PREFIX)
    assert set(inputs) <= set(wanted) | LEFT_OUT, "an input that this test does not compare"
    assert composed(read()["services"][service]) == wanted


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_of_a_service_can_be_missing_unseen(service: str) -> None:
    written = read()["services"][service]
    wanted = under_compose(inputs_of(service), PREFIX)
    for key, value in written.items():
        # What is as if nothing was said, or is no field of the container.
        if value is False or key in ("depends_on", "pull_policy") or value == "10s":
            continue
        assert composed({name: each for name, each in written.items() if name != key}) != wanted, key


def test_images_are_named_and_those_that_are_built_here_are_never_pulled() -> None:
    services = read()["services"]
    assert services["postgresql"]["image"] == Images().postgres(15)
    assert services["collector"]["image"] == Images().collector
    built = {each.inputs["imageName"] for each in recording().select(type="Image")}
    assert {each["image"] for each in services.values() if each.get("pull_policy") == "never"} == built
    assert {services[name]["image"] for name in ("keycloak", "keycloak-automation", "frontend")} == built


def test_each_waits_for_what_it_needs_and_stands_behind_it() -> None:
    services = read()["services"]
    waits = {
        name: {other: each["condition"] for other, each in service["depends_on"].items()}
        for name, service in services.items()
        if "depends_on" in service
    }
    assert waits == {
        "keycloak": {"postgresql": "service_healthy"},
        "keycloak-automation": {"keycloak": "service_healthy"},
        "frontend": {"keycloak-automation": "service_completed_successfully"},
    }
    order = list(services)
    assert all(order.index(other) < order.index(name) for name, others in waits.items() for other in others)


def test_networks_are_as_declared_and_only_one_has_a_way_out() -> None:
    networks = read()["networks"]
    assert set(networks) == {"front", "back", "data"}
    for each in recording().select(type="Network"):
        written = networks[each.inputs["name"].removeprefix(PREFIX)]
        assert written["driver"] == each.inputs["driver"]
        assert written["internal"] is each.inputs["internal"]
        assert written.get("driver_opts") == each.inputs.get("options")
        assert written["labels"]["etl-platform/environment"] == "local"
    assert [name for name, each in networks.items() if each["internal"]] == ["back"]


def test_volumes_are_those_that_were_filled_and_stay_out_of_composes_hands() -> None:
    names = {each.inputs["name"] for each in recording().select(type="Volume")}
    assert read()["volumes"] == {name.removeprefix(PREFIX): {"name": name, "external": True} for name in names}


def test_ports_are_this_machines_own() -> None:
    published = {
        (name, each["host_ip"], each["published"])
        for name, service in read()["services"].items()
        for each in service.get("ports", ())
    }
    assert published == {
        ("postgresql", "127.0.0.1", "15432"),
        ("keycloak", "127.0.0.1", "8443"),
        ("frontend", "127.0.0.1", "8444"),
    }


def test_its_head_says_what_it_cannot_carry_and_how_it_is_used() -> None:
    head = text().partition("\nname: ")[0]
    assert head.startswith(MARK)
    assert all(line.startswith("#") for line in head.splitlines())
    for said in ("frontend, keycloak;", "pulumi-postgresql and pulumi-keycloak", "passwords", "`make local`"):
        assert said in head
    assert "docker stop etl-local-frontend etl-local-keycloak etl-local-postgresql etl-local-collector" in head
    assert "docker compose --file compose.yaml up --detach --wait" in head
    assert "docker start etl-local-collector etl-local-postgresql etl-local-keycloak etl-local-frontend" in head


def test_no_secret_and_no_unknown_is_in_it() -> None:
    assert not re.search(r"\[secret\]|\[unknown\]|\[output of ", text())


def changed(service: str, **inputs: Any) -> Declared:
    """The declaration with other inputs of one container."""

    def of(each: Resource) -> Resource:
        mine = each.is_a("Container") and each.name == service
        return Resource(**{**vars(each), "inputs": {**each.inputs, **inputs}}) if mine else each

    found = recording()
    return Declared(Recording(found.root, tuple(map(of, found.resources)), found.outputs), "local")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"pidMode": "host"}, "Container frontend: pidMode has no counterpart in the Compose file yet"),
        ({"envs": [SECRET]}, r"services.frontend.environment is a secret and cannot stand"),
        ({"envs": [f"PASSWORD={SECRET}"]}, r"services.frontend.environment.PASSWORD is a secret and cannot stand"),
        ({"command": ["[output of random:index/randomPassword:RandomPassword x]"]}, "known only once it is deployed"),
        ({"mounts": [{"type": "bind", "source": "/", "target": "/host"}]}, "type bind at /host: volumes alone"),
    ],
)
def test_what_the_file_cannot_or_must_not_say_is_refused(inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(ComposeError, match=message):
        changed("frontend", **inputs).text("compose.yaml")


def test_a_change_of_the_declaration_is_one_of_the_file() -> None:
    assert "mem_limit: 192m" in changed("frontend", memory=192).text("compose.yaml")
    assert "mem_limit: 192m" not in text()


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return lambda *arguments: command.main([str(each) for each in arguments])


def test_the_command_writes_it_again_and_no_file_of_someone_else(
    tmp_path: Path, in_process: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "compose.yaml"
    assert in_process("compose", "local", out) == 0
    assert capsys.readouterr().out == f"{out}: local in 5 services\n"
    assert out.read_text() == text()
    assert in_process("compose", "local", out) == 0

    own = tmp_path / "own.yaml"
    own.write_text("services: {}\n")
    assert in_process("compose", "local", own) == 2
    assert "is there already and was not generated" in capsys.readouterr().err
    assert own.read_text() == "services: {}\n"
    assert in_process("compose", "local", tmp_path) == 2


def test_an_environment_in_a_cluster_has_none(
    tmp_path: Path, in_process: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert in_process("compose", "dev", tmp_path / "compose.yaml") == 2
    assert "dev declares no containers" in capsys.readouterr().err
    assert not (tmp_path / "compose.yaml").exists()
