"""`make person` on a real Keycloak: the first login asks for what only the person can say, and the role is theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from delivery.access import keycloak
from delivery.access.live import LiveError
from operations import people
from operations.errors import OperationError
from tests.sandbox.environment.login import claims
from tests.sandbox.identity import realms
from tests.sandbox.identity.administration import Administration
from tests.sandbox.identity.browser import Browser, code_of, tokens_of
from tests.sandbox.identity.server import Server

pytestmark = pytest.mark.sandbox
REALM = "people"
OWN = "a password of my own 7"


@contextmanager
def connected(administration: Administration, realm: str = REALM) -> Iterator[keycloak.Realm]:
    server = administration.server
    login = {"client_id": administration.client_id, "client_secret": administration.secret}
    place = {**server.public, "realm": realm, "administrator": login}
    with keycloak.connected(place, server.authority.certificate, None) as made:
        yield made


@pytest.fixture(scope="module")
def realm(administration: Administration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = realms.project(administration, tmp_path_factory.mktemp("people"), REALM, otp=False)
    project.up()
    yield REALM
    project.destroy()


@pytest.fixture
def hands(realm: str, administration: Administration) -> Iterator[keycloak.Realm]:
    with connected(administration, realm) as made:
        yield made


def test_the_first_login_asks_for_a_password_of_ones_own_and_gives_the_teams_role(
    hands: keycloak.Realm, server: Server
) -> None:
    password = people.make(hands, "ada", people.group_of("Data Manager", "epidemiology"))
    browser = Browser(server, REALM)

    page = browser.follow(browser.log_in("ada", password))
    assert 'name="password-new"' in page.text
    page = browser.submit(page, **{"password-new": OWN, "password-confirm": OWN})
    assert 'name="email"' in page.text
    answer = browser.submit(page, username="ada", email="ada@example.com", firstName="Ada", lastName="Byron")

    said = claims(tokens_of(browser.exchange(code_of(answer)))["access_token"])
    assert {"Data Manager", "team:epidemiology:data-manager"} <= set(said["roles"])
    assert Browser(server, REALM).log_in("ada", password).status_code == 200, "the first password still works"
    assert code_of(Browser(server, REALM).log_in("ada", OWN))


def test_an_administrator_is_one_of_the_whole_environment(hands: keycloak.Realm) -> None:
    people.make(hands, "grace", people.group_of("System Administrator", None), "grace@example.com")

    [found] = hands.ask("users", username="grace", exact="true")
    assert found["email"] == "grace@example.com"
    assert [group["path"] for group in hands.ask(f"users/{found['id']}/groups")] == ["/platform-administrators"]


def test_what_cannot_be_is_refused_with_the_way_out_and_nobody_is_made(hands: keycloak.Realm) -> None:
    def everyone() -> list[Any]:
        return sorted(each["username"] for each in hands.ask("users"))

    people.make(hands, "taken", "/reporting/analyst", "taken@example.com")
    before = everyone()
    with pytest.raises(LiveError, match=r"409 User exists with same username"):
        people.make(hands, "taken", "/reporting/analyst", "other@example.com")
    with pytest.raises(OperationError, match=r"no group /nobody/analyst; it has .*/epidemiology/analyst"):
        people.make(hands, "lost", people.group_of("Analyst", "nobody"))
    with pytest.raises(OperationError, match=r"'Ada Byron' is no login name"):
        people.make(hands, "Ada Byron", "/reporting/analyst")
    assert everyone() == before
