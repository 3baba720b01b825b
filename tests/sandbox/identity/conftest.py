from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from tests.sandbox.identity.server import Server, running


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Keycloak for these tests; each keeps to realms of its own."""
    administrator = ("platform-bootstrap", secrets.token_urlsafe(24))
    with running(tmp_path_factory.mktemp("keycloak"), administrator) as made:
        yield made
