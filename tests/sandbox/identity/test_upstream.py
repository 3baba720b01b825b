"""People who log in elsewhere: a second real realm is the organisation's own provider."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.sandbox.environment.login import claims
from tests.sandbox.identity import realms
from tests.sandbox.identity.administration import Administration
from tests.sandbox.identity.browser import SECRET, Browser, code_of, tokens_of
from tests.sandbox.identity.server import HOSTNAME, Server
from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox
REALM, UPSTREAM = "with-provider", "organisation"
LINK = re.compile(r'id="social-organisation"[^>]*href="([^"]+)"')
CLIENT_SECRET = "secret-of-the-platform-at-its-provider"
PROVIDER = """
        provider=OidcProvider(
            name="Organisation",
            issuer="https://{host}/realms/{upstream}",
            authorization_url="https://{host}/realms/{upstream}/protocol/openid-connect/auth",
            token_url="{inside}/realms/{upstream}/protocol/openid-connect/token",
            jwks_url="{inside}/realms/{upstream}/protocol/openid-connect/certs",
            client_id="etl-platform",
            client_secret="{secret}",
            groups=[
                GroupClaim("/epi-analysts", "/epidemiology/analyst"),
                GroupClaim("/ops", "/platform-administrators"),
            ],
        ),
"""


@dataclass(frozen=True)
class Deployed:
    """The platform's realm behind its provider, and what its deployment printed."""

    project: Project
    said: str


@pytest.fixture(scope="module")
def upstream(server: Server, administration: Administration) -> Iterator[str]:
    """The provider: groups of its own, and the platform as its client."""
    administration.call(
        "POST", "", {"realm": UPSTREAM, "enabled": True, "groups": [{"name": "epi-analysts"}, {"name": "ops"}]}
    )
    mapper = {
        "name": "groups",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-group-membership-mapper",
        "config": {"claim.name": "groups", "full.path": "true", "id.token.claim": "true", "access.token.claim": "true"},
    }
    administration.call(
        "POST",
        f"/{UPSTREAM}/clients",
        {
            "clientId": "etl-platform",
            "secret": CLIENT_SECRET,
            "redirectUris": [f"https://{HOSTNAME}/realms/{REALM}/broker/organisation/endpoint"],
            "protocolMappers": [mapper],
            "attributes": {"pkce.code.challenge.method": "S256"},
        },
    )
    yield server.url
    administration.call("DELETE", f"/{UPSTREAM}")


@pytest.fixture(scope="module")
def realm(
    administration: Administration, upstream: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    provider = PROVIDER.format(host=HOSTNAME, upstream=UPSTREAM, inside=upstream, secret=CLIENT_SECRET)
    folder: Path = tmp_path_factory.mktemp("provider")
    project = realms.project(administration, folder, REALM, more=provider)
    said = project.up().text
    yield Deployed(project, said)
    project.destroy()


def log_in_elsewhere(server: Server, username: str, password: str) -> tuple[Browser, requests.Response]:
    """Take the provider's button, log in there, and come back; the answer is the platform's realm's."""
    browser = Browser(server, REALM)
    button = LINK.search(browser.ask().text)
    assert button, "the login page has no button"
    page = browser.open(f"https://{HOSTNAME}{html.unescape(button[1])}")
    answer = browser.submit(page, username=username, password=password, credentialId="")
    return browser, browser.open(answer.headers["Location"])


def test_up_twice_changes_nothing_and_shows_no_secret(realm: Deployed) -> None:
    assert changes(realm.project.up()) == {}
    assert drift(realm.project.refresh()) == {}
    assert CLIENT_SECRET not in realm.said + realm.project.state_text()


@pytest.mark.usefixtures("realm")
def test_who_has_a_group_there_has_its_role_here_until_it_is_taken_away(
    server: Server, administration: Administration
) -> None:
    person = administration.person(UPSTREAM, "/epi-analysts")
    browser, answer = log_in_elsewhere(server, person.username, person.password)
    token = tokens_of(browser.exchange(code_of(answer)))["access_token"]
    assert {"team:epidemiology:analyst", "team:epidemiology"} <= set(claims(token)["roles"])
    assert claims(token)["groups"] == ["/epidemiology/analyst"]

    [group] = administration.call("GET", f"/{UPSTREAM}/groups?search=epi-analysts")
    administration.call("DELETE", f"/{UPSTREAM}/users/{person.id}/groups/{group['id']}")
    browser, answer = log_in_elsewhere(server, person.username, person.password)
    token = tokens_of(browser.exchange(code_of(answer)))["access_token"]
    assert not any(role.startswith("team:") for role in claims(token)["roles"])


@pytest.mark.usefixtures("realm")
def test_an_administrator_who_logged_in_there_needs_a_one_time_password_here(
    server: Server, administration: Administration
) -> None:
    person = administration.person(UPSTREAM, "/ops")
    _, answer = log_in_elsewhere(server, person.username, person.password)
    assert answer.status_code == 200, "no code yet"
    assert SECRET.search(answer.text), answer.text[:2000]


@pytest.mark.usefixtures("realm")
def test_an_account_here_is_not_taken_over_by_its_address(server: Server, administration: Administration) -> None:
    victim = administration.person(REALM, "/epidemiology/data-manager")
    thief = administration.person(UPSTREAM)
    administration.call(
        "PUT", f"/{UPSTREAM}/users/{thief.id}", {"email": f"{victim.username}@example.com", "emailVerified": True}
    )
    _, answer = log_in_elsewhere(server, thief.username, thief.password)
    assert answer.status_code == 200, "they are let in"
    assert "already exists" in answer.text
