"""The platform's realm on the server of the tests, by the real engine from the very components."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.toolchain.paths import Paths
from tests.sandbox.identity.administration import Administration
from tests.sandbox.plugins.harness import Project

FAILURES, WAIT = 3, 5
"""Wrong passwords until a login is locked, and seconds until it opens again: few, so that a test can wait."""

PROGRAM = """
import os
import pulumi
import pulumi_keycloak as keycloak
from components.identity import Directory, GroupClaim, Lockout, OidcProvider, PasswordPolicy, Realm, RealmArgs

provider = keycloak.Provider(
    "server",
    url=os.environ["TEST_URL"],
    client_id=os.environ["TEST_CLIENT"],
    client_secret=pulumi.Output.secret(os.environ["TEST_SECRET"]),
    root_ca_certificate=os.environ["TEST_AUTHORITY"],
    initial_login=False,
    client_timeout=60,
)
realm = Realm(
    "etl",
    RealmArgs(
        name="{realm}",
        environment="tests",
        frontend="https://app.tests.example.com",
        administrator_otp={otp},
        password_policy=PasswordPolicy(length=14, history=5),
        lockout=Lockout(failures={failures}, wait={wait}, longest=60),
        events_days=1,
        {more}
    ),
    provider,
)
stack = pulumi.ComponentResource("test:index:Parent", "parent")
epidemiology, reporting = realm.team("epidemiology", stack), realm.team("reporting", stack)
portal = realm.service_client("portal", description="Portal.", host="portal.tests.example.com", parent=stack)
narrow = realm.service_client(
    "narrow",
    description="Narrow.",
    host="narrow.tests.example.com",
    roles=[epidemiology.roles["Analyst"]],
    parent=stack,
)
machine = realm.service_client(
    "machine", description="Machine.", roles=[epidemiology.roles["Data Manager"]], parent=stack
)
pulumi.export("realm", realm.id)
pulumi.export("portal", portal.secret)
pulumi.export("narrow", narrow.secret)
pulumi.export("machine", machine.secret)
"""


def environment(administration: Administration) -> Mapping[str, str]:
    """What the program finds the server by."""
    server = administration.server
    return {
        "PYTHONPATH": str(Paths.find().root),
        "TEST_AUTHORITY": server.authority.certificate,
        "TEST_CLIENT": administration.client_id,
        "TEST_SECRET": administration.secret,
        "TEST_URL": server.url,
    }


def program(realm: str, *, otp: bool = True, more: str = "") -> str:
    """The program that declares one realm with two teams and three services; `more` arguments of the realm."""
    return PROGRAM.format(realm=realm, otp=otp, failures=FAILURES, wait=WAIT, more=more)


def project(administration: Administration, folder: Path, realm: str, *, otp: bool = True, more: str = "") -> Project:
    """A project whose program declares the realm; nothing is deployed yet."""
    made = Project(folder, "realm", environment(administration))
    made.write(program(realm, otp=otp, more=more))
    return made
