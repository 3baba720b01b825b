from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.identity.server import installed, running
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.keycloak.administrator import Administrator
from tests.sandbox.servers import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Keycloak of the tests' own, with a person who may do everything."""
    username, password = "administrator", secrets.token_urlsafe(24)
    with running(installed(), tmp_path_factory.mktemp("keycloak"), person=(username, password)) as made:
        yield Server(
            host="127.0.0.1",
            port=made.port,
            username=username,
            password=password,
            authority=made.authority.certificate,
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
