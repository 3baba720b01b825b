"""Who administers Keycloak on the engine: the engine's own account, and nobody else once its job has run."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from components.identity.automation import CLIENT
from components.identity.server import BOOTSTRAP
from sandbox.docker.api import Api
from tests.sandbox.local.conftest import Deployed

pytestmark = pytest.mark.sandbox

JOB = "keycloak-automation"
KEYCLOAK = "https://127.0.0.1:8443"
BOUND = 120  # seconds for one answer
# As docs/identity.md has it for who is locked out.
FIRST_AGAIN = """
conf=$(</etc/keycloak/keycloak.conf)
read -r SECRET <<<"${conf#*bootstrap-admin-client-secret=}"; export SECRET KC_HTTP_MANAGEMENT_PORT=9001
/opt/keycloak/bin/kc.sh --config-file=/etc/keycloak/keycloak.conf bootstrap-admin service \\
  --optimized --no-prompt --client-id platform-bootstrap --client-secret:env SECRET
"""


class Login:
    """A client's login to the realm master, over TLS that is verified."""

    def __init__(self, deployed: Deployed, client: str, secret: str) -> None:
        self.authority = str(deployed.place.authority)
        self.answer = requests.post(
            f"{KEYCLOAK}/realms/master/protocol/openid-connect/token",
            data={"grant_type": "client_credentials", "client_id": client, "client_secret": secret},
            verify=self.authority,
            timeout=BOUND,
        )

    def ask(self, method: str, path: str) -> requests.Response:
        """Ask the administration, below /admin/realms."""
        return requests.request(
            method,
            f"{KEYCLOAK}/admin/realms/{path}",
            headers={"Authorization": f"Bearer {self.answer.json()['access_token']}"},
            verify=self.authority,
            timeout=BOUND,
        )


def account(deployed: Deployed) -> Login:
    """The engine's own account, as the stack's outputs have it."""
    told: dict[str, Any] = deployed.outputs["keycloak"]["administrator"]
    assert told["client_id"] == CLIENT
    return Login(deployed, told["client_id"], told["client_secret"])


def first(deployed: Deployed) -> Login:
    """Whom the configuration names, which counted at the very first start."""
    status, said = deployed.run("keycloak", "/bin/cat", "/etc/keycloak/keycloak.conf")
    assert status == 0
    told = dict(line.partition("=")[::2] for line in said.splitlines() if not line.startswith("#"))
    assert told["bootstrap-admin-client-id"] == BOOTSTRAP
    return Login(deployed, BOOTSTRAP, told["bootstrap-admin-client-secret"])


def test_the_job_ended_well_and_the_first_administrator_is_gone(deployed: Deployed) -> None:
    state = deployed.container(JOB)["State"]
    assert (state["Status"], state["ExitCode"]) == ("exited", 0)
    assert first(deployed).answer.status_code == 401


def test_the_account_manages_the_platforms_realm_and_nothing_of_master(deployed: Deployed) -> None:
    login = account(deployed)
    assert login.ask("GET", "etl/users").status_code == 200
    assert login.ask("GET", "master/users").status_code == 403
    assert login.ask("GET", "master/clients").status_code == 403


def test_an_environment_that_the_first_administrator_made_is_handed_over(deployed: Deployed) -> None:
    """As one from before there was the account, or one that lost it; docs/identity.md has these steps."""
    status, said = deployed.run("keycloak", "/bin/bash", "-c", FIRST_AGAIN)
    assert status == 0, said
    bootstrap = first(deployed)
    [found] = bootstrap.ask("GET", f"master/clients?clientId={CLIENT}").json()
    assert bootstrap.ask("DELETE", f"master/clients/{found['id']}").status_code == 204
    assert account(deployed).answer.status_code == 401

    api = Api(deployed.place.host, patience=900)
    api.post(f"/containers/etl-local-{JOB}/start")
    ended = api.post(f"/containers/etl-local-{JOB}/wait")
    told = str(api.call("GET", f"/containers/etl-local-{JOB}/logs", {"stdout": True, "stderr": True}))
    assert ended["StatusCode"] == 0, told
    assert f"the client {BOOTSTRAP} is removed" in told
    assert bootstrap.ask("GET", "etl/users").status_code == 401
    assert first(deployed).answer.status_code == 401
    assert account(deployed).ask("GET", "etl/users").status_code == 200
