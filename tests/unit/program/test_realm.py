"""How people log in, and who may ask for tokens, in each environment."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pulumi
import pulumi_keycloak as keycloak
import pytest

from components.identity import Lockout, Mail, PasswordPolicy, Realm, RealmArgs
from components.identity import configuration as conf
from delivery.record import record
from delivery.recording import SECRET, Recording, Resource, is_known
from stacks import confidential
from tests.unit.program.conftest import build_from, recorded
from tests.unit.program.test_team import TEAMS, settings

MAIL = Mail(host="smtp.example.com", port=587, sender="etl@example.com", username="etl", password="a password")


def args(**more: Any) -> RealmArgs:
    values: dict[str, Any] = {
        "name": "etl",
        "environment": "dev",
        "frontend": "https://app.example.com",
        "administrator_otp": False,
        "password_policy": PasswordPolicy(length=14, history=5),
        "lockout": Lockout(failures=10),
        "events_days": 7,
    }
    return RealmArgs(**(values | more))


def declared(**more: Any) -> Recording:
    """A realm with the clients of a service, a dashboard and a machine."""

    def build() -> None:
        provider = keycloak.Provider("keycloak", url="https://id.example.com", client_id="x", client_secret="y")
        realm = Realm("etl", args(**more), provider)
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        team = realm.team("epidemiology", parent)
        realm.service_client("portal", description="Portal.", host="portal.example.com", parent=parent)
        realm.service_client(
            "grafana",
            description="Dashboards.",
            host="grafana.example.com",
            callback="/login/generic_oauth",
            roles=[*realm.roles.values()],
            parent=parent,
        )
        realm.service_client("machine", description="Machine.", roles=[team.roles["Analyst"]], parent=parent)

    return record(build)


@cache
def usual() -> Recording:
    return declared()


def client(recording: Recording, client_id: str) -> Mapping[str, Any]:
    [found] = [each for each in recording.select(type="Client") if each.inputs.get("clientId") == client_id]
    return found.inputs


def scopes(recording: Recording, name: str) -> list[Any]:
    found: list[Any] = recording.find(type="ClientDefaultScopes", name=f"{name}-scopes").inputs["defaultScopes"]
    return found


def realm_of(recording: Recording) -> Resource:
    return recording.find(type="keycloak:index/realm:Realm")


def test_no_client_of_any_environment_has_a_weak_flow(declared: Recording) -> None:
    clients = [each.inputs for each in declared.select(type="Client")]
    assert clients
    for each in clients:
        if each["accessType"] == "BEARER-ONLY":
            continue  # gets no tokens
        assert each["implicitFlowEnabled"] is False
        assert each["directAccessGrantsEnabled"] is False
        assert not any("*" in uri for uri in each.get("validRedirectUris", []))
        assert each.get("pkceCodeChallengeMethod", "") == ("S256" if each["standardFlowEnabled"] else "")
        assert not (each["standardFlowEnabled"] and each["serviceAccountsEnabled"])


def test_a_service_with_people_has_pkce_and_one_exact_address() -> None:
    portal = client(usual(), "portal")
    assert portal["validRedirectUris"] == ["https://portal.example.com/oauth2/callback"]
    assert portal["pkceCodeChallengeMethod"] == "S256"
    assert portal["fullScopeAllowed"] is True
    assert client(usual(), "grafana")["validRedirectUris"] == ["https://grafana.example.com/login/generic_oauth"]
    # The platform's own scope is known by name only once its mappers are there.
    known = [each for each in scopes(usual(), "portal") if is_known(each)]
    assert set(known) == {"acr", "basic", "email", "profile", "web-origins"}
    assert len(scopes(usual(), "portal")) == len(known) + 1


def test_a_client_with_roles_carries_no_others() -> None:
    assert client(usual(), "grafana")["fullScopeAllowed"] is False
    carried = [each for each in usual().select(type="GenericRoleMapper") if each.name.startswith("grafana")]
    assert len(carried) == 3


def test_a_machine_logs_in_for_itself_with_the_roles_that_it_was_given() -> None:
    machine = client(usual(), "machine")
    assert machine["serviceAccountsEnabled"] is True
    assert machine["standardFlowEnabled"] is False
    assert "validRedirectUris" not in machine
    given = usual().find(type="ClientServiceAccountRealmRole", name="machine-role-1")
    assert given.inputs["role"] == "team:epidemiology:analyst"


def test_a_secret_of_a_client_is_a_secret_even_to_the_program() -> None:
    found: list[bool] = []

    def build() -> None:
        provider = keycloak.Provider("keycloak", url="https://id.example.com", client_id="x", client_secret="y")
        realm = Realm("etl", args(), provider)
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        made = realm.service_client("portal", description="Portal.", host="portal.example.com", parent=parent)
        pulumi.export("secret", made.secret)

    found.append(record(build).outputs["secret"] == SECRET)
    assert found == [True]


@pytest.mark.parametrize(("environment", "asked"), [("dev", False), ("test", True), ("prod", True)])
def test_administrators_need_a_one_time_password_from_test_on(environment: str, asked: bool) -> None:
    recording = recorded(environment)
    bindings = recording.select(type="keycloak:authentication/bindings:Bindings")
    assert bool(bindings) is asked
    if not asked:
        return
    [bound] = bindings
    assert bound.inputs["browserFlow"] == "platform-browser"
    # Bound before it is whole, the flow would let people in without what it still lacks.
    steps = {each.urn for each in recording.select(type="Execution") if "after-provider" not in each.name}
    configs = {each.urn for each in recording.select(type="ExecutionConfig") if "after-provider" not in each.name}
    assert steps - set(bound.dependencies) <= {urn for urn in steps if "have-role" in urn}
    assert configs <= set(bound.dependencies)


def test_one_condition_is_the_role_and_the_other_its_absence() -> None:
    recording = recorded("prod")
    configs = {each.name: each.inputs["config"] for each in recording.select(type="ExecutionConfig")}
    role = "System Administrator"
    assert configs["etl-administrators-have-role"] == {"condUserRole": role, "negate": "false"}
    assert configs["etl-others-have-role"] == {"condUserRole": role, "negate": "true"}
    assert configs["etl-after-provider-have-role"] == {"condUserRole": role, "negate": "false"}


def test_events_are_kept_for_the_profiles_days_and_hold_no_personal_details() -> None:
    for environment, days in {"dev": 7, "test": 30, "prod": 100}.items():
        events = recorded(environment).find(type="RealmEvents").inputs
        assert events["eventsEnabled"] is True
        assert events["adminEventsEnabled"] is True
        assert events["eventsExpiration"] == days * 24 * 3600
        assert events["adminEventsDetailsEnabled"] is False


def test_lockout_is_temporary_and_tokens_are_short_in_every_environment(declared: Recording) -> None:
    realm = realm_of(declared).inputs
    force = realm["securityDefenses"]["bruteForceDetection"]
    assert force["permanentLockout"] is False
    assert 0 < force["maxLoginFailures"] <= 10
    assert force["maxFailureWaitSeconds"] <= 900
    assert realm["accessTokenLifespan"] == "5m"
    assert (realm["revokeRefreshToken"], realm["refreshTokenMaxReuse"]) == (True, 0)
    assert realm["passwordPolicy"].startswith("length(14) and notUsername")


def test_without_mail_nothing_is_offered_that_needs_it() -> None:
    realm = realm_of(usual()).inputs
    assert "smtpServer" not in realm
    assert realm["resetPasswordAllowed"] is False
    assert realm["verifyEmail"] is False
    assert usual().find(type="RequiredAction", name="etl-verify-email").inputs["enabled"] is False


def test_mail_goes_over_tls_and_its_password_is_secret() -> None:
    recording = declared(mail=MAIL)
    realm = realm_of(recording).inputs
    assert realm["resetPasswordAllowed"] is True
    mail = realm["smtpServer"]
    assert (mail["host"], mail["port"], mail["from"]) == ("smtp.example.com", "587", "etl@example.com")
    assert (mail["ssl"], mail["starttls"]) == (False, True)
    assert "a password" not in str(recording)


def test_a_mail_server_of_the_config_reaches_the_realm_and_keycloak_reaches_it() -> None:
    mail = {"host": "smtp.example.com", "from": "etl@example.com", "username": "etl", "networks": ["198.51.100.0/24"]}
    recording = build_from(settings(TEAMS, identity={"mail": mail}))
    found = realm_of(recording).inputs["smtpServer"]
    assert (found["host"], found["auth"]["username"], found["auth"]["password"]) == ("smtp.example.com", "etl", SECRET)
    traffic = recording.find(type="NetworkPolicy", name="keycloak-traffic").inputs["spec"]["egress"]
    [out] = [rule for rule in traffic if "ipBlock" in str(rule)]
    assert [peer["ipBlock"]["cidr"] for peer in out["to"]] == ["198.51.100.0/24"]
    assert [port["port"] for port in out["ports"]] == [587]


def test_a_mail_servers_password_that_nobody_set_is_asked_for_by_name() -> None:
    mail = {"host": "smtp.example.com", "from": "etl@example.com", "username": "etl"}
    asked: list[str] = []

    def build() -> None:
        asked.extend(confidential.missing(settings(TEAMS, identity={"mail": mail})))

    record(build)
    assert len(asked) == 1
    assert "pulumi config set --secret identity:mail_password" in asked[0]
    asked.clear()
    record(build, config={"identity:mail_password": "a password"})
    assert asked == []


PROVIDER = {
    "name": "Example Corp",
    "issuer": "https://login.example.com",
    "authorization_url": "https://login.example.com/authorize",
    "token_url": "https://login.example.com:8443/token",
    "jwks_url": "https://login.example.com/keys",
    "client_id": "etl-platform",
    "networks": ["198.51.100.0/24"],
    "groups": [{"value": "epi-analysts", "group": "/epidemiology/analyst"}],
}


@cache
def with_provider() -> Recording:
    return build_from(settings(TEAMS, identity={"provider": PROVIDER}))


def test_a_provider_of_the_config_is_believed_by_its_signature_alone() -> None:
    provider = with_provider().find(type="keycloak:oidc/identityProvider:IdentityProvider").inputs
    assert provider["validateSignature"] is True
    assert provider["issuer"] == "https://login.example.com"
    assert provider["jwksUrl"] == "https://login.example.com/keys"
    assert provider["trustEmail"] is False
    assert provider["storeToken"] is False
    assert provider["clientSecret"] == SECRET
    assert provider["extraConfig"]["pkceMethod"] == "S256"


def test_whoever_administers_and_comes_by_the_provider_needs_a_one_time_password_too() -> None:
    provider = with_provider().find(type="keycloak:oidc/identityProvider:IdentityProvider")
    [flow] = provider.property_dependencies["postBrokerLoginFlowAlias"][:1]
    assert "after-provider" in flow


def test_a_group_of_the_provider_becomes_a_group_here_at_every_login() -> None:
    mapping = with_provider().find(type="CustomIdentityProviderMapping").inputs
    assert mapping["extraConfig"]["group"] == "/epidemiology/analyst"
    assert mapping["extraConfig"]["syncMode"] == "FORCE"
    assert json.loads(mapping["extraConfig"]["claims"]) == [{"key": "groups", "value": "epi-analysts"}]


def test_keycloak_reaches_the_providers_endpoints_and_no_more() -> None:
    traffic = with_provider().find(type="NetworkPolicy", name="keycloak-traffic").inputs["spec"]["egress"]
    outside = [rule for rule in traffic if "ipBlock" in str(rule)]
    assert sorted(port["port"] for rule in outside for port in rule["ports"]) == [443, 8443]
    assert {peer["ipBlock"]["cidr"] for rule in outside for peer in rule["to"]} == {"198.51.100.0/24"}


def test_a_providers_secret_that_nobody_set_is_asked_for_by_name() -> None:
    asked: list[str] = []
    record(lambda: asked.extend(confidential.missing(settings(TEAMS, identity={"provider": PROVIDER}))))
    assert len(asked) == 1
    assert "pulumi config set --secret identity:provider_secret" in asked[0]


DIRECTORY = {
    "url": "ldaps://ldap.example.com",
    "kind": "active_directory",
    "users": "ou=people,dc=example,dc=com",
    "bind": "cn=etl,dc=example,dc=com",
    "networks": ["198.51.100.0/24"],
}


def test_a_directory_of_the_config_is_read_over_tls_and_never_written() -> None:
    recording = build_from(settings(TEAMS, identity={"directory": DIRECTORY}))
    found = recording.find(type="keycloak:ldap/userFederation:UserFederation").inputs
    assert found["connectionUrl"] == "ldaps://ldap.example.com"
    assert (found["vendor"], found["usernameLdapAttribute"], found["uuidLdapAttribute"]) == (
        "AD",
        "sAMAccountName",
        "objectGUID",
    )
    assert (found["editMode"], found["syncRegistrations"], found["trustEmail"]) == ("READ_ONLY", False, False)
    assert found["bindCredential"] == SECRET
    traffic = recording.find(type="NetworkPolicy", name="keycloak-traffic").inputs["spec"]["egress"]
    assert [port["port"] for rule in traffic if "ipBlock" in str(rule) for port in rule["ports"]] == [636]
    [asked] = _missing({"directory": DIRECTORY})
    assert "pulumi config set --secret identity:directory_password" in asked


def _missing(identity: dict[str, Any]) -> list[str]:
    asked: list[str] = []
    record(lambda: asked.extend(confidential.missing(settings(TEAMS, identity=identity))))
    return asked


def test_authorities_of_what_lies_outside_are_trusted_beside_the_platforms_own() -> None:
    plain = conf.keycloak_conf(hostname="", connection=NOWHERE, bootstrap=("", ""))
    more = conf.keycloak_conf(hostname="", connection=NOWHERE, bootstrap=("", ""), trusted=True)
    assert "truststore-paths=/etc/keycloak/ca.crt\n" in plain
    assert "truststore-paths=/etc/keycloak/ca.crt,/etc/keycloak/trusted.pem\n" in more


NOWHERE = conf.Connection("none", 5432, database="none", username="none", password="none", pool=1)
