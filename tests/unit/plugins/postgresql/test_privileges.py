"""What the PostgreSQL plugin refuses before it asks a server, and the statements that it would send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import UNKNOWN
from sandbox.plugins.postgresql.connection import Server
from sandbox.plugins.postgresql.default_privileges import DefaultPrivileges
from sandbox.plugins.postgresql.grant import Grant
from sandbox.plugins.postgresql.objects import columns_of, target
from sandbox.plugins.postgresql.passwords import is_verifier, same_password
from sandbox.plugins.postgresql.privileges import collected, grantee
from sandbox.plugins.postgresql.provider import PostgreSql
from sandbox.plugins.postgresql.role import Role
from sandbox.plugins.postgresql.settings import mistakes, settings_of

# Of the password "pencil", from RFC 7677, section 3.
SALT = "W22ZaJ0SNY7soEsUEjb6gQ=="
KEYS = "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
VERIFIER = f"SCRAM-SHA-256$4096:{SALT}${KEYS}"


def refused(kind: Declared, **given: Any) -> dict[str, str]:
    return {failure.property: failure.reason for failure in kind.check("value", given, None).failures}


def grant(**given: Any) -> dict[str, Any]:
    return {"role": "r", "database": "d", "objectType": "table", "schema": "s", "privileges": ["SELECT"], **given}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"privileges": ["SELECT", "CONNECT"]}, "privileges[1]"),
        ({"privileges": ["select"]}, "privileges[0]"),
        ({"schema": None}, "schema"),
        ({"objectType": "database", "privileges": ["CONNECT"], "objects": ["x"]}, "objects"),
        ({"objectType": "column", "objects": ["t"]}, "columns"),
        ({"columns": ["c"]}, "columns"),
        ({"objectType": "column", "columns": ["c"], "objects": ["t", "u"]}, "objects"),
        ({"objectType": "column", "columns": ["c"], "objects": ["t"], "privileges": []}, "privileges"),
        ({"objectType": "view"}, "objectType"),
    ],
)
def test_a_grant_that_no_server_takes_is_refused(given: dict[str, Any], path: str) -> None:
    assert set(refused(Grant(Server()), **grant(**given))) == {path}


def test_a_grant_whose_parts_are_not_known_yet_is_not_judged() -> None:
    assert refused(Grant(Server()), **grant(privileges=UNKNOWN, schema=UNKNOWN)) == {}


def test_default_privileges_know_their_objects() -> None:
    given: dict[str, Any] = {"role": "r", "database": "d", "owner": "o", "objectType": "table", "privileges": ["USAGE"]}
    assert set(refused(DefaultPrivileges(Server()), **given)) == {"privileges[0]"}
    given |= {"objectType": "schema", "schema": "s"}
    assert set(refused(DefaultPrivileges(Server()), **given)) == {"schema"}
    given |= {"schema": None, "role": "PUBLIC", "withGrantOption": True}
    assert set(refused(DefaultPrivileges(Server()), **given)) == {"withGrantOption"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, 'ALL TABLES IN SCHEMA "s"'),
        ({"objects": ['b"', "a"]}, 'TABLE "s"."a", "s"."b"""'),
        ({"objectType": "database"}, 'DATABASE "d"'),
        ({"objectType": "schema"}, 'SCHEMA "s"'),
        (
            {"objectType": "function", "objects": ["f(text, double precision)"]},
            'FUNCTION "s"."f"(text, double precision)',
        ),
        ({"objectType": "function", "objects": ["f(x); DROP"]}, 'FUNCTION "s"."f"("x); DROP")'),
        ({"objectType": "foreign_data_wrapper", "objects": ["w"]}, 'FOREIGN DATA WRAPPER "w"'),
        ({"objectType": "column", "objects": ["t"]}, 'TABLE "s"."t"'),
    ],
)
def test_the_objects_of_a_grant_are_quoted(given: dict[str, Any], expected: str) -> None:
    assert target(grant(**given)).as_string(None) == expected


def test_everybody_is_no_role() -> None:
    assert grantee("Public").as_string(None) == "PUBLIC"
    assert grantee("public2").as_string(None) == '"public2"'
    assert columns_of({"columns": ["b", "a"]}).as_string(None) == ' ("a", "b")'


def test_rows_of_the_catalog_become_what_a_role_holds() -> None:
    rows = [("a", "SELECT", True), ("a", "INSERT", True), ("b", None, None), ("c", "SELECT", False)]
    held = {each.object: (set(each.privileges), each.grantable) for each in collected(rows)}
    assert held == {"a": ({"SELECT", "INSERT"}, True), "b": (set(), False), "c": ({"SELECT"}, False)}


@pytest.mark.parametrize(
    ("known", "stored", "same"),
    [
        ("pencil", VERIFIER, True),
        ("pen", VERIFIER, False),
        (VERIFIER, VERIFIER, True),
        (VERIFIER, VERIFIER.replace("4096", "4097"), False),
        ("pencil", "", False),
        ("NULL", "", True),
        ("pencil", "md5" + "0" * 32, False),
        ("secret", "md5" + "b7e5bd1b9f0f1b32ba6d2c4b1a1f8a4f", False),
    ],
)
def test_a_password_is_known_by_its_verifier(known: str, stored: str, same: bool) -> None:
    assert same_password(known, stored, "role") is same


def test_a_verifier_is_told_from_a_password() -> None:
    assert is_verifier(VERIFIER)
    assert not is_verifier("SCRAM-SHA-256$not")
    assert not is_verifier("md5")


def test_passwords_of_roles_are_secret_and_plain_storage_is_refused() -> None:
    assert set(Role(Server()).secret_outputs) == {"password"}
    assert set(refused(Role(Server()), name="r", encryptedPassword=False)) == {"encryptedPassword"}


def test_settings_come_from_the_options_then_the_environment_then_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PGHOST", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSSLROOTCERT", "PGDATABASE", "PGCONNECT_TIMEOUT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGSUPERUSER", "false")
    settings = settings_of({"host": "h", "superuser": True, "password": "hunter2"})
    assert (settings.host, settings.port, settings.username, settings.database) == ("h", 6543, "postgres", "postgres")
    assert settings.superuser
    assert not settings_of({}).superuser
    assert settings.sslmode == "require"
    assert "hunter2" not in repr(settings)


def test_options_that_cannot_lead_to_a_connection_are_refused(tmp_path: Path) -> None:
    found = {
        failure.property for failure in mistakes({"sslmode": "prefer", "scheme": "awspostgres", "maxConnections": -2})
    }
    assert found == {"sslmode", "scheme", "maxConnections"}
    (missing,) = mistakes({"sslrootcert": str(tmp_path / "ca.pem")})
    assert "there is no file" in missing.reason
    assert mistakes({"sslrootcert": UNKNOWN, "sslmode": UNKNOWN, "scheme": UNKNOWN}) == []


def test_a_resource_before_the_options_are_known_is_refused_in_words() -> None:
    role = PostgreSql().types["postgresql:index/role:Role"]
    with pytest.raises(PluginError, match="options are not known yet"):
        role.read("r", {}, {})
