"""Each role, on each database, tries everything: what is declared succeeds, and what is not declared is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from components.databases.privileges import ACTIONS, Action
from delivery.access.declared import KEYCLOAK, declared
from stacks.settings import load_file
from tests.sandbox.environment.stack import ROOT, Stack

pytestmark = pytest.mark.sandbox

DATABASES = {name: each for name, each in declared(load_file(ROOT / "Pulumi.dev.yaml")).items() if name != KEYCLOAK}
ROLES = [(home, login) for home, each in DATABASES.items() for login in each.logins()]
TABLE, MINE = "public.isolation", "public.isolation_of_mine"
STATEMENTS: dict[Action, tuple[str, ...]] = {
    "connect": ("SELECT 1",),
    "read": (f"SELECT word FROM {TABLE}",),
    "write": (
        f"INSERT INTO {TABLE} (word) VALUES ('written')",
        f"UPDATE {TABLE} SET word = 'changed' WHERE word = 'written'",
        f"DELETE FROM {TABLE} WHERE word = 'changed'",
    ),
    "create": (f"CREATE TABLE {MINE} (id int)", "CREATE SCHEMA isolation_of_mine", "CREATE TEMPORARY TABLE t (id int)"),
    "alter": (f"ALTER TABLE {TABLE} ADD COLUMN more int", f"TRUNCATE {TABLE}", f"DROP TABLE {TABLE}"),
}


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, stack: Stack) -> Iterator[str]:
    """Each database, with a table that its owner made after everything was granted."""
    name: str = request.param
    with stack.connect(DATABASES[name].database, "owner") as owner:
        owner.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, word text NOT NULL)")
        try:
            yield name
        finally:
            owner.execute(f"DROP TABLE {TABLE}")


@contextmanager
def session(stack: Stack, home: str, login: str, database: str) -> Iterator[psycopg.Connection[Any]]:
    """A session with the login that `home` gave out, on another database or its own."""
    kind, team = DATABASES[home].roles()[DATABASES[home].logins()[login]]
    own = stack.database(DATABASES[home].database)
    secret = own["secret"] if team is None else f"{team}-data/{own['team']}-{own['secret'].split('/')[1]}"
    credentials = stack.secret(secret)
    assert credentials[f"{kind}-username"] == login
    options = {"user": login, "password": credentials[f"{kind}-password"]}
    with stack.connect(DATABASES[database].database, "owner", **options) as connection:
        yield connection


def refused(connection: psycopg.Connection[Any], statement: str) -> bool:
    """Whether PostgreSQL refuses a statement for want of a privilege; whatever it did is undone."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize(("home", "login"), ROLES, ids=[login for _, login in ROLES])
def test_a_role_may_on_a_database_exactly_what_is_declared(stack: Stack, database: str, home: str, login: str) -> None:
    asked = DATABASES[database]
    if not asked.may(login, "connect"):
        with (
            pytest.raises(psycopg.OperationalError, match=r"password authentication failed|permission denied"),
            session(stack, home, login, database),
        ):
            pass
        return
    with session(stack, home, login, database) as connection:
        for action in ACTIONS:
            for statement in STATEMENTS[action]:
                assert refused(connection, statement) is not asked.may(login, action), f"{action}: {statement}"


def test_nobody_reaches_the_maintenance_databases(stack: Stack, database: str) -> None:
    for name in ("postgres", "template1"):
        with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects connection"):
            stack.connect(DATABASES[database].database, "owner", dbname=name)
