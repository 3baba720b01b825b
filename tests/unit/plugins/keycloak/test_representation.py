"""How the Keycloak plugin reads and writes what the server holds, and what it refuses before it asks."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.declared.values import differs
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import UNKNOWN
from sandbox.plugins.keycloak.api import Api
from sandbox.plugins.keycloak.attributes import duration, joined, same_attributes, same_duration, seconds, split
from sandbox.plugins.keycloak.client import Client
from sandbox.plugins.keycloak.groups import GroupMemberships
from sandbox.plugins.keycloak.mappers import KINDS, ProtocolMapper
from sandbox.plugins.keycloak.realm import Realm
from sandbox.plugins.keycloak.representation import MASK, read, written
from sandbox.plugins.keycloak.role_mappings import GroupRoles
from sandbox.plugins.keycloak.settings import mistakes, settings_of
from sandbox.plugins.keycloak.users import User

LOGIN = {"url": "https://keycloak.test", "clientId": "admin-cli", "username": "admin", "password": "hunter2"}


def refused(kind: Declared, **given: Any) -> set[str]:
    return {failure.property for failure in kind.check("value", given, None).failures}


@pytest.mark.parametrize(("text", "expected"), [("5m", 300), ("1h30m", 5400), ("45s", 45), ("90", None), ("", None)])
def test_a_duration_is_read_as_the_vendor_writes_it(text: str, expected: int | None) -> None:
    assert seconds(text) == expected


def test_equal_durations_and_attributes_are_equal_however_written() -> None:
    assert [duration(total) for total in (0, 300, 5400, 36000)] == ["0s", "5m0s", "1h30m0s", "10h0m0s"]
    assert same_duration("90m", "1h30m0s")
    assert not same_duration("90m", "90s")
    assert joined(split({"a": "1##2"})) == {"a": "1##2"}
    assert same_attributes({"a": "1##2"}, {"a": "2##1"})
    assert not same_attributes({"a": "1"}, {"a": "1", "b": "2"})


def realm(**given: Any) -> dict[str, Any]:
    checked = Realm(Api()).check("realm", {"realm": "r", **given}, None)
    assert not checked.failures
    return dict(checked.inputs)


def server(inputs: dict[str, Any]) -> dict[str, Any]:
    """What a server shows of a realm that was written with these inputs."""
    shown = {"id": "1", "attributes": {}, **written(inputs)}
    if "password" in shown["smtpServer"]:
        shown["smtpServer"] = {**shown["smtpServer"], "password": MASK}
    return shown


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"accessTokenLifespan": "5m", "passwordPolicy": "length(14)", "sslRequired": "all"},
        {"internationalization": {"defaultLocale": "en", "supportedLocales": ["en", "de"]}},
        {"securityDefenses": {"bruteForceDetection": {"maxLoginFailures": 10, "permanentLockout": True}}},
        {"securityDefenses": {"headers": {"xFrameOptions": "DENY", "xXssProtection": "0"}}},
        {"smtpServer": {"host": "h", "from": "a@b", "starttls": True, "auth": {"username": "u", "password": "p"}}},
        {
            "otpPolicy": {"digits": 8},
            "webAuthnPolicy": {"relyingPartyEntityName": "e", "discoverableCredential": "required"},
        },
        {"userManagedAccess": True, "terraformDeletionProtection": True},
    ],
)
def test_a_realm_reads_back_as_it_was_written(given: dict[str, Any]) -> None:
    inputs = realm(**given)
    shown = read(server(inputs), inputs)
    assert not [name for name, rule in Realm.table.items() if differs(rule, inputs.get(name), shown.get(name))]


def test_what_the_program_does_not_declare_is_left_to_the_server() -> None:
    body = written(realm())
    assert "verifyEmail" not in body
    assert "accessTokenLifespan" not in body
    assert body["bruteForceProtected"] is False


def test_a_defence_that_was_switched_off_by_hand_differs() -> None:
    inputs = realm(securityDefenses={"bruteForceDetection": {}})
    shown = read({**server(inputs), "bruteForceProtected": False}, inputs)
    assert differs(Realm.table["securityDefenses"], inputs["securityDefenses"], shown["securityDefenses"])


def test_a_realm_refuses_what_does_not_go_together() -> None:
    smtp = {"host": "h", "from": "f", "auth": {"username": "u", "password": "p"}}
    token = dict.fromkeys(("username", "url", "clientId", "clientSecret", "scope"), "x")
    assert refused(Realm(Api()), realm="r", smtpServer={**smtp, "tokenAuth": token}) == {"smtpServer.tokenAuth"}
    assert refused(Realm(Api()), realm="r", accessTokenLifespan="300") == {"accessTokenLifespan"}
    assert refused(Realm(Api()), realm="r", sslRequired="some") == {"sslRequired"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"accessType": "PUBLIC", "serviceAccountsEnabled": True}, {"serviceAccountsEnabled"}),
        ({"accessType": "BEARER-ONLY", "directAccessGrantsEnabled": True}, {"accessType"}),
        ({"accessType": "PUBLIC", "standardFlowEnabled": True}, {"validRedirectUris"}),
        ({"accessType": "PUBLIC", "validRedirectUris": ["https://a.test"]}, {"validRedirectUris"}),
        ({"accessType": "PUBLIC", "webOrigins": ["https://a.test"]}, {"webOrigins"}),
        ({"accessType": "PUBLIC", "pkceCodeChallengeMethod": "S512"}, {"pkceCodeChallengeMethod"}),
        ({"accessType": "PUBLIC", "extraConfig": {"login_theme": "x"}}, {"extraConfig.login_theme"}),
        ({"accessType": "SECRET"}, {"accessType"}),
        ({"accessType": "CONFIDENTIAL", "serviceAccountsEnabled": True}, set()),
        ({"accessType": "PUBLIC", "standardFlowEnabled": UNKNOWN, "validRedirectUris": UNKNOWN}, set()),
    ],
)
def test_a_client_whose_flows_cannot_work_is_refused(given: dict[str, Any], expected: set[str]) -> None:
    assert refused(Client(Api()), realmId="r", clientId="c", name="C", **given) == expected


def test_a_mapper_is_on_a_client_or_a_scope() -> None:
    mapper = ProtocolMapper(Api(), KINDS["AudienceProtocolMapper"])
    assert refused(mapper, realmId="r", includedClientAudience="a") == {"clientId"}
    assert refused(mapper, realmId="r", clientId="1", clientScopeId="2", includedClientAudience="a") == {"clientId"}
    assert refused(mapper, realmId="r", clientId="1") == {"includedClientAudience"}
    assert refused(mapper, realmId="r", clientId=UNKNOWN, includedCustomAudience="a") == set()


def test_secrets_of_users_and_clients_are_secret() -> None:
    assert set(User(Api()).secret_outputs) == {"initialPassword"}
    assert set(Client(Api()).secret_outputs) == {"clientSecret"}
    assert refused(User(Api()), realmId="r", username="Ada") == {"username"}


def test_an_imports_id_that_is_none_is_refused_with_its_form() -> None:
    with pytest.raises(PluginError, match="realm/group-id"):
        GroupRoles(Api()).read("only-one-part", {}, {})
    with pytest.raises(PluginError, match="cannot be imported"):
        GroupMemberships(Api()).read("r/group-memberships/1", {}, {})


def test_options_that_cannot_lead_to_a_login_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (
        "KEYCLOAK_URL",
        "KEYCLOAK_CLIENT_ID",
        "KEYCLOAK_USER",
        "KEYCLOAK_PASSWORD",
        "KEYCLOAK_CLIENT_SECRET",
    ):
        monkeypatch.delenv(variable, raising=False)
    assert mistakes(LOGIN) == []
    assert mistakes({**LOGIN, "url": UNKNOWN, "password": UNKNOWN, "rootCaCertificate": UNKNOWN}) == []
    found = {failure.property for failure in mistakes({"url": "keycloak.test", "rootCaCertificate": "no pem"})}
    assert found == {"url", "clientId", "password", "rootCaCertificate"}


def test_settings_hold_complete_addresses_and_hide_secrets() -> None:
    settings = settings_of({**LOGIN, "basePath": "/auth", "adminUrl": "https://admin.test/"})
    assert (settings.url, settings.admin_url) == ("https://keycloak.test/auth/", "https://admin.test/auth/")
    assert (settings.realm, settings.timeout, settings.login_first, settings.verify) == ("master", 5, True, True)
    assert "hunter2" not in repr(settings)
    assert not settings_of({**LOGIN, "initialLogin": False}).login_first
