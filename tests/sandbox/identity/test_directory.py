"""A directory (LDAP), as a real Keycloak takes and keeps it. There is none to log in from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.identity import realms
from tests.sandbox.identity.administration import Administration
from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox
REALM, PASSWORD = "with-directory", "password-of-the-platform-at-its-directory"
DIRECTORY = f"""
        directory=Directory(
            url="ldaps://ldap.tests.example.com",
            kind="other",
            users="ou=people,dc=example,dc=com",
            bind="cn=etl,dc=example,dc=com",
            password="{PASSWORD}",
        ),
"""


@pytest.fixture
def project(administration: Administration, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = realms.project(administration, tmp_path_factory.mktemp("directory"), REALM, otp=False, more=DIRECTORY)
    yield made
    made.destroy()


def test_a_directory_is_kept_as_declared_and_what_was_loosened_is_repaired(
    project: Project, administration: Administration
) -> None:
    said = project.up().text
    assert changes(project.up()) == {}
    assert drift(project.refresh()) == {}
    assert PASSWORD not in said + project.state_text()
    [kept] = administration.call("GET", f"/{REALM}/components?type=org.keycloak.storage.UserStorageProvider")
    assert kept["config"]["connectionUrl"] == ["ldaps://ldap.tests.example.com"]
    assert kept["config"]["editMode"] == ["READ_ONLY"]
    loosened = {**kept, "config": {**kept["config"], "editMode": ["WRITABLE"]}}
    administration.call("PUT", f"/{REALM}/components/{kept['id']}", loosened)
    assert changes(project.up("--refresh")) == {"update": 1}
    [kept] = administration.call("GET", f"/{REALM}/components?type=org.keycloak.storage.UserStorageProvider")
    assert kept["config"]["editMode"] == ["READ_ONLY"]
