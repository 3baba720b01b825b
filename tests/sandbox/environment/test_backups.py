"""The deployed backups, as people use them: by command, against losses that happen."""

import re
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.sandbox.environment.stack import BOUND, Stack

pytestmark = pytest.mark.sandbox
WHO = "epidemiology/cases"
CONTENT = """
CREATE TABLE public.kept (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text NOT NULL);
INSERT INTO public.kept (word) SELECT 'ünï ' || i FROM generate_series(1, 1000) AS i;
"""


@pytest.fixture
def filled(stack: Stack) -> Iterator[Stack]:
    """The dev stack, with a table in its database of cases."""
    with stack.connect("cases", "owner") as owner:
        owner.execute(CONTENT)
    yield stack
    with stack.connect("cases", "owner") as owner:
        owner.execute("DROP TABLE IF EXISTS public.kept")


def superuser(stack: Stack, database: str = "postgres") -> psycopg.Connection[Any]:
    password = stack.secret("epidemiology-data/cases-server")["superuser-password"]
    return stack.connect("cases", "owner", user="postgres", password=password, dbname=database)


def rows(stack: Stack, role: str = "reader") -> list[tuple[Any, ...]]:
    with stack.connect("cases", role) as connection:
        return connection.execute("SELECT count(*), sum(id), min(word) FROM public.kept").fetchall()


def test_a_dropped_database_comes_back_with_every_row_and_right(filled: Stack) -> None:
    before = rows(filled)
    name = re.findall(r"backing up \S+ as (\S+)", filled.operate("backup", WHO))[0]
    assert name in filled.operate("backups", WHO)
    with superuser(filled) as connection:
        connection.execute("DROP DATABASE cases WITH (FORCE)")

    filled.up("--refresh")
    filled.operate("restore", WHO, "--over")

    with superuser(filled) as connection:
        [(kept,)] = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'cases_before%'").fetchall()
        connection.execute(f'DROP DATABASE "{kept}"')
    assert rows(filled) == before
    with filled.connect("cases", "writer") as writer:
        writer.execute("INSERT INTO public.kept (word) VALUES ('after')")
        assert writer.execute("SELECT max(id) FROM public.kept").fetchall() == [(1001,)]
    with filled.connect("cases", "reader") as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.execute("INSERT INTO public.kept (word) VALUES ('never')")
    filled.up("--refresh", "--expect-no-changes")


def test_a_drill_proves_the_newest_and_is_told_to_the_monitoring_alone(filled: Stack) -> None:
    filled.operate("backup", WHO)
    assert "are as they were" in filled.operate("drill", WHO)
    with superuser(filled, "platform") as connection:
        newest = "SELECT kind, succeeded, rows >= 1000 FROM runs ORDER BY finished DESC LIMIT 2"
        assert connection.execute(newest).fetchall() == [("drill", True, True), ("backup", True, True)]
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        filled.connect("cases", "owner", dbname="platform")


def test_a_restore_beside_the_original_leaves_it_alone(filled: Stack) -> None:
    filled.operate("backup", WHO)
    with filled.connect("cases", "owner") as owner:
        owner.execute("INSERT INTO public.kept (word) VALUES ('since')")
    before = rows(filled)

    filled.operate("restore", WHO, "--to", "cases_beside")

    try:
        assert rows(filled) == before
        with filled.connect("cases", "reader", dbname="cases_beside") as reader:
            assert reader.execute("SELECT count(*) FROM public.kept").fetchall() == [(1000,)]
        again = filled.operate("restore", WHO, "--to", "cases_beside", check=False)
        assert "a database called cases_beside exists" in again
    finally:
        with superuser(filled) as connection:
            connection.execute("DROP DATABASE cases_beside")


def test_what_is_not_backed_up_is_told_with_what_is(stack: Stack) -> None:
    said = stack.operate("backups", "epidemiology/case", check=False)
    assert f"backed up are {WHO}" in said
    assert "Traceback" not in said


def test_a_server_that_starts_anew_has_its_data_and_takes_the_same_credentials(filled: Stack) -> None:
    before, uid = rows(filled), filled.cluster.read_namespaced_pod("cases-0", "epidemiology-data").metadata.uid
    login = filled.secret("epidemiology-data/cases-connection")

    filled.cluster.delete_namespaced_pod("cases-0", "epidemiology-data", grace_period_seconds=0)

    end = time.monotonic() + BOUND
    while not started_anew(filled, uid):
        assert time.monotonic() < end, f"no new pod of cases serves after {BOUND} s"
        time.sleep(0.2)
    assert rows(filled) == before
    assert filled.secret("epidemiology-data/cases-connection") == login


def started_anew(stack: Stack, before: str) -> bool:
    """Whether another pod than the one with that uid takes connections."""
    found = stack.cluster.list_namespaced_pod("epidemiology-data", field_selector="metadata.name=cases-0").items
    if not any(pod.metadata.uid != before for pod in found):
        return False
    try:
        stack.connect("cases", "reader").close()
    except psycopg.OperationalError:
        return False
    return True
