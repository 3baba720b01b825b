"""A realm, on the real engine and a real server."""

import pytest

from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.keycloak.administrator import PREAMBLE, Administrator

pytestmark = pytest.mark.sandbox

MAIL_PASSWORD = "mail-password-of-the-realm"
REALM = f"""
realm = keycloak.Realm(
    "realm",
    realm="tests",
    display_name="{{title}}",
    ssl_required="all",
    registration_allowed=False,
    access_token_lifespan="5m",
    sso_session_max_lifespan="10h",
    revoke_refresh_token=True,
    password_policy="length(14) and notUsername",
    internationalization=dict(default_locale="en", supported_locales=["en", "de"]),
    security_defenses=dict(
        brute_force_detection=dict(max_login_failures=10, permanent_lockout=False),
        headers=dict(x_frame_options="DENY"),
    ),
    smtp_server=dict(
        host="mail.test", from_="keycloak@mail.test",
        auth=dict(username="keycloak", password=pulumi.Output.secret("{MAIL_PASSWORD}")),
    ),
    otp_policy=dict(digits=8),
    attributes=dict(purpose="tests"),
    opts=opts,
)
pulumi.export("id", realm.id)
pulumi.export("idle", realm.sso_session_idle_timeout)
"""
PROGRAM = PREAMBLE.split("realm = ", maxsplit=1)[0] + REALM


def test_a_realm_is_made_kept_changed_and_repaired(project: Project, administrator: Administrator) -> None:
    project.write(PROGRAM.format(title="Tests"))
    made = project.up()
    assert changes(made) == {"create": 1}
    assert changes(project.up()) == {}
    assert project.outputs() == {"id": "tests", "idle": "30m0s"}
    _check_that_the_realm_is_as_asked(administrator)

    attributes = administrator.call("GET", "")["attributes"]
    administrator.call("PUT", "", {"attributes": {**attributes, "by-hand": "kept"}, "verifyEmail": True})
    project.write(PROGRAM.format(title="Other tests"))
    assert changes(project.up()) == {"update": 1}
    realm = administrator.call("GET", "")
    assert (realm["displayName"], realm["verifyEmail"]) == ("Other tests", True)
    assert realm["attributes"]["by-hand"] == "kept"
    assert set(attributes) <= set(realm["attributes"])

    administrator.call("PUT", "", {"bruteForceProtected": False, "accessTokenLifespan": 86400, "sslRequired": "none"})
    seen = project.refresh()
    assert drift(seen) == {"update": 1}
    assert "accessTokenLifespan" in seen.text
    assert changes(project.up()) == {"update": 1}
    realm = administrator.call("GET", "")
    assert (realm["bruteForceProtected"], realm["accessTokenLifespan"], realm["sslRequired"]) == (True, 300, "all")
    assert drift(project.refresh()) == {}

    administrator.call("DELETE", "")
    assert drift(project.refresh()) == {"delete": 1}
    assert changes(project.up()) == {"create": 1}

    shown = made.text + seen.text + project.state_text()
    assert MAIL_PASSWORD not in shown
    assert administrator.server.password not in shown
    assert changes(project.destroy()) == {"delete": 1}
    assert not administrator.exists()


def _check_that_the_realm_is_as_asked(administrator: Administrator) -> None:
    realm = administrator.call("GET", "")
    expected = {
        "displayName": "Tests",
        "sslRequired": "all",
        "registrationAllowed": False,
        "accessTokenLifespan": 300,
        "bruteForceProtected": True,
        "failureFactor": 10,
        "otpPolicyDigits": 8,
        "passwordPolicy": "length(14) and notUsername",
    }
    assert {name: realm[name] for name in expected} == expected
    assert set(realm["supportedLocales"]) == {"de", "en"}
    assert realm["browserSecurityHeaders"]["xFrameOptions"] == "DENY"
    assert realm["attributes"]["purpose"] == "tests"


def test_an_existing_realm_is_imported(project: Project, administrator: Administrator) -> None:
    administrator.create({"realm": "tests", "enabled": True, "displayName": "By hand", "accessTokenLifespan": 90})
    imported = "opts=pulumi.ResourceOptions(provider=provider, import_='tests'))"
    project.write(PREAMBLE.replace("opts=opts)", f"access_token_lifespan='1m30s', {imported}"))
    assert changes(project.up()) == {"import": 1}
    assert changes(project.up()) == {}
    assert administrator.call("GET", "")["displayName"] == "By hand"


def test_a_protected_realm_is_not_removed(project: Project, administrator: Administrator) -> None:
    protected = PREAMBLE.replace('realm="tests"', 'realm="tests", terraform_deletion_protection=True')
    project.write(protected)
    project.up()
    assert "protected" in project.destroy(fails=True).text
    assert administrator.exists()
