"""What one client cannot take from the others, what the server's log tells, and what the exporter shows."""

import re
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import pytest

from components.databases.scram import verifier
from tests.sandbox.environment.stack import Stack

pytestmark = pytest.mark.sandbox
NAMESPACE, POD = "epidemiology-data", "cases-0"
AS_A_READING_TEAM = "reporting-data/epidemiology-cases-connection"
SECONDS = 30  # until what was done stands in the log, or in the metrics


def log(stack: Stack, awaited: str) -> str:
    """The server's log once it holds `awaited`."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        text = str(stack.cluster.read_namespaced_pod_log(POD, NAMESPACE, container="postgresql"))
        if awaited in text:
            return text
        time.sleep(0.5)
    raise AssertionError(f"the log of {POD} does not hold {awaited!r} after {SECONDS} s")


def in_the_pod(script: str, pod: str = POD, namespace: str = NAMESPACE) -> str:
    """What a shell script says that runs beside the server, in its container."""
    within = ["--namespace", namespace, pod, "--container", "postgresql"]
    command = ["kubectl", "exec", *within, "--", "bash", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout


def metrics(pod: str = POD, namespace: str = NAMESPACE) -> str:
    """What the exporter answers in its own pod."""
    ask = "exec 3<>/dev/tcp/localhost/9187; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
    return in_the_pod(ask, pod, namespace)


@contextmanager
def held(stack: Stack, role: str, number: int, **options: Any) -> Iterator[None]:
    """As many connections at once."""
    with ExitStack() as opened:
        for _ in range(number):
            opened.enter_context(stack.connect("cases", role, **options))
        yield


def superuser(stack: Stack) -> psycopg.Connection[Any]:
    password = stack.secret(f"{NAMESPACE}/cases-server")["superuser-password"]
    return stack.connect("cases", "owner", user="postgres", password=password)


def limit(stack: Stack, role: str) -> int:
    with superuser(stack) as administrator:
        [(number,)] = administrator.execute("SELECT rolconnlimit FROM pg_roles WHERE rolname = %s", (role,)).fetchall()
    return int(number)


def test_a_reading_team_is_refused_one_connection_too_many_and_the_owning_one_is_not(stack: Stack) -> None:
    most = limit(stack, "cases_reader_reporting")
    assert 0 < most < limit(stack, "cases_owner")
    with held(stack, "reader", most, secret=AS_A_READING_TEAM):
        with pytest.raises(psycopg.OperationalError, match='too many connections for role "cases_reader_reporting"'):
            stack.connect("cases", "reader", secret=AS_A_READING_TEAM).close()
        stack.connect("cases", "writer").close()


def test_a_full_database_refuses_the_next_client_and_lets_the_platform_in(stack: Stack) -> None:
    with superuser(stack) as administrator:
        [(most,)] = administrator.execute("SELECT datconnlimit FROM pg_database WHERE datname = 'cases'").fetchall()
    writers = limit(stack, "cases_writer")
    with held(stack, "writer", writers), held(stack, "owner", most - writers):
        with pytest.raises(psycopg.OperationalError, match='too many connections for database "cases"'):
            stack.connect("cases", "reader").close()
        superuser(stack).close()
        assert re.search(r"^pg_up 1$", metrics(), re.MULTILINE)


def test_a_query_that_would_fill_the_disk_fails_alone_and_may_not_lift_the_limit(stack: Stack) -> None:
    with stack.connect("cases", "owner") as owner:
        with pytest.raises(psycopg.errors.ConfigurationLimitExceeded, match="temp_file_limit"):
            owner.execute("SELECT count(*) FROM (SELECT n FROM generate_series(1, 100000000) n ORDER BY n DESC) sorted")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            owner.execute("SET temp_file_limit = -1")


def test_a_requests_timeouts_hold_until_a_session_sets_others(stack: Stack) -> None:
    with stack.connect("cases", "writer") as writer:
        assert writer.execute("SHOW statement_timeout").fetchall() == [("10min",)]
        assert writer.execute("SHOW idle_in_transaction_session_timeout").fetchall() == [("5min",)]
        writer.execute("SET statement_timeout = '50ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
            writer.execute("SELECT pg_sleep(10)")


def test_the_log_holds_changes_of_structure_and_neither_data_nor_passwords(stack: Stack) -> None:
    table, datum = f"logged_{secrets.token_hex(4)}", f"patient-{secrets.token_hex(8)}"
    password = stack.secret(stack.database("cases")["secret"])["owner-password"]
    with stack.connect("cases", "owner") as owner:
        owner.execute(f"CREATE TABLE {table} (word text PRIMARY KEY)")
        try:
            owner.execute(f"INSERT INTO {table} VALUES ('{datum}')")
            owner.execute(f"INSERT INTO {table} VALUES (%s) ON CONFLICT DO NOTHING", (datum,))
            with pytest.raises(psycopg.errors.UniqueViolation, match=datum):
                owner.execute(f"INSERT INTO {table} VALUES ('{datum}')")
            # As psql's \password does it, with the password that it has.
            owner.execute(f"ALTER ROLE cases_owner PASSWORD '{verifier(password)}'")
        finally:
            owner.execute(f"DROP TABLE {table}")
    text = log(stack, f"DROP TABLE {table}")
    assert f"CREATE TABLE {table}" in text
    assert "ALTER ROLE cases_owner PASSWORD" in text
    assert f'duplicate key value violates unique constraint "{table}_pkey"' in text
    assert datum not in text
    assert password not in text


def test_pgaudit_is_loaded_where_the_image_has_it(stack: Stack) -> None:
    libraries = in_the_pod('ls "$(pg_config --pkglibdir)"').split()
    with superuser(stack) as administrator:
        [loaded] = administrator.execute("SHOW shared_preload_libraries").fetchall()
    assert loaded == ("pgaudit" if "pgaudit.so" in libraries else "",)


def test_the_log_says_who_came_and_who_was_refused(stack: Stack) -> None:
    with pytest.raises(psycopg.OperationalError):
        stack.connect("cases", "writer", password="wrong").close()
    text = log(stack, 'FATAL:  password authentication failed for user "cases_writer"')
    assert "connection authorized: user=" in text


def test_the_exporter_shows_sessions_and_limits_and_nothing_that_a_client_made_up(stack: Stack) -> None:
    invented = f"invented-{secrets.token_hex(4)}"
    with stack.connect("cases", "writer", application_name=invented) as writer:
        writer.execute(f"SELECT '{invented}'")
        text = metrics()
    assert re.search(r"^pg_up 1$", text, re.MULTILINE)
    assert re.search(r'^pg_stat_activity_count\{.*usename="cases_writer".*\} [1-9]', text, re.MULTILINE)
    assert re.search(r'^pg_roles_connection_limit\{rolname="cases_writer".*\} [1-9]', text, re.MULTILINE)
    assert re.search(r'^pg_database_size_bytes\{datname="cases".*\} [1-9]', text, re.MULTILINE)
    assert re.search(r'^pg_stat_database_xact_commit\{datname="cases".*\} [1-9]', text, re.MULTILINE)
    assert invented not in text
    samples = [line for line in text.splitlines() if line.startswith("pg_")]
    labels = {label for line in samples for label in re.findall(r'[{,](\w+)="', line)}
    assert labels <= {"server", "datname", "usename", "state", "mode", "rolname", "kind", "filename", "hashsum"}
    assert len(samples) < 200


def test_the_exporter_shows_what_came_of_backups_where_there_are_any(stack: Stack) -> None:
    stack.operate("backup", "epidemiology/cases")
    text = metrics()
    for kind, value in (("backup", "[1-9]"), ("drill", r"\d"), ("restore", r"\d")):
        for metric in ("success_time_seconds", "runs"):
            assert re.search(rf'^pg_backup_{metric}\{{kind="{kind}".*\}} {value}', text, re.MULTILINE), (kind, metric)
    assert re.search(r'^pg_backup_last_run_succeeded\{kind="backup".*\} 1$', text, re.MULTILINE)
    without = metrics("figures-0", "reporting-data")
    assert "pg_backup" not in without
    for each in (text, without):
        assert re.search(r"^pg_up 1$", each, re.MULTILINE)
        assert re.search(r"^pg_exporter_last_scrape_error 0$", each, re.MULTILINE)


def test_the_exporters_role_is_let_in_from_its_own_pod_alone(stack: Stack) -> None:
    password = stack.secret(f"{NAMESPACE}/cases-server")["monitor-password"]
    for database in ("postgres", "platform", "cases"):
        with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects"):
            stack.connect("cases", "owner", user="platform_monitor", password=password, dbname=database).close()
