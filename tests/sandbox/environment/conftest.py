"""The dev stack that `make up` left behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.sandbox.environment.administration import Administration
from tests.sandbox.environment.login import session
from tests.sandbox.environment.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The deployed dev stack."""
    return Stack("dev", Path(tmp_path_factory.mktemp("environment")))


@pytest.fixture
def keycloak(stack: Stack) -> dict[str, Any]:
    """Where Keycloak is, from the stack's outputs."""
    return dict(stack.outputs["keycloak"])


@pytest.fixture
def browser(stack: Stack, keycloak: dict[str, Any]) -> Iterator[requests.Session]:
    """A client of Keycloak from inside, by its public name."""
    with session(keycloak, str(stack.authority)) as made:
        yield made


@pytest.fixture
def automation(stack: Stack, keycloak: dict[str, Any]) -> dict[str, str]:
    """The login of the engine's own account."""
    login = stack.secret(keycloak["administrator"])
    return {"client_id": login["client-id"], "client_secret": login["client-secret"]}


@pytest.fixture
def administration(browser: requests.Session, keycloak: dict[str, Any], automation: dict[str, str]) -> Administration:
    """As the engine's own account, which may manage the realm and nothing else."""
    return Administration(browser, keycloak, automation)
