from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from components.identity.automation import CLIENT
from tests.sandbox.identity.administration import Administration
from tests.sandbox.identity.handover import hand_over
from tests.sandbox.identity.server import Installation, Server, installed, running


@pytest.fixture(scope="session")
def program() -> Installation:
    """Keycloak, ready to be started."""
    return installed()


@pytest.fixture(scope="session")
def server(program: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Keycloak for these tests; each keeps to realms of its own."""
    with running(program, tmp_path_factory.mktemp("keycloak")) as made:
        yield made


@pytest.fixture(scope="session")
def administration(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Administration:
    """The engine's account on that server, once the first administrator has made it and is gone."""
    secret = secrets.token_urlsafe(24)
    done = hand_over(server, tmp_path_factory.mktemp("handover"), secret)
    assert done.returncode == 0, done.stdout + done.stderr
    return Administration(server, CLIENT, secret)
