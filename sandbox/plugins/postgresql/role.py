"""Roles: who may log in, and what they are members of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, integer, ordered, string, unordered
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.postgresql.connection import Server, Session
from sandbox.plugins.postgresql.library import sql
from sandbox.plugins.postgresql.membership import acting_for, grant_membership, memberships_of, revoke_membership
from sandbox.plugins.postgresql.passwords import is_verifier, same_password

_FLAGS = {
    "superuser": "SUPERUSER",
    "createDatabase": "CREATEDB",
    "createRole": "CREATEROLE",
    "inherit": "INHERIT",
    "login": "LOGIN",
    "replication": "REPLICATION",
    "bypassRowLevelSecurity": "BYPASSRLS",
}

_READ = """
SELECT r.rolname, r.rolsuper, r.rolcreatedb, r.rolcreaterole, r.rolinherit, r.rolcanlogin, r.rolreplication,
       r.rolbypassrls, r.rolconnlimit, coalesce(r.rolvaliduntil::text, 'infinity'), r.rolconfig
FROM pg_roles r WHERE r.rolname = %s
"""


class Role(Declared):
    """A role of the whole server."""

    table: ClassVar[Table] = {
        "assumeRole": string(),
        "bypassRowLevelSecurity": boolean(default=False),
        "connectionLimit": integer(default=-1, minimum=-1),
        "createDatabase": boolean(default=False),
        "createRole": boolean(default=False),
        "encryptedPassword": boolean(default=True),
        "idleInTransactionSessionTimeout": integer(minimum=0),
        "inherit": boolean(default=True),
        "login": boolean(default=False),
        "name": string(autonamed=True),
        "password": string(secret=True),
        "replication": boolean(default=False),
        "roles": unordered(),
        "searchPaths": ordered(),
        "skipDropRole": boolean(default=False),
        "skipReassignOwned": boolean(default=False),
        "statementTimeout": integer(minimum=0),
        "superuser": boolean(default=False),
        "validUntil": string(default="infinity"),
    }

    def __init__(self, server: Server) -> None:
        self._server = server

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse what no supported server does."""
        if inputs["encryptedPassword"] is False:
            yield Failure("encryptedPassword", "must be true: PostgreSQL stores no plain passwords since version 10")

    def make(self, inputs: Inputs) -> str:
        """Create the role with everything that belongs to it, in one transaction."""
        name: str = inputs["name"]
        with self._server.change() as session:
            words = [*_attributes(inputs), *_password(session, inputs, name)]
            session.run(
                sql.SQL("CREATE ROLE {} WITH {}").format(sql.Identifier(name), sql.SQL(" ").join(words)),
                name=f"creating the role {name}",
            )
            _settle(session, name, {}, inputs)
        return name

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the role, its settings and memberships."""
        name = known.get("name") or key
        with self._server.session() as session:
            row = session.row(_READ, name)
            if row is None:
                return None
            found: dict[str, Value] = {
                "name": row[0],
                **dict(zip(_FLAGS, row[1:8], strict=True)),
                "connectionLimit": row[8],
                "validUntil": _until(session, known.get("validUntil"), row[9]),
                "encryptedPassword": True,
                "roles": memberships_of(session, name),
                **_settings(row[10] or []),
                **{option: bool(known.get(option, False)) for option in ("skipDropRole", "skipReassignOwned")},
            }
            password = known.get("password")
            if password:
                found["password"] = self._password_now(session, name, password)
            return found

    def _password_now(self, session: Session, name: str, known: str) -> str:
        """Return the known password while it is the role's own, and what the server holds in its place otherwise."""
        if not self._server.settings.superuser:
            return known
        row = session.row("SELECT coalesce(rolpassword, '') FROM pg_authid WHERE rolname = %s", name)
        stored: str = row[0] if row else ""
        return known if same_password(known, stored, name) else stored

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Bring the role's attributes, settings and memberships to the new inputs."""
        before, name = old.get("name") or key, inputs["name"]
        with self._server.change() as session:
            if before != name:
                words = sql.SQL("ALTER ROLE {} RENAME TO {}").format(sql.Identifier(before), sql.Identifier(name))
                session.run(words, name=f"renaming the role {before} to {name}")
            parts = _attributes(inputs)
            if inputs.get("password") != old.get("password") or before != name:
                parts += _password(session, inputs, name)
            session.run(
                sql.SQL("ALTER ROLE {} WITH {}").format(sql.Identifier(name), sql.SQL(" ").join(parts)),
                name=f"changing the role {name}",
            )
            _settle(session, name, old, inputs)

    def remove(self, key: str, state: State) -> None:
        """Hand over what the role owns in the provider's database, then drop it."""
        name = state.get("name") or key
        role = sql.Identifier(name)
        with self._server.change() as session:
            if session.row("SELECT 1 FROM pg_roles WHERE rolname = %s", name) is None:
                return
            if not state.get("skipReassignOwned"):
                with acting_for(session, [name]):
                    session.run(
                        sql.SQL("REASSIGN OWNED BY {} TO CURRENT_USER").format(role),
                        name=f"handing over what the role {name} owns",
                    )
                    session.run(
                        sql.SQL("DROP OWNED BY {}").format(role), name=f"revoking what the role {name} was granted"
                    )
            if not state.get("skipDropRole"):
                session.run(sql.SQL("DROP ROLE {}").format(role), name=f"dropping the role {name}")


def _attributes(inputs: Inputs) -> list[sql.Composable]:
    words: list[sql.Composable] = [sql.SQL(word if inputs[name] else f"NO{word}") for name, word in _FLAGS.items()]
    words.append(sql.SQL("CONNECTION LIMIT {}").format(sql.Literal(inputs["connectionLimit"])))
    words.append(sql.SQL("VALID UNTIL {}").format(sql.Literal(inputs["validUntil"] or "infinity")))
    return words


def _password(session: Session, inputs: Inputs, name: str) -> list[sql.Composable]:
    """Return the password's clause, which never holds a password: the server's log may keep the statement."""
    password = inputs.get("password")
    if not password or password.upper() == "NULL":
        return [sql.SQL("PASSWORD NULL")]
    verifier = password if is_verifier(password) else session.verifier(password, name)
    return [sql.SQL("PASSWORD {}").format(sql.Literal(verifier))]


def _settle(session: Session, name: str, old: State, inputs: Inputs) -> None:
    """Set what is no attribute of the role itself: its settings and memberships."""
    role = sql.Identifier(name)
    for option, setting in (
        ("statementTimeout", "statement_timeout"),
        ("idleInTransactionSessionTimeout", "idle_in_transaction_session_timeout"),
    ):
        if inputs.get(option) or old.get(option):
            _set(session, role, setting, [sql.Literal(inputs[option])] if inputs.get(option) else [])
    if inputs.get("searchPaths") or old.get("searchPaths"):
        _set(session, role, "search_path", [sql.Identifier(schema) for schema in inputs.get("searchPaths") or []])
    if inputs.get("assumeRole") or old.get("assumeRole"):
        _set(session, role, "role", [sql.Identifier(inputs["assumeRole"])] if inputs.get("assumeRole") else [])
    wanted, actual = set(inputs.get("roles") or []), set(memberships_of(session, name))
    for group in sorted(actual - wanted):
        revoke_membership(session, group, name)
    for group in sorted(wanted - actual):
        grant_membership(session, group, name)


def _set(session: Session, role: sql.Identifier, setting: str, values: Sequence[sql.Composable]) -> None:
    words = sql.SQL("ALTER ROLE {} SET {} TO {}").format(role, sql.Identifier(setting), sql.SQL(", ").join(values))
    if not values:
        words = sql.SQL("ALTER ROLE {} RESET {}").format(role, sql.Identifier(setting))
    session.run(words, name=f"setting {setting} of a role")


def _settings(config: Sequence[str]) -> dict[str, Value]:
    """Return the properties that a role's own settings hold."""
    given: Mapping[str, str] = dict(line.split("=", 1) for line in config)
    found: dict[str, Value] = {}
    if "search_path" in given:
        found["searchPaths"] = [part.strip().strip('"').replace('""', '"') for part in given["search_path"].split(",")]
    if "role" in given:
        found["assumeRole"] = given["role"]
    for option, setting in (
        ("statementTimeout", "statement_timeout"),
        ("idleInTransactionSessionTimeout", "idle_in_transaction_session_timeout"),
    ):
        if setting in given and given[setting].isdigit():
            found[option] = int(given[setting])
    return found


def _until(session: Session, known: str | None, stored: str) -> str:
    """Return the known end of a password's validity while it is the stored moment, written differently or not."""
    if not known or known.lower() == "infinity" or stored == "infinity":
        return stored
    row = session.row("SELECT %s::timestamptz = %s::timestamptz", known, stored)
    return known if row and row[0] else stored
