"""Databases, privileges, schemas and extensions, on the real engine and a real server."""

import psycopg
import pytest

from tests.sandbox.plugins.changes import changes, drift
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.postgresql.database import PREAMBLE, Databases

pytestmark = pytest.mark.sandbox

PROGRAM = (
    PREAMBLE
    + """
def role(name, **options):
    return postgresql.Role(name, name=f"tests_{name}", opts=opts, **options)

owner = role("owner", login=True, password="owner-password")
writer = role("writer", login=True, password="writer-password")
reader = role("reader", login=True, password="reader-password")
database = postgresql.Database("database", name="tests_cases", owner=owner.name, lc_collate="C", opts=opts)

def grant(name, role, kind, privileges, **options):
    return postgresql.Grant(name, database=database.name, role=role, object_type=kind, privileges=privileges,
        opts=opts, **options)

grant("nobody-connects", "public", "database", [])
grant("nobody-creates", "public", "schema", [], schema="public")
for each in (owner, writer, reader):
    grant(f"{each._name}-connects", each.name, "database", ["CONNECT"])
grant("owner-creates", owner.name, "schema", ["USAGE", "CREATE"], schema="public")
grant("writer-uses", writer.name, "schema", ["USAGE"], schema="public")
grant("reader-uses", reader.name, "schema", ["USAGE"], schema="public")
grant("reader-reads", reader.name, "table", {reader}, schema="public")
for name, each, kind, privileges in (
    ("writer-will-write", writer, "table", ["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("writer-will-count", writer, "sequence", ["ALL"]),
    ("reader-will-read", reader, "table", ["SELECT"]),
):
    postgresql.DefaultPrivileges(name, database=database.name, role=each.name, owner=owner.name, schema="public",
        object_type=kind, privileges=privileges, opts=opts)
postgresql.Extension("extension", name="pg_trgm", database=database.name, opts=opts)
postgresql.Schema("schema", name="archive", database=database.name, owner=owner.name, drop_cascade=True, opts=opts)
postgresql.GrantRole("membership", role=writer.name, grant_role="pg_monitor", with_admin_option=False, opts=opts)
pulumi.export("collate", database.lc_collate)
"""
)
# The membership is a resource of its own, so the role itself must not claim that it has none.
PROGRAM = PROGRAM.replace('writer = role("writer"', 'writer = role("writer", roles=["pg_monitor"]')
SELECT = '["SELECT"]'


OWNER = {"database": "tests_cases", "user": "tests_owner", "password": "owner-password"}
WRITER = {"database": "tests_cases", "user": "tests_writer", "password": "writer-password"}
READER = {"database": "tests_cases", "user": "tests_reader", "password": "reader-password"}


def test_privileges_hold_are_kept_and_repaired(project: Project, databases: Databases) -> None:
    project.write(PROGRAM.replace("{reader}", SELECT))
    project.up()
    assert changes(project.up()) == {}
    assert project.outputs()["collate"] == "C"
    _check_what_each_may_do(databases)
    # The reader may read the new table through the defaults, which is what the grant on all tables says too.
    assert drift(project.refresh()) == {}

    databases.run(
        "GRANT CONNECT ON DATABASE tests_cases TO PUBLIC",
        "GRANT CREATE ON SCHEMA public TO tests_reader",
        "ALTER DEFAULT PRIVILEGES FOR ROLE tests_owner IN SCHEMA public GRANT DELETE ON TABLES TO tests_reader",
        "DROP EXTENSION pg_trgm",
        "REVOKE CONNECT ON DATABASE tests_cases FROM tests_writer",
        "REVOKE SELECT ON cases FROM tests_reader",
        database="tests_cases",
    )
    assert drift(project.refresh()) == {"update": 5, "delete": 1}
    assert changes(project.up()) == {"update": 5, "create": 1}
    rows = databases.run(
        "SELECT has_database_privilege('tests_writer', 'tests_cases', 'CONNECT'),"
        " has_schema_privilege('tests_reader', 'public', 'CREATE'),"
        " has_table_privilege('tests_reader', 'cases', 'SELECT')",
        database="tests_cases",
    )
    assert rows == [(True, False, True)]
    assert drift(project.refresh()) == {}

    project.write(PROGRAM.replace("{reader}", "[]"))
    assert changes(project.up()) == {"update": 1}
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        databases.run("SELECT * FROM cases", **READER)
    assert changes(project.up()) == {}

    project.write(PROGRAM.replace("{reader}", "[]").replace('lc_collate="C"', 'lc_collate="C.UTF-8"'))
    preview = project.preview()
    assert changes(preview).get("replace", 0) >= 1
    assert "lcCollate" in preview.text

    project.destroy()
    assert databases.run("SELECT 1 FROM pg_roles WHERE rolname LIKE 'tests_%'") == []
    assert databases.run("SELECT 1 FROM pg_database WHERE datname LIKE 'tests_%'") == []


def _check_what_each_may_do(databases: Databases) -> None:
    databases.run("CREATE TABLE cases (id serial, name text)", **OWNER)
    databases.run("INSERT INTO cases (name) VALUES ('a')", **WRITER)
    assert databases.run("SELECT name FROM cases", **READER) == [("a",)]
    for refused, login in (
        ("INSERT INTO cases (name) VALUES ('b')", READER),
        ("CREATE TABLE other (id int)", WRITER),
        ("TRUNCATE cases", WRITER),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            databases.run(refused, **login)
    databases.run("CREATE ROLE tests_stranger LOGIN PASSWORD 'stranger-password'")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        databases.run("SELECT 1", database="tests_cases", user="tests_stranger", password="stranger-password")
    databases.run("DROP ROLE tests_stranger")


def test_a_privilege_that_does_not_exist_is_refused_in_the_preview(project: Project) -> None:
    project.write(
        PROGRAM.replace("{reader}", '["SELET"]').replace("database=database.name, role=role", 'database="x", role="y"')
    )
    shown = project.preview(fails=True).text
    assert "privileges[0]" in shown
    assert "expected one of ALL, SELECT" in shown


def test_an_existing_database_is_imported(project: Project, databases: Databases) -> None:
    databases.run("CREATE DATABASE tests_found TEMPLATE template0 CONNECTION LIMIT 9")
    text = """
postgresql.Database("database", name="tests_found", connection_limit=9,
    opts=pulumi.ResourceOptions(provider=provider, import_="tests_found"))
"""
    project.write(PREAMBLE + text)
    assert changes(project.up()) == {"import": 1}
    assert changes(project.up()) == {}
