"""What a team can do with its database, and what nobody can."""

import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from tests.sandbox.environment.stack import Stack

pytestmark = pytest.mark.sandbox
TABLE = "public.promises"


@pytest.fixture
def table(stack: Stack) -> Iterator[str]:
    """A table of the owner's, made after the roles were granted what they have."""
    with stack.connect("cases", "owner") as owner:
        owner.execute(f"CREATE TABLE {TABLE} (id bigserial PRIMARY KEY, word text NOT NULL)")
        try:
            yield TABLE
        finally:
            owner.execute(f"DROP TABLE {TABLE}")


def test_a_writer_connects_over_verified_tls_and_writes(stack: Stack, table: str) -> None:
    with stack.connect("cases", "writer") as writer:
        [(encrypted, version)] = writer.execute(
            "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        ).fetchall()
        assert encrypted
        assert version in {"TLSv1.2", "TLSv1.3"}
        writer.execute(f"INSERT INTO {table} (word) VALUES ('kept')")
        assert writer.execute(f"SELECT word FROM {table}").fetchall() == [("kept",)]


def test_the_line_for_psql_connects_from_a_pod_that_mounts_the_secret(stack: Stack) -> None:
    login = stack.secret(stack.database("cases")["secret"])
    script = (
        "mkdir -p /tmp/mounted && cd /tmp/mounted && read -r PGPASSWORD && export PGPASSWORD && cat > ca.crt && "
        f"{login['psql']} --no-psqlrc --tuples-only --no-align --command 'SELECT current_user'"
    )
    pod = ["--stdin", "--namespace", "epidemiology-data", "cases-0", "--container", "postgresql"]
    done = subprocess.run(
        ["kubectl", "exec", *pod, "--", "sh", "-ec", script],
        input=f"{login['owner-password']}\n{login['ca.crt']}", capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "cases_owner", done.stderr


def test_a_reader_reads_and_is_refused_a_write(stack: Stack, table: str) -> None:
    with stack.connect("cases", "writer") as writer:
        writer.execute(f"INSERT INTO {table} (word) VALUES ('kept')")
    with stack.connect("cases", "reader") as reader:
        assert reader.execute(f"SELECT word FROM {table}").fetchall() == [("kept",)]
        for statement in (
            f"INSERT INTO {table} (word) VALUES ('no')",
            f"UPDATE {table} SET word = 'no'",
            f"DELETE FROM {table}",
            "CREATE TABLE public.mine (id int)",
            f"TRUNCATE {table}",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def test_a_writer_is_refused_a_change_of_structure(stack: Stack, table: str) -> None:
    with stack.connect("cases", "writer") as writer:
        for statement in (f"DROP TABLE {table}", "CREATE TABLE public.mine (id int)", f"TRUNCATE {table}"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute(statement)


def test_a_team_named_as_reader_reads_with_a_login_of_its_own(stack: Stack, table: str) -> None:
    with stack.connect("cases", "writer") as writer:
        writer.execute(f"INSERT INTO {table} (word) VALUES ('shared')")
    with stack.connect("cases", "reader", secret="reporting-data/epidemiology-cases-connection") as reader:
        assert reader.execute("SELECT current_user").fetchall() == [("cases_reader_reporting",)]
        assert reader.execute(f"SELECT word FROM {table}").fetchall() == [("shared",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(f"DELETE FROM {table}")


def test_another_teams_login_is_refused(stack: Stack) -> None:
    stranger = stack.secret(stack.database("cases")["secret"])
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        stack.connect("figures", "owner", user=stranger["owner-username"], password=stranger["owner-password"]).close()


def test_a_plaintext_connection_is_refused(stack: Stack) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"no encryption|pg_hba\.conf rejects"):
        stack.connect("cases", "writer", sslmode="disable").close()


def test_a_certificate_of_another_authority_is_refused(stack: Stack) -> None:
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        stack.connect("cases", "writer", sslrootcert="system").close()


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_the_maintenance_databases_are_closed_to_teams(stack: Stack, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=r"pg_hba\.conf rejects"):
        stack.connect("cases", "owner", dbname=database).close()


def test_no_role_of_a_team_is_a_superuser_or_may_make_roles(stack: Stack) -> None:
    with stack.connect("cases", "owner") as owner:
        roles = owner.execute(
            "SELECT rolname, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
            " FROM pg_roles WHERE rolcanlogin AND rolname <> 'postgres' ORDER BY 1"
        ).fetchall()
    # The backup's role reads past row-level security: a backup of some rows is none.
    assert roles == [
        ("cases_backup", True), ("cases_owner", False), ("cases_reader", False),
        ("cases_reader_reporting", False), ("cases_writer", False),
        ("platform_monitor", False),
    ]  # fmt: skip


def test_nothing_is_granted_to_public(stack: Stack) -> None:
    with stack.connect("cases", "owner") as owner:
        database = owner.execute(
            "SELECT privilege_type FROM pg_database, aclexplode(datacl) WHERE datname = 'cases' AND grantee = 0"
        ).fetchall()
        schema = owner.execute(
            "SELECT privilege_type FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'public' AND grantee = 0"
        ).fetchall()
    assert (database, schema) == ([], [])


def test_the_server_has_data_checksums_scram_and_the_extension_that_was_asked_for(stack: Stack) -> None:
    with stack.connect("cases", "owner") as owner:
        for setting, expected in (("data_checksums", "on"), ("password_encryption", "scram-sha-256"), ("ssl", "on")):
            assert owner.execute("SELECT current_setting(%s)", (setting,)).fetchall() == [(expected,)]
        assert owner.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'").fetchall() == [(1,)]
