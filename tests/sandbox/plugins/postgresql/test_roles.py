"""Roles, on the real engine and a real server."""

import re

import psycopg
import pytest

from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.postgresql.database import PREAMBLE, Databases

pytestmark = pytest.mark.sandbox

PASSWORD = "correct-horse-battery"
PROGRAM = (
    PREAMBLE
    + """
group = postgresql.Role("group", name="tests_group", opts=opts)
member = postgresql.Role(
    "member",
    name="{name}",
    login=True,
    password=pulumi.Output.secret("{password}"),
    roles=[group.name],
    connection_limit={limit},
    statement_timeout=30000,
    search_paths=["app", "public"],
    valid_until="2099-01-01 00:00:00+00",
    opts=opts,
)
pulumi.export("name", member.name)
"""
)


def program(name: str = "tests_member", password: str = PASSWORD, limit: int = 5) -> str:
    return PROGRAM.format(name=name, password=password, limit=limit)


def test_a_role_is_made_kept_changed_and_repaired(project: Project, databases: Databases) -> None:
    project.write(program())
    made = project.up()
    assert changes(made) == {"create": 2}
    assert changes(project.up()) == {}
    assert databases.run("SHOW search_path", user="tests_member", password=PASSWORD) == [("app, public",)]
    query = "SELECT rolconnlimit, rolcreatedb FROM pg_roles WHERE rolname = 'tests_member'"
    assert databases.run(query) == [(5, False)]

    databases.run(
        "ALTER ROLE tests_member CREATEDB CONNECTION LIMIT 99",
        "REVOKE tests_group FROM tests_member",
        "ALTER ROLE tests_member PASSWORD 'changed by hand'",
    )
    assert drift(project.refresh()) == {"update": 1}
    assert changes(project.up()) == {"update": 1}
    assert databases.run(query) == [(5, False)]
    databases.run("SET ROLE tests_group", user="tests_member", password=PASSWORD)
    seen = project.refresh()
    assert drift(seen) == {}

    databases.run("DROP ROLE tests_member")
    assert drift(project.refresh()) == {"delete": 1}
    assert changes(project.up()) == {"create": 1}

    shown, log = made.text + seen.text + project.state_text(), databases.server.log()
    assert PASSWORD not in shown
    assert PASSWORD not in log
    assert re.search(r"CREATE ROLE .tests_member. .*PASSWORD 'SCRAM-SHA-256\$", log)

    assert changes(project.destroy()) == {"delete": 2}
    assert databases.run("SELECT rolname FROM pg_roles WHERE rolname LIKE 'tests_%'") == []


def test_a_new_name_and_password_change_the_role_in_place(project: Project, databases: Databases) -> None:
    project.write(program())
    project.up()
    (before,) = databases.run("SELECT oid FROM pg_roles WHERE rolname = 'tests_member'")
    project.write(program(name="tests_renamed", limit=7, password="another-horse-battery"))
    assert changes(project.up()) == {"update": 1}
    (after,) = databases.run("SELECT oid FROM pg_roles WHERE rolname = 'tests_renamed' AND rolconnlimit = 7")
    assert before == after
    databases.run("SELECT 1", user="tests_renamed", password="another-horse-battery")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        databases.run("SELECT 1", user="tests_renamed", password=PASSWORD)
    assert drift(project.refresh()) == {}
    assert changes(project.up()) == {}


def test_a_verifier_is_stored_as_it_is(project: Project, databases: Databases) -> None:
    with databases.connect() as connection:
        verifier = connection.pgconn.encrypt_password(b"a password", b"tests_member", b"scram-sha-256").decode()
    project.write(program(password=verifier))
    project.up()
    assert databases.run("SELECT rolpassword FROM pg_authid WHERE rolname = 'tests_member'") == [(verifier,)]
    databases.run("SELECT 1", user="tests_member", password="a password")
    assert drift(project.refresh()) == {}
    assert changes(project.up()) == {}


def test_an_existing_role_is_imported(project: Project, databases: Databases) -> None:
    databases.run("CREATE ROLE tests_found LOGIN CONNECTION LIMIT 3")
    text = """
role = postgresql.Role("role", name="tests_found", login=True, connection_limit=3,
    opts=pulumi.ResourceOptions(provider=provider, import_="tests_found"))
"""
    project.write(PREAMBLE + text)
    assert changes(project.up()) == {"import": 1}
    assert changes(project.up()) == {}


def test_an_unknown_property_is_refused_with_the_nearest_name(project: Project) -> None:
    text = """
class Role(pulumi.CustomResource):
    def __init__(self):
        properties = {"name": "tests_none", "connectionLimits": 3}
        super().__init__("postgresql:index/role:Role", "role", properties, opts)
Role()
"""
    project.write(PREAMBLE + text)
    shown = project.preview(fails=True).text
    assert "connectionLimits" in shown
    assert 'did you mean "connectionLimit"?' in shown


def test_a_type_that_the_plugin_lacks_is_refused_with_its_name(project: Project) -> None:
    text = 'postgresql.Publication("publication", name="tests", all_tables=True, opts=opts)'
    project.write(PREAMBLE + text)
    assert "postgresql:index/publication:Publication" in project.preview(fails=True).text


def test_a_refusal_by_the_server_is_one_line_without_the_password(project: Project) -> None:
    project.write(program().replace("roles=[group.name]", 'roles=["tests_nobody"]'))
    shown = project.up(fails=True).text
    assert 'role "tests_nobody" does not exist' in shown
    assert "Traceback" not in shown
    assert PASSWORD not in shown
    assert "SCRAM-SHA-256" not in shown


def test_a_member_that_acts_as_its_role_makes_things_of_the_roles_and_can_go_again(
    project: Project, databases: Databases
) -> None:
    """What the rotation of passwords rests on."""
    role = 'stable = postgresql.Role("stable", name="tests_stable", opts=opts)\n'
    member = (
        'postgresql.Role("login", name="tests_stable_2", login=True, roles=[stable.name], assume_role=stable.name,'
        f' password=pulumi.Output.secret("{PASSWORD}"), opts=opts)\n'
    )
    project.write(PREAMBLE + role + member)
    assert changes(project.up()) == {"create": 2}
    assert changes(project.up()) == {}
    databases.run("GRANT CREATE ON SCHEMA public TO tests_stable")
    login = {"user": "tests_stable_2", "password": PASSWORD}
    assert databases.run("SELECT session_user, current_user", **login) == [("tests_stable_2", "tests_stable")]
    databases.run("CREATE TABLE public.made ()", **login)
    assert databases.run("SELECT tableowner FROM pg_tables WHERE tablename = 'made'") == [("tests_stable",)]

    project.write(PREAMBLE + role)
    assert changes(project.up()) == {"delete": 1}
    assert databases.run("SELECT count(*) FROM pg_tables WHERE tablename = 'made'") == [(1,)]


def test_a_password_that_is_taken_away_is_gone_from_the_server(project: Project, databases: Databases) -> None:
    project.write(PREAMBLE + f'postgresql.Role("r", name="tests_r", login=True, password="{PASSWORD}", opts=opts)\n')
    project.up()
    project.write(PREAMBLE + 'postgresql.Role("r", name="tests_r", login=False, opts=opts)\n')
    assert changes(project.up()) == {"update": 1}
    assert databases.run("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'tests_r'") == [(True,)]
    assert changes(project.up()) == {}
