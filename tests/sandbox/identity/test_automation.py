"""The first administrator is replaced by an account that may do what the engine needs, on a real Keycloak."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.identity.automation import CLIENT
from components.identity.server import BOOTSTRAP
from tests.sandbox.authority import Authority
from tests.sandbox.identity.administration import Administration
from tests.sandbox.identity.handover import REALM, hand_over
from tests.sandbox.identity.server import Installation, Server, running

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def upgraded(program: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as the first versions of the platform left it: its administrator a user, the realm made by it."""
    password = secrets.token_urlsafe(24)
    with running(program, tmp_path_factory.mktemp("upgraded"), person=(BOOTSTRAP, password)) as server:
        first = Administration(server, *server.bootstrap)
        first.call("POST", "", {"realm": REALM, "enabled": True})
        # As if it had never been: what such a server lacks is this client.
        [client] = first.call("GET", f"/master/clients?clientId={BOOTSTRAP}")
        first.call("DELETE", f"/master/clients/{client['id']}")
        server.bootstrap = (BOOTSTRAP, password)
        yield server


def test_the_engines_account_may_make_realms_and_manage_those_and_no_more(
    server: Server, administration: Administration
) -> None:
    assert administration.client_id == CLIENT
    assert not Administration(server, *server.bootstrap).token().ok
    assert administration.ask("GET", "/master/users").status_code == 403
    assert administration.ask("GET", "/master/clients").status_code == 403
    administration.call("POST", "", {"realm": "made", "enabled": True})
    administration.call("PUT", "/made", {"displayName": "Made"})
    assert administration.ask("POST", "/made/clients", {"clientId": "new"}).status_code == 201
    administration.call("DELETE", "/made")


def test_who_administered_an_older_one_is_removed_and_its_realm_is_taken_over(upgraded: Server, tmp_path: Path) -> None:
    secret = secrets.token_urlsafe(24)
    done = hand_over(upgraded, tmp_path, secret)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"the user {BOOTSTRAP} is removed" in done.stdout
    automation = Administration(upgraded, CLIENT, secret)
    automation.call("PUT", f"/{REALM}", {"displayName": "Taken over"})
    assert automation.ask("GET", "/master/users").status_code == 403

    again = hand_over(upgraded, tmp_path, secret)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "removed" not in again.stdout

    # What the configuration says of the first administrator counts at the very first start alone.
    upgraded.stop()
    upgraded.start()
    assert not Administration(upgraded, *upgraded.bootstrap).token().ok
    assert automation.token().ok

    shown = done.stdout + done.stderr + again.stdout + again.stderr + upgraded.log
    assert secret not in shown
    assert upgraded.bootstrap[1] not in shown


def test_a_login_that_is_lost_is_said_with_the_way_back(upgraded: Server, tmp_path: Path) -> None:
    done = hand_over(upgraded, tmp_path, "another-secret-than-the-accounts")
    assert done.returncode == 1
    assert "neither platform-automation nor platform-bootstrap can log in" in done.stderr
    assert "Locked out" in done.stderr


def test_a_server_with_another_authority_is_told_nothing(upgraded: Server, tmp_path: Path) -> None:
    stranger = Server(upgraded.program, upgraded.folder, Authority(), upgraded.bootstrap)
    stranger.port = upgraded.port
    done = hand_over(stranger, tmp_path, "a-secret")
    assert done.returncode == 1
    assert "cannot be asked" in done.stderr
    assert "a-secret" not in done.stdout + done.stderr
