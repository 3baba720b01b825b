"""Roles, groups, users, clients and what their tokens hold, on the real engine and a real server."""

import base64
import json
from typing import Any

import pytest

from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.keycloak.administrator import PREAMBLE, Administrator

pytestmark = pytest.mark.sandbox

PASSWORD = "first-password-of-ada"
PROGRAM = (
    PREAMBLE
    + """
below = dict(realm_id=realm.id, opts=opts)
analyst = keycloak.Role("analyst", name="{role}", description="Reads.", **below)
manager = keycloak.Role("manager", name="Manager", composite_roles=[analyst.id], attributes=dict(level="1##2"), **below)
defaults = keycloak.DefaultRoles("defaults", default_roles=["account/view-profile"], **below)
team = keycloak.Group("team", name="epidemiology", attributes=dict(floor="3"), **below)
lab = keycloak.Group("lab", name="lab", parent_id=team.id, **below)
keycloak.GroupRoles("team-roles", group_id=team.id, role_ids=[analyst.id], **below)
ada = keycloak.User(
    "ada", username="ada", email="ada@example.com", first_name="Ada", last_name="L", enabled=True, email_verified=True,
    initial_password=dict(value=pulumi.Output.secret("{password}"), temporary=False), **below,
)
keycloak.GroupMemberships("team-members", group_id=team.id, members=[ada.username], **below)
browser = keycloak.openid.Client(
    "browser", client_id="browser", name="Browser", access_type="PUBLIC", standard_flow_enabled=True,
    direct_access_grants_enabled=True, pkce_code_challenge_method="S256",
    valid_redirect_uris=["https://browser.test/callback"], web_origins=["https://browser.test"], **below,
)
service = keycloak.openid.Client(
    "service", client_id="service", name="Service", access_type="CONFIDENTIAL", service_accounts_enabled=True,
    full_scope_allowed=False, **below,
)
keycloak.openid.ClientServiceAccountRealmRole(
    "service-role", service_account_user_id=service.service_account_user_id, role=analyst.name, **below
)
scope = keycloak.openid.ClientScope("scope", name="teams", description="The teams.", **below)
keycloak.openid.GroupMembershipProtocolMapper(
    "groups", client_scope_id=scope.id, name="groups", claim_name="groups", full_path=False, **below
)
keycloak.openid.UserRealmRoleProtocolMapper(
    "roles", client_id=browser.id, name="roles", claim_name="roles", multivalued=True, **below
)
keycloak.openid.AudienceProtocolMapper(
    "audience", client_id=browser.id, name="audience", included_client_audience=service.client_id, **below
)
keycloak.openid.ClientDefaultScopes(
    "browser-scopes", client_id=browser.id, default_scopes=["basic", "profile", scope.name], **below
)
keycloak.RequiredAction(
    "otp", alias="CONFIGURE_TOTP", name="Configure OTP", enabled=True, default_action=False, **below
)
keycloak.RealmEvents(
    "events", events_enabled=True, events_expiration=3600, admin_events_enabled=True,
    events_listeners=["jboss-logging"], **below,
)
pulumi.export("secret", service.client_secret)
pulumi.export("account", service.service_account_user_id)
pulumi.export("path", lab.path)
"""
)
RESOURCES = 19


def program(role: str = "Analyst") -> str:
    return PROGRAM.format(role=role, password=PASSWORD)


def claims(response: Any) -> dict[str, Any]:
    body = response.json()
    assert "access_token" in body, body
    payload = body["access_token"].split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return decoded


def test_access_is_given_kept_and_repaired(project: Project, administrator: Administrator) -> None:
    project.write(program())
    made = project.up()
    assert changes(made) == {"create": RESOURCES}
    assert changes(project.up()) == {}
    outputs = project.outputs()
    assert outputs["path"] == "/epidemiology/lab"
    _check_what_tokens_hold(administrator, outputs)

    team = administrator.call("GET", "/groups?search=epidemiology")[0]["id"]
    manager = administrator.call("GET", "/roles/Manager")
    administrator.call("POST", f"/groups/{team}/role-mappings/realm", [manager])
    client = administrator.call("GET", "/clients?clientId=browser")[0]
    open_to_all = {**client, "redirectUris": ["*"], "implicitFlowEnabled": True}
    administrator.call("PUT", f"/clients/{client['id']}", open_to_all)
    ada = administrator.call("GET", "/users?username=ada")[0]["id"]
    administrator.call("DELETE", f"/users/{ada}/groups/{team}")
    administrator.call("PUT", "/events/config", {"eventsEnabled": False})
    seen = project.refresh()
    assert drift(seen) == {"update": 4}
    assert changes(project.up()) == {"update": 4}
    repaired = administrator.call("GET", f"/clients/{client['id']}")
    assert repaired["redirectUris"] == ["https://browser.test/callback"]
    held = administrator.call("GET", f"/groups/{team}/role-mappings")["realmMappings"]
    assert [role["name"] for role in held] == ["Analyst"]
    assert drift(project.refresh()) == {}

    shown = made.text + seen.text + project.state_text()
    assert PASSWORD not in shown
    assert outputs["secret"] not in shown


def _check_what_tokens_hold(administrator: Administrator, outputs: dict[str, Any]) -> None:
    person = {"grant_type": "password", "client_id": "browser", "username": "ada", "password": PASSWORD}
    token = claims(administrator.login("tests", **person))
    assert token["groups"] == ["epidemiology"]
    assert "Analyst" in token["roles"]
    assert "Manager" not in token["roles"]
    assert "service" in token["aud"]
    machine = {"grant_type": "client_credentials", "client_id": "service", "client_secret": outputs["secret"]}
    assert claims(administrator.login("tests", **machine))["sub"] == outputs["account"]
    wrong = administrator.login("tests", **{**machine, "client_secret": "wrong"})
    assert wrong.status_code == 401


def test_a_new_name_is_a_change_in_place_and_what_was_removed_is_made_again(
    project: Project, administrator: Administrator
) -> None:
    project.write(program())
    project.up()
    role = administrator.call("GET", "/roles/Analyst")["id"]
    project.write(program(role="Reader"))
    # The service account's role is named, so that grant is another one.
    assert changes(project.up()).get("update") == 1
    assert administrator.call("GET", "/roles/Reader")["id"] == role

    client = administrator.call("GET", "/clients?clientId=service")[0]["id"]
    administrator.call("DELETE", f"/clients/{client}")
    assert drift(project.refresh())["delete"] >= 1
    project.up()
    assert administrator.call("GET", "/clients?clientId=service")[0]["id"] != client
    assert changes(project.up()) == {}

    assert changes(project.destroy()) == {"delete": RESOURCES}
    assert not administrator.exists()


def test_existing_roles_and_clients_are_imported(project: Project, administrator: Administrator) -> None:
    project.write(PREAMBLE)
    project.up()
    administrator.call("POST", "/roles", {"name": "found", "description": "by hand"})
    administrator.call("POST", "/clients", {"clientId": "found", "name": "Found", "publicClient": True})
    role = administrator.call("GET", "/roles/found")["id"]
    client = administrator.call("GET", "/clients?clientId=found")[0]
    redirects = {**client, "redirectUris": ["https://a.test/"], "attributes": {}}
    administrator.call("PUT", f"/clients/{client['id']}", redirects)
    project.write(
        PREAMBLE
        + f"""
def found(id):
    return pulumi.ResourceOptions(provider=provider, import_="tests/" + id)
keycloak.Role("role", realm_id=realm.id, name="found", description="by hand", opts=found("{role}"))
keycloak.openid.Client("client", realm_id=realm.id, client_id="found", name="Found", access_type="PUBLIC",
    standard_flow_enabled=True, valid_redirect_uris=["https://a.test/"], opts=found("{client["id"]}"))
"""
    )
    assert changes(project.up()) == {"import": 2}
    assert changes(project.up()) == {}


def test_an_unknown_property_is_refused_with_the_nearest_name(project: Project) -> None:
    project.write(
        PREAMBLE
        + """
class Group(pulumi.CustomResource):
    def __init__(self):
        super().__init__("keycloak:index/group:Group", "group", {"realmId": "tests", "nam": "x"}, opts)
Group()
"""
    )
    assert 'did you mean "name"?' in project.preview(fails=True).text


def test_a_type_that_the_plugin_lacks_is_refused_with_its_name(project: Project) -> None:
    project.write(
        PREAMBLE + 'keycloak.Organization("organization", realm="tests", domains=[dict(name="a.test")], opts=opts)'
    )
    assert "keycloak:index/organization:Organization" in project.preview(fails=True).text
