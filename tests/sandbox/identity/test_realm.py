"""The platform's realm on a real Keycloak: made, kept, repaired; who gets which roles; what is refused."""

from __future__ import annotations

import runpy
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pytest

from delivery.access import realm as report
from delivery.record import record
from tests.sandbox.environment.login import claims
from tests.sandbox.identity import realms
from tests.sandbox.identity.administration import Administration
from tests.sandbox.identity.browser import SECRET, Browser, code_of, otp, tokens_of
from tests.sandbox.identity.server import Server
from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox
REALM, OTHER = "etl", "other"


@dataclass(frozen=True)
class Deployed:
    """The deployed realm; `outputs` hold its clients' secrets."""

    project: Project
    outputs: dict[str, Any]
    said: str


@pytest.fixture(scope="module")
def realm(administration: Administration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    project = realms.project(administration, tmp_path_factory.mktemp("realm"), REALM)
    said = project.up().text
    yield Deployed(project, project.outputs(), said)
    project.destroy()


@pytest.fixture
def browser(server: Server, realm: Deployed) -> Browser:  # noqa: ARG001 - the realm must be there
    return Browser(server, REALM)


def roles_of(token: str) -> set[str]:
    return set(claims(token)["roles"]) - {f"default-roles-{REALM}"}


def test_up_twice_changes_nothing_and_a_refresh_finds_nothing(realm: Deployed) -> None:
    assert changes(realm.project.up()) == {}
    assert drift(realm.project.refresh()) == {}


def test_no_secret_is_shown_or_lies_in_the_state(realm: Deployed, administration: Administration) -> None:
    shown = realm.said + realm.project.state_text()
    for secret in (administration.secret, *(realm.outputs[name] for name in ("portal", "narrow", "machine"))):
        assert len(secret) >= 24
        assert secret not in shown


@pytest.mark.parametrize(
    ("group", "roles"),
    [
        ("/epidemiology", {"team:epidemiology"}),
        ("/epidemiology/analyst", {"team:epidemiology", "team:epidemiology:analyst", "Analyst"}),
        ("/epidemiology/data-manager", {"team:epidemiology", "team:epidemiology:data-manager", "Data Manager"}),
    ],
)
def test_who_is_in_a_group_has_its_roles_in_that_team_and_no_other(
    browser: Browser, administration: Administration, group: str, roles: set[str]
) -> None:
    person = administration.person(REALM, group)
    tokens = tokens_of(browser.exchange(browser.code(person.username, person.password)))
    for token in (tokens["access_token"], tokens["id_token"]):
        assert roles_of(token) == roles
        assert claims(token)["groups"] == [group]
    assert not any("reporting" in role for role in roles)


def test_who_is_in_no_group_has_no_role(browser: Browser, administration: Administration) -> None:
    person = administration.person(REALM)
    tokens = tokens_of(browser.exchange(browser.code(person.username, person.password)))
    assert roles_of(tokens["access_token"]) == set()
    assert "groups" not in claims(tokens["access_token"])


def test_a_token_names_the_service_that_it_is_for_and_carries_no_more_than_it_may(
    server: Server, realm: Deployed, administration: Administration
) -> None:
    person = administration.person(REALM, "/epidemiology/analyst", "/reporting/data-manager")
    for name, roles in {
        "portal": {
            *("team:epidemiology", "team:epidemiology:analyst", "Analyst"),
            *("team:reporting", "team:reporting:data-manager", "Data Manager"),
        },
        "narrow": {"team:epidemiology", "team:epidemiology:analyst", "Analyst"},
    }.items():
        browser = Browser(server, REALM, name, f"https://{name}.tests.example.com/oauth2/callback")
        code = browser.code(person.username, person.password)
        token = tokens_of(browser.exchange(code, client_secret=realm.outputs[name]))["access_token"]
        assert roles_of(token) == roles
        assert claims(token)["aud"] == name


def test_a_machine_has_the_role_that_it_was_given(browser: Browser, realm: Deployed) -> None:
    login = {"grant_type": "client_credentials", "client_id": "machine"}
    token = tokens_of(browser.token(**login, client_secret=realm.outputs["machine"]))["access_token"]
    assert "team:epidemiology:data-manager" in roles_of(token)
    assert not any("reporting" in role for role in roles_of(token))
    assert claims(token)["aud"] == "machine"
    assert browser.token(**login, client_secret="wrong").status_code == 401


def test_a_replayed_code_is_refused_and_ends_what_it_had_opened(
    browser: Browser, administration: Administration
) -> None:
    person = administration.person(REALM, "/epidemiology")
    code = browser.code(person.username, person.password)
    tokens = tokens_of(browser.exchange(code))
    assert browser.userinfo(tokens["access_token"]).status_code == 200
    again = browser.exchange(code)
    assert again.status_code == 400
    assert again.json()["error"] == "invalid_grant"
    assert browser.userinfo(tokens["access_token"]).status_code == 401


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example.net/callback",
        "https://app.tests.example.com/callback/../other",
        "https://app.tests.example.com/callback?next=https://evil.example.net",
        "http://app.tests.example.com/callback",
    ],
)
def test_a_foreign_redirect_address_is_refused(browser: Browser, address: str) -> None:
    answer = browser.ask(redirect_uri=address)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_a_client_cannot_do_without_its_proof(browser: Browser, administration: Administration) -> None:
    for changed in ({"code_challenge": None, "code_challenge_method": None}, {"code_challenge_method": "plain"}):
        refused = browser.ask(**changed)
        assert refused.status_code == 302
        assert "error=invalid_request" in refused.headers["Location"]
        assert "code=" not in refused.headers["Location"]
    person = administration.person(REALM, "/epidemiology")
    for changed in ({"code_verifier": None}, {"code_verifier": "a-verifier-of-somebody-else-that-is-long-enough-1234"}):
        fresh = Browser(browser.server, REALM)
        answer = fresh.exchange(fresh.code(person.username, person.password), **changed)
        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_grant"


def test_the_implicit_flow_and_the_password_grant_are_closed(browser: Browser, administration: Administration) -> None:
    answer = browser.ask(response_type="token")
    assert answer.status_code == 302
    assert "error=unauthorized_client" in answer.headers["Location"]
    person = administration.person(REALM, "/epidemiology")
    form = {"grant_type": "password", "username": person.username, "password": person.password}
    for client in ("frontend", "admin-cli", "account-console", "security-admin-console"):
        refused = browser.token(client_id=client, **form)
        assert refused.status_code in {400, 401}, client
        assert refused.json()["error"] in {"unauthorized_client", "invalid_client"}, client


def test_a_refresh_token_works_once(browser: Browser, administration: Administration) -> None:
    person = administration.person(REALM, "/epidemiology")
    first = tokens_of(browser.exchange(browser.code(person.username, person.password)))

    def refresh(token: str) -> Any:
        return browser.token(grant_type="refresh_token", client_id="frontend", refresh_token=token)

    second = tokens_of(refresh(first["refresh_token"]))
    assert second["refresh_token"] != first["refresh_token"]
    assert refresh(first["refresh_token"]).status_code == 400
    # Whoever shows a used one may have stolen it: the whole session ends.
    assert refresh(second["refresh_token"]).status_code == 400


def test_a_forged_an_expired_and_a_foreign_token_are_refused(
    browser: Browser, administration: Administration, realm: Deployed
) -> None:
    person = administration.person(REALM, "/epidemiology")
    token = tokens_of(browser.exchange(browser.code(person.username, person.password)))["access_token"]
    assert browser.userinfo(token).status_code == 200
    head, body, signature = token.split(".")
    swapped = ("B" if signature[0] == "A" else "A") + signature[1:]
    assert browser.userinfo(".".join([head, body, swapped])).status_code == 401
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"  # {"alg":"none","typ":"JWT"}
    assert browser.userinfo(".".join([unsigned, body, ""])).status_code == 401
    # A realm is an environment here: dev's tokens in prod.
    administration.call("POST", "", {"realm": OTHER, "enabled": True})
    try:
        assert Browser(browser.server, OTHER).userinfo(token).status_code == 401
    finally:
        administration.call("DELETE", f"/{OTHER}")
    administration.call("PUT", f"/{REALM}", {"accessTokenLifespan": 1})
    try:
        fresh = Browser(browser.server, REALM)
        short = tokens_of(fresh.exchange(fresh.code(person.username, person.password)))["access_token"]
        time.sleep(3)
        assert fresh.userinfo(short).status_code == 401
    finally:
        assert changes(realm.project.up("--refresh")) == {"update": 1}


def test_guessing_locks_a_login_for_a_while_raises_the_metric_and_heals(
    server: Server, browser: Browser, administration: Administration
) -> None:
    person = administration.person(REALM, "/epidemiology")
    before = failed_logins(server)
    for _ in range(realms.FAILURES):
        assert browser.log_in(person.username, "a wrong password").status_code == 200
        time.sleep(1.1)  # quicker ones are taken for a machine's, and wait by another rule
    assert Browser(server, REALM).log_in(person.username, person.password).status_code == 200, "it is not locked"
    assert failed_logins(server) >= before + realms.FAILURES + 1
    end = time.monotonic() + 60
    while Browser(server, REALM).log_in(person.username, person.password).status_code != 302:
        assert time.monotonic() < end, "it does not heal"
        time.sleep(2)


def failed_logins(server: Server) -> float:
    lines = [line for line in server.metrics().splitlines() if line.startswith("keycloak_user_events_total{")]
    wrong = [
        line for line in lines if 'event="login"' in line and f'realm="{REALM}"' in line and 'error=""' not in line
    ]
    return sum(float(line.rsplit(" ", 1)[-1]) for line in wrong)


def test_a_system_administrator_needs_a_one_time_password_every_time(
    server: Server, browser: Browser, administration: Administration
) -> None:
    person = administration.person(REALM, "/platform-administrators")
    setup = browser.log_in(person.username, person.password)
    assert setup.status_code == 302, "the device is set up at the first login"
    page = browser.follow(setup)
    found = SECRET.search(page.text)
    assert found, page.text[:2000]
    secret = found[1]
    now = time.time()
    answer = browser.submit(page, totp=otp(secret, now), totpSecret=secret, userLabel="phone")
    assert roles_of(tokens_of(browser.exchange(code_of(answer)))["access_token"]) == {"System Administrator"}

    other = Browser(server, REALM)
    asked = other.log_in(person.username, person.password)
    assert asked.status_code == 200, "the password alone lets them in"
    assert 'name="otp"' in asked.text
    assert other.submit(asked, otp="000000").status_code == 200
    third = Browser(server, REALM)
    # A used one is no longer good, so the next.
    answer = third.submit(third.log_in(person.username, person.password), otp=otp(secret, now + 30))
    assert code_of(answer)


def test_a_short_password_is_refused(administration: Administration) -> None:
    person = administration.person(REALM, "/epidemiology")
    body = {"type": "password", "value": "short", "temporary": False}
    refused = administration.ask("PUT", f"/{REALM}/users/{person.id}/reset-password", body)
    assert refused.status_code == 400
    assert "invalidPasswordMinLength" in refused.text


def test_events_of_logins_and_of_administration_are_kept(browser: Browser, administration: Administration) -> None:
    person = administration.person(REALM, "/epidemiology")
    browser.log_in(person.username, "a wrong password")
    kept = administration.call("GET", f"/{REALM}/events?type=LOGIN_ERROR")
    assert person.id in {each.get("userId") for each in kept}
    done = administration.call("GET", f"/{REALM}/admin-events?operationTypes=CREATE&resourceTypes=USER")
    assert any(each["resourcePath"].endswith(person.id) for each in done)
    assert not any(each.get("representation") for each in done)


def test_a_mapping_removed_by_hand_and_a_role_given_by_hand_are_repaired(
    realm: Deployed, administration: Administration
) -> None:
    [group] = administration.call("GET", f"/{REALM}/groups?search=epidemiology&exact=true")
    mappings = f"/{REALM}/groups/{group['id']}/role-mappings/realm"
    member, strong = (
        administration.call("GET", f"/{REALM}/roles/{name}") for name in ("team:epidemiology", "System Administrator")
    )
    administration.call("DELETE", mappings, [member])
    administration.call("POST", mappings, [strong])
    assert changes(realm.project.up("--refresh")) == {"update": 1}
    assert [each["name"] for each in administration.call("GET", mappings)] == ["team:epidemiology"]


def test_a_renewed_certificate_is_shown_without_a_restart(server: Server) -> None:
    before = shown_certificate(server)
    assert shown_certificate(server) == before
    server.certify()
    end = time.monotonic() + 120
    while shown_certificate(server) == before:
        assert time.monotonic() < end, "the old certificate is still shown"
        time.sleep(2)
    assert server.running


def shown_certificate(server: Server) -> str:
    return ssl.get_server_certificate(("127.0.0.1", server.port), ca_certs=str(server.authority_file))


def test_the_report_names_what_was_done_by_hand(
    realm: Deployed, administration: Administration, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in realms.environment(administration).items():
        monkeypatch.setenv(name, value)
    wanted = report.declared(record(lambda: runpy.run_path(str(realm.project.folder / "__main__.py"))))

    def ask(path: str, **query: str) -> Any:
        return administration.call("GET", f"/{REALM}/{path}?{urlencode(query)}")

    def differences() -> list[str]:
        found = report.compare(wanted, report.actual(ask))
        return report.section("realm", wanted, found).splitlines()[1:]

    assert differences() == []
    administration.call("POST", f"/{REALM}/roles", {"name": "superuser"})
    person = administration.person(REALM)
    strong = administration.call("GET", f"/{REALM}/roles/System%20Administrator")
    administration.call("POST", f"/{REALM}/users/{person.id}/role-mappings/realm", [strong])
    try:
        assert differences() == [
            f"  extra: person {person.username}: has role System Administrator",
            "  unmanaged role superuser: has nothing",
        ]
    finally:
        administration.call("DELETE", f"/{REALM}/roles/superuser")
        administration.call("DELETE", f"/{REALM}/users/{person.id}")
