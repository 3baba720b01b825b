"""`make access` against the deployed environment."""

import os
import subprocess

import pytest

from tests.sandbox.environment.stack import BOUND, ROOT, Stack

pytestmark = pytest.mark.sandbox


def report(stack: Stack) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [os.environ["ETL_PLATFORM_PYTHON"], "-m", "delivery", "access", stack.name],
        cwd=ROOT, capture_output=True, text=True, timeout=BOUND, check=False,
    )  # fmt: skip


def superuser(stack: Stack, *statements: str) -> None:
    password = stack.secret("epidemiology-data/cases-server")["superuser-password"]
    with stack.connect("cases", "owner", user="postgres", password=password) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def test_what_is_deployed_is_what_is_declared(stack: Stack) -> None:
    found = report(stack)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "cases_reader_reporting  reporting     yes      yes   -      -       -" in found.stdout
    assert "databases and the realm, all as declared." in found.stdout


def test_what_was_changed_by_hand_is_named_and_strangers_are_listed(stack: Stack) -> None:
    try:
        superuser(
            stack,
            "CREATE ROLE stranger LOGIN",
            "GRANT cases_writer TO stranger",
            "GRANT CREATE ON SCHEMA public TO cases_reader",
            "REVOKE CONNECT ON DATABASE cases FROM cases_reader",
        )
        found = report(stack)
    finally:
        superuser(
            stack,
            "DROP ROLE IF EXISTS stranger",
            "REVOKE CREATE ON SCHEMA public FROM cases_reader",
            "GRANT CONNECT ON DATABASE cases TO cases_reader",
        )
    assert found.returncode == 1
    for line in (
        "  missing: cases_reader: CONNECT on database cases",
        "  extra: cases_reader: CREATE on schema public",
        "  unmanaged role stranger: LOGIN, member of cases_writer",
    ):
        assert line in found.stdout.splitlines()


def test_the_report_holds_no_password(stack: Stack) -> None:
    found = report(stack)
    for reference in ("epidemiology-data/cases-server", "epidemiology-data/cases-connection"):
        for key, value in stack.secret(reference).items():
            assert not key.endswith("password") or value not in found.stdout + found.stderr
