"""Docker Compose runs the generated file in the place of what Pulumi made, on the same volumes, and gives it back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from sandbox.docker.api import Api
from sandbox.toolchain.engine import LOCAL
from tests.sandbox.composing import Compose
from tests.sandbox.local.conftest import Deployed

pytestmark = pytest.mark.sandbox

STAYING = ("collector", "postgresql", "keycloak", "frontend")
"""In the order in which the file's head starts them again."""
SERVICES = (*STAYING, "keycloak-automation")
PREFIX = "etl-local"
STOPPED_WITHIN, WELL_WITHIN = 60, 600


@pytest.fixture(scope="module")
def compose(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Compose]:
    """The environment as its containers are run by Compose, by the commands of the file's head."""
    compose = Compose.generated(tmp_path_factory.mktemp("compose"), deployed.place.host)
    try:
        for name in reversed(STAYING):
            deployed.api.post(f"/containers/{PREFIX}-{name}/stop", query={"t": STOPPED_WITHIN})
        done = compose.run("up", "--detach", "--wait")
        assert done.returncode == 0, done.stderr
        yield compose
    finally:
        done = compose.run("down")
        for name in STAYING:
            deployed.api.post(f"/containers/{PREFIX}-{name}/start")
        for name in STAYING:
            await_well(deployed.api, f"{PREFIX}-{name}")
        assert done.returncode == 0, done.stderr


def await_well(api: Api, name: str) -> None:
    until = time.monotonic() + WELL_WITHIN
    while time.monotonic() < until:
        state = api.get(f"/containers/{name}/json")["State"]
        if state["Running"] and state.get("Health", {}).get("Status", "healthy") == "healthy":
            return
        time.sleep(0.5)
    pytest.fail(f"{name} did not get well again")


def traits(found: dict[str, Any], network_prefix: str) -> dict[str, Any]:
    """What a container is allowed and given, as the engine tells it."""
    config, host = found["Config"], found["HostConfig"]
    told = ("User", "Cmd", "Entrypoint", "Hostname", "Healthcheck")
    bounds = ("ReadonlyRootfs", "Privileged", "CapAdd", "CapDrop", "SecurityOpt", "Memory", "MemorySwap", "NanoCpus")
    more = ("ShmSize", "Tmpfs", "RestartPolicy", "LogConfig")
    return {
        "Image": found["Image"],
        "Env": set(config["Env"] or ()),
        "Mounts": {(each["Type"], each["Name"], each["Destination"], each["RW"]) for each in found["Mounts"]},
        "Networks": {name.removeprefix(network_prefix) for name in found["NetworkSettings"]["Networks"]},
        "Ports": {
            (port, each["HostIp"], each["HostPort"])
            for port, bound in (host["PortBindings"] or {}).items()
            for each in bound
        },
        **{name: config.get(name) for name in told},
        **{name: host.get(name) or None for name in (*bounds, *more)},
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_container_is_the_one_that_pulumi_made_but_for_its_name(
    deployed: Deployed, compose: Compose, service: str
) -> None:
    assert compose.file.exists()
    ours = traits(deployed.container(service), f"{PREFIX}-")
    theirs = traits(deployed.api.get(f"/containers/{PREFIX}-{service}-1/json"), f"{PREFIX}_")
    assert theirs == ours


@pytest.mark.usefixtures("compose")
def test_people_log_in_as_before(deployed: Deployed, people: dict[str, str]) -> None:
    page = deployed.log_in(deployed.browser(), people["Analyst"])
    assert page.element("person") == people["Analyst"]


@pytest.mark.usefixtures("compose")
def test_a_team_reaches_its_database_as_before(deployed: Deployed) -> None:
    (told,) = deployed.outputs["databases"]
    login = told["logins"]["owner"]
    with psycopg.connect(
        host="localhost",
        port=int(told["port"]),
        dbname=told["database"],
        user=login["username"],
        password=login["password"],
        sslmode="verify-full",
        sslrootcert=str(deployed.place.authority),
    ) as connection:
        assert connection.execute("select current_user").fetchone() == ("cases_owner",)


@pytest.mark.usefixtures("compose")
def test_the_engine_of_pulumi_still_reaches_realm_and_databases(deployed: Deployed) -> None:
    with deployed.place.own_salt:
        status = deployed.place.project.run(
            *("up", "--stack", LOCAL, "--yes", "--skip-preview", "--expect-no-changes"),
            *("--non-interactive", "--suppress-progress", "--suppress-outputs"),
        )
    assert status == 0


def test_its_end_takes_no_volume_along(deployed: Deployed, compose: Compose) -> None:
    """Ends what the tests above use, and so is the last one here."""

    def volumes() -> set[str]:
        return {each["Name"] for each in deployed.api.get("/volumes")["Volumes"]}

    before = volumes()
    done = compose.run("down", "--volumes")
    assert done.returncode == 0, done.stderr
    assert volumes() == before
    assert not [each for each in deployed.api.get("/networks") if each["Name"].startswith(f"{PREFIX}_")]
