"""How the plugin logs in: only to a server that it can trust, and again when its session is lost."""

import pytest

from tests.sandbox.plugins.changes import changes
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.keycloak.administrator import PREAMBLE, Administrator

pytestmark = pytest.mark.sandbox


def test_a_server_with_another_authority_is_refused(project: Project) -> None:
    project.write(
        PREAMBLE.replace(
            "provider = ",
            """import pulumi_tls as tls
key = tls.PrivateKey("key", algorithm="ED25519")
other = tls.SelfSignedCert("other", private_key_pem=key.private_key_pem, is_ca_certificate=True,
    subject={"common_name": "another authority"}, allowed_uses=["cert_signing"], validity_period_hours=1)
provider = """,
            1,
        ).replace('os.environ["TEST_AUTHORITY"]', "other.cert_pem")
    )
    shown = project.up(fails=True).text
    assert "cannot be trusted" in shown
    assert "certificate verify failed" in shown


def test_a_wrong_password_is_refused_and_not_shown(project: Project) -> None:
    project.write(PREAMBLE.replace('os.environ["TEST_PASSWORD"]', '"wrong-password"'))
    shown = project.up(fails=True).text
    assert "refused the login" in shown
    assert "wrong-password" not in shown


def test_a_session_that_ends_half_way_is_begun_anew(project: Project, administrator: Administrator) -> None:
    # The first role ends all of the administrator's sessions once it exists; the second one comes after that.
    project.write(
        PREAMBLE
        + """
first = keycloak.Role("first", realm_id=realm.id, name="first", opts=opts)

def end_all_sessions(_):
    import requests
    if pulumi.runtime.is_dry_run():
        return "second"
    session = requests.Session()
    session.verify = os.environ["TEST_AUTHORITY_FILE"]
    session.trust_env = False
    url = os.environ["TEST_URL"]
    form = dict(client_id="admin-cli", grant_type="password", username=os.environ["TEST_USER"],
        password=os.environ["TEST_PASSWORD"])
    token = session.post(f"{url}/realms/master/protocol/openid-connect/token", data=form).json()["access_token"]
    session.headers["Authorization"] = f"Bearer {token}"
    me = session.get(f"{url}/admin/realms/master/users?username=" + os.environ["TEST_USER"]).json()[0]["id"]
    session.post(f"{url}/admin/realms/master/users/{me}/logout").raise_for_status()
    return "second"

keycloak.Role("second", realm_id=realm.id, name=first.id.apply(end_all_sessions), opts=opts)
"""
    )
    project.environment["TEST_AUTHORITY_FILE"] = str(administrator.authority)
    assert changes(project.up()) == {"create": 3}
    assert administrator.call("GET", "/roles/second")["name"] == "second"
