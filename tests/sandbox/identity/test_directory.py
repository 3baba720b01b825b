"""People of a directory (LDAP) log in at a real Keycloak with the password that they have there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.sandbox.authority import Authority
from tests.sandbox.environment.login import claims
from tests.sandbox.identity import ldap, realms
from tests.sandbox.identity.administration import Administration
from tests.sandbox.identity.browser import Browser, tokens_of
from tests.sandbox.identity.server import Server
from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project

pytestmark = pytest.mark.sandbox
REALM, FOREIGN = "with-directory", "with-a-foreign-directory"
PEOPLE = {"marie": "radium-and-polonium-88", "pierre": "piezoelectricity-1880"}
DIRECTORY = """
        directory=Directory(
            url="{url}",
            kind="other",
            users="{people}",
            bind="{account}",
            password="{password}",
        ),
"""


@dataclass(frozen=True)
class Deployed:
    """A realm before its directory, and what its deployment printed."""

    project: Project
    directory: ldap.Running
    said: str


def before(administration: Administration, folder: Path, realm: str, directory: ldap.Running) -> Project:
    more = DIRECTORY.format(url=directory.url, people=ldap.PEOPLE, account=ldap.ACCOUNT, password=directory.password)
    return realms.project(administration, folder, realm, otp=False, more=more)


@pytest.fixture(scope="module")
def realm(
    server: Server, administration: Administration, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("ldap")
    with ldap.directory(server.program.java, folder, server.authority, PEOPLE) as directory:
        project = before(administration, tmp_path_factory.mktemp("realm"), REALM, directory)
        yield Deployed(project, directory, project.up().text)
        project.destroy()


@pytest.mark.usefixtures("realm")
def test_someone_logs_in_with_the_directorys_password_and_has_no_role_before_a_group_gives_one(
    server: Server, administration: Administration
) -> None:
    browser = Browser(server, REALM)
    said = claims(tokens_of(browser.exchange(browser.code("marie", PEOPLE["marie"])))["access_token"])

    assert said["email"] == "marie@directory.example.com"
    assert set(said["roles"]) == {f"default-roles-{REALM}"}
    [person] = administration.call("GET", f"/{REALM}/users?username=marie&exact=true")
    [group] = [
        each for each in administration.call("GET", f"/{REALM}/groups?search=epidemiology") if "/" in each["path"]
    ]
    administration.call("PUT", f"/{REALM}/users/{person['id']}/groups/{group['id']}")
    browser = Browser(server, REALM)
    said = claims(tokens_of(browser.exchange(browser.code("marie", PEOPLE["marie"])))["access_token"])
    assert "team:epidemiology" in said["roles"]


@pytest.mark.usefixtures("realm")
@pytest.mark.parametrize(("name", "password"), [("pierre", PEOPLE["marie"]), ("pierre", ""), ("*", PEOPLE["pierre"])])
def test_a_wrong_password_an_empty_one_and_a_pattern_for_a_name_are_refused(
    server: Server, name: str, password: str
) -> None:
    answer = Browser(server, REALM).log_in(name, password)
    assert answer.status_code == 200
    assert "Invalid username or password" in answer.text


def test_a_directory_whose_certificate_another_authority_signed_is_not_believed(
    server: Server, administration: Administration, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("foreign")
    with ldap.directory(server.program.java, folder, Authority(), PEOPLE) as directory:
        project = before(administration, tmp_path_factory.mktemp("realm"), FOREIGN, directory)
        try:
            project.up()
            answer = Browser(server, FOREIGN).log_in("marie", PEOPLE["marie"])
        finally:
            project.destroy()
    assert answer.status_code != 302
    assert "PKIX path" in server.log or "SSLHandshakeException" in server.log


def test_a_directory_is_kept_as_declared_and_what_was_loosened_is_repaired(
    realm: Deployed, administration: Administration
) -> None:
    project, password = realm.project, realm.directory.password
    assert changes(project.up()) == {}
    assert drift(project.refresh()) == {}
    assert password not in realm.said + project.state_text()
    [kept] = administration.call("GET", f"/{REALM}/components?type=org.keycloak.storage.UserStorageProvider")
    assert kept["config"]["connectionUrl"] == [realm.directory.url]
    assert kept["config"]["editMode"] == ["READ_ONLY"]
    loosened = {**kept, "config": {**kept["config"], "editMode": ["WRITABLE"]}}
    administration.call("PUT", f"/{REALM}/components/{kept['id']}", loosened)
    assert changes(project.up("--refresh")) == {"update": 1}
    [kept] = administration.call("GET", f"/{REALM}/components?type=org.keycloak.storage.UserStorageProvider")
    assert kept["config"]["editMode"] == ["READ_ONLY"]
