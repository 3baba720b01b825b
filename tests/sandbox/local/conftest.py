"""The environment on our own Docker engine, as `make local` deploys it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from delivery.access import keycloak
from operations import people as newcomers
from sandbox.commands import local
from sandbox.commands.local import Place
from sandbox.docker.api import Api
from sandbox.docker.engine import why_no_engine
from sandbox.toolchain.engine import LOCAL
from sandbox.toolchain.files import write_whole
from tests.sandbox.local.browser import Browser, Page

PASSWORD = "correct horse battery 7"


@dataclass
class Deployed:
    """The environment, and people in it."""

    place: Place
    outputs: dict[str, Any]

    @property
    def api(self) -> Api:
        """The engine it runs on."""
        return Api(self.place.host)

    @property
    def frontend(self) -> str:
        """The address that people use."""
        return str(self.outputs["frontend"]["url"])

    def container(self, service: str) -> dict[str, Any]:
        """What the engine says of a service's container."""
        found: dict[str, Any] = self.api.get(f"/containers/etl-local-{service}/json")
        return found

    def run(self, service: str, *command: str) -> tuple[int, str]:
        """Run a program in a service's container; its status and what it said."""
        body = {"Cmd": list(command), "AttachStdout": True, "AttachStderr": True, "Tty": True}
        made = self.api.post(f"/containers/etl-local-{service}/exec", body)["Id"]
        said = self.api.post(f"/exec/{made}/start", {"Detach": False, "Tty": True})
        return int(self.api.get(f"/exec/{made}/json")["ExitCode"]), str(said or "")

    def browser(self) -> Browser:
        """A browser that trusts the environment's authority and nothing else."""
        return Browser(str(self.place.authority))

    def log_in(self, browser: Browser, name: str, password: str = PASSWORD) -> Page:
        """From the frontend through Keycloak's page, and back."""
        return browser.submit(browser.get(f"{self.frontend}/login"), username=name, password=password)


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    """Up; and down again afterwards unless someone had it running."""
    if os.environ.get(local.HOST):
        pytest.skip("DOCKER_HOST names an engine that is not ours")
    if reasons := why_no_engine():
        pytest.skip("; ".join(reasons))
    place = Place.find()
    there = place.authority.exists()
    local.deploy(place)
    write_whole(place.authority, place.project.outputs(LOCAL)["ca_certificate"])
    outputs = json.loads(place.project.ask("stack", "output", "--stack", LOCAL, "--json", "--show-secrets"))
    yield Deployed(place, outputs)
    if not there:
        local.take_down(place)


@pytest.fixture(scope="session")
def people(deployed: Deployed) -> dict[str, str]:
    """An Analyst and a Data Manager by their roles; each has set a password of their own at a first login."""
    made: dict[str, str] = {}
    for role in ("Analyst", "Data Manager"):
        name = f"test-{os.urandom(3).hex()}"
        with keycloak.connected(deployed.outputs["keycloak"], deployed.outputs["ca_certificate"], None) as realm:
            password = newcomers.make(realm, name, newcomers.group_of(role, "epidemiology"), f"{name}@example.com")
        browser = deployed.browser()
        page = deployed.log_in(browser, name, password)
        page = browser.submit(page, **{"password-new": PASSWORD, "password-confirm": PASSWORD})
        back = browser.submit(page, email=f"{name}@example.com", firstName="A", lastName="Person")
        assert back.element("person") == name, back.text
        made[role] = name
    return made
