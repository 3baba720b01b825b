"""Which privileges each type of object knows, and reading the granted ones from the catalog's access lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sandbox.plugins.host.values import UNKNOWN, Value
from sandbox.plugins.postgresql.connection import Row, Session
from sandbox.plugins.postgresql.library import sql

ALL = "ALL"
PUBLIC = "public"
"""The vendor's name for everybody, in any spelling of letters; it is no role of the catalog."""

PRIVILEGES = {
    "database": ("CREATE", "CONNECT", "TEMPORARY"),
    "table": ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
    "sequence": ("USAGE", "SELECT", "UPDATE"),
    "schema": ("CREATE", "USAGE"),
    "function": ("EXECUTE",),
    "procedure": ("EXECUTE",),
    "routine": ("EXECUTE",),
    "type": ("USAGE",),
    "foreign_data_wrapper": ("USAGE",),
    "foreign_server": ("USAGE",),
    "column": ("SELECT", "INSERT", "UPDATE", "REFERENCES"),
}
"""By object type, from the server's documentation of GRANT; MAINTAIN exists since version 17."""

MAINTAIN_SINCE = 17


@dataclass(frozen=True)
class Granted:
    """What one grantee holds on one object."""

    object: str
    privileges: frozenset[str]
    grantable: bool


def unfit(object_type: str, privileges: Value) -> Iterable[tuple[int, str]]:
    """Yield the index of each privilege that the object type does not know, and the reason."""
    known = (ALL, *PRIVILEGES[object_type])
    for index, privilege in enumerate(privileges or []):
        if privilege is not UNKNOWN and privilege not in known:
            yield index, f"`{privilege}` is no privilege on a {object_type}; expected one of {', '.join(known)}"


def expanded(session: Session, object_type: str, privileges: Collection[str]) -> frozenset[str]:
    """Return the privileges with ALL spelled out, as the server's version knows them."""
    if ALL not in privileges:
        return frozenset(privileges)
    known = set(PRIVILEGES[object_type])
    return frozenset(known if session.major >= MAINTAIN_SINCE else known - {"MAINTAIN"})


def shown(session: Session, object_type: str, known: Collection[str], actual: frozenset[str]) -> list[str]:
    """Return the known privileges while they are the actual ones, however spelled, and the actual ones otherwise."""
    return sorted(known) if expanded(session, object_type, known) == actual else sorted(actual)


def words_of(privileges: Iterable[str]) -> sql.Composable:
    """Return privileges as they stand in a GRANT; they come from the table above, so they need no quotes."""
    return sql.SQL(", ").join(sql.SQL(privilege) for privilege in sorted(privileges))


def grantee(role: str) -> sql.Composable:
    """Return a role as the end of a GRANT."""
    return sql.SQL("PUBLIC") if role.lower() == PUBLIC else sql.Identifier(role)


def number_of(session: Session, role: str) -> int | None:
    """Return a role's number in the catalog, 0 for everybody, or None when there is no such role."""
    if role.lower() == PUBLIC:
        return 0
    row = session.row("SELECT oid::int8 FROM pg_roles WHERE rolname = %s", role)
    return int(row[0]) if row else None


def collected(rows: Iterable[Row]) -> list[Granted]:
    """Return what rows of (object, privilege, grantable) say, by object; a privilege of None says there is none."""
    by_object: dict[str, list[Row]] = {}
    for row in rows:
        by_object.setdefault(row[0], []).append(row)
    found: list[Granted] = []
    for name, held in by_object.items():
        privileges = frozenset(row[1] for row in held if row[1] is not None)
        grantable = bool(privileges) and all(row[2] for row in held if row[1] is not None)
        found.append(Granted(name, privileges, grantable))
    return found
