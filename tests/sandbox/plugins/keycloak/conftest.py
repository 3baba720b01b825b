from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.environment.stack import Stack
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.keycloak.administrator import Administrator
from tests.sandbox.servers import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The deployed Keycloak; the tests keep to a realm of their own."""
    stack = Stack("dev", tmp_path_factory.mktemp("keycloak"))
    found = stack.outputs["keycloak"]
    lines = stack.secret(found["administrator"])["keycloak.conf"].splitlines()
    settings = dict(line.split("=", 1) for line in lines if "=" in line)
    return Server(
        host=found["address"],
        port=int(found["port"]),
        username=settings["bootstrap-admin-username"],
        password=settings["bootstrap-admin-password"],
        authority=stack.outputs["ca_certificate"],
    )


@pytest.fixture
def administrator(server: Server, tmp_path: Path) -> Administrator:
    """The server, seen by an administrator's own hands."""
    authority = tmp_path / "authority.pem"
    authority.write_text(server.authority)
    return Administrator(server, authority)


@pytest.fixture
def project(administrator: Administrator, tmp_path: Path) -> Iterator[Project]:
    """A project whose provider speaks to the server; what a test leaves on it is removed."""
    yield Project(tmp_path, "identity", administrator.environment)
    administrator.clean()
