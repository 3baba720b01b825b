"""Connection limits and time-outs, of roles and databases, on the real engine and a real server."""

from contextlib import ExitStack

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
role = postgresql.Role(
    "role",
    name="tests_limited",
    login=True,
    password=pulumi.Output.secret("{password}"),
    connection_limit={of_role},
    statement_timeout={statement},
    idle_in_transaction_session_timeout={idle},
    opts=opts,
)
postgresql.Database("database", name="tests_limited", owner=role.name, connection_limit={of_database}, opts=opts)
"""
)
SETTINGS = "SELECT unnest(rolconfig) FROM pg_roles WHERE rolname = 'tests_limited' ORDER BY 1"


def program(of_role: int = 5, of_database: int = 5, statement: int | None = 300_000, idle: int | None = 30_000) -> str:
    return PROGRAM.format(password=PASSWORD, of_role=of_role, of_database=of_database, statement=statement, idle=idle)


def test_timeouts_of_a_role_are_kept_repaired_and_taken_back(project: Project, databases: Databases) -> None:
    project.write(program())
    assert changes(project.up()) == {"create": 2}
    assert changes(project.up()) == {}
    expected = [("idle_in_transaction_session_timeout=30000",), ("statement_timeout=300000",)]
    assert databases.run(SETTINGS) == expected

    databases.run("ALTER ROLE tests_limited RESET statement_timeout")
    assert drift(project.refresh()) == {"update": 1}
    assert changes(project.up()) == {"update": 1}
    assert databases.run(SETTINGS) == expected

    project.write(program(statement=None, idle=None))
    assert changes(project.up()) == {"update": 1}
    assert databases.run(SETTINGS) == []
    assert changes(project.up()) == {}


@pytest.mark.parametrize(
    ("of_role", "of_database", "refusal"),
    [
        (2, 5, 'too many connections for role "tests_limited"'),
        (5, 2, 'too many connections for database "tests_limited"'),
    ],
)
def test_one_connection_too_many_is_refused(
    project: Project, databases: Databases, of_role: int, of_database: int, refusal: str
) -> None:
    project.write(program(of_role, of_database))
    project.up()
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(databases.connect("tests_limited", "tests_limited", PASSWORD))
        with pytest.raises(psycopg.OperationalError, match=refusal):
            databases.connect("tests_limited", "tests_limited", PASSWORD).close()

    project.write(program(3, 3))
    assert changes(project.up())["update"] >= 1
    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(databases.connect("tests_limited", "tests_limited", PASSWORD))
