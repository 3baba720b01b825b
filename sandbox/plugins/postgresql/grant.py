"""Grants of privileges on existing objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, string, unordered
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value, contains_unknown
from sandbox.plugins.postgresql.connection import Server, Session
from sandbox.plugins.postgresql.library import sql
from sandbox.plugins.postgresql.membership import acting_for
from sandbox.plugins.postgresql.objects import WITHOUT_SCHEMA, columns_of, granted_on, target
from sandbox.plugins.postgresql.privileges import PRIVILEGES, expanded, grantee, number_of, shown, unfit, words_of

OBJECT_TYPES = tuple(kind for kind in PRIVILEGES if kind != "type")


class Grant(Declared):
    """All privileges that a role holds on some objects; what it holds beyond the given ones is revoked."""

    table: ClassVar[Table] = {
        "columns": unordered(replaces=True),
        "database": string(required=True, replaces=True),
        "objectType": string(required=True, replaces=True, choices=OBJECT_TYPES),
        "objects": unordered(replaces=True),
        "privileges": unordered(required=True),
        "role": string(required=True, replaces=True),
        "schema": string(replaces=True),
        "withGrantOption": boolean(default=False, replaces=True),
    }

    def __init__(self, server: Server) -> None:
        self._server = server

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse privileges that the objects do not know, and objects that the type does not have."""
        if contains_unknown(inputs):
            return
        kind, objects = inputs["objectType"], inputs.get("objects") or []
        for index, why in unfit(kind, inputs["privileges"]):
            yield Failure(f"privileges[{index}]", why)
        if kind not in WITHOUT_SCHEMA and not inputs.get("schema"):
            yield Failure("schema", f"is required for the object type `{kind}`")
        if kind in ("database", "schema") and objects:
            yield Failure("objects", f"cannot be given for the object type `{kind}`")
        if kind in ("foreign_data_wrapper", "foreign_server", "column") and len(objects) != 1:
            yield Failure("objects", f"must name exactly one object for the object type `{kind}`")
        if (kind == "column") != bool(inputs.get("columns")):
            yield Failure("columns", "must be given for the object type `column`, and only for it")
        if kind == "column" and len(inputs["privileges"]) != 1:
            yield Failure("privileges", "must name exactly one privilege for the object type `column`")

    def make(self, inputs: Inputs) -> str:
        """Grant the privileges and revoke all others, in one transaction."""
        self._apply(inputs, {})
        kind, schema = inputs["objectType"], inputs.get("schema")
        parts = [inputs["role"], inputs["database"], *([] if kind in WITHOUT_SCHEMA else [schema]), kind]
        return "_".join([*parts, *sorted(inputs.get("objects") or []), *sorted(inputs.get("columns") or [])])

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read what the role holds; the first object where that is not what it should be speaks for all."""
        if not known:
            raise PluginError(f"Grant {key} cannot be imported: its id does not say what it grants; grant it anew")
        with self._server.session() as session:
            if not _exist(session, known):
                return None
        with self._server.session(known["database"]) as session:
            kind, schema = known["objectType"], known.get("schema")
            if kind not in WITHOUT_SCHEMA and not session.row("SELECT 1 FROM pg_namespace WHERE nspname = %s", schema):
                return None
            number = number_of(session, known["role"])
            if number is None:
                return None
            wanted = expanded(session, kind, known["privileges"])
            found = {name: known[name] for name in self.table if known.get(name) is not None}
            for held in granted_on(session, known, number):
                option = bool(known.get("withGrantOption"))
                if held.privileges != wanted:
                    return {**found, "privileges": shown(session, kind, known["privileges"], held.privileges)}
                if wanted and held.grantable != option and not self._is_owners(session, known):
                    return {**found, "withGrantOption": held.grantable}
            return found

    @staticmethod
    def _is_owners(session: Session, known: Mapping[str, Value]) -> bool:
        """Say whether the grantee may pass privileges on for another reason: a superuser grants in the owner's name."""
        row = session.row("SELECT rolsuper FROM pg_roles WHERE rolname = %s", known["role"])
        return bool(row and row[0])

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Grant the new privileges and revoke all others."""
        self._apply(inputs, old)

    def _apply(self, inputs: Inputs, old: State) -> None:
        role, on = grantee(inputs["role"]), target(inputs)
        name = f"granting {inputs['role']} privileges on a {inputs['objectType']} of {inputs['database']}"
        with self._server.change(inputs["database"]) as session, acting_for(session, _owners(session, inputs)):
            _revoke(session, inputs, old)
            if not inputs["privileges"]:
                return
            words = sql.SQL("GRANT {}{} ON {} TO {}").format(
                words_of(inputs["privileges"]), columns_of(inputs), on, role
            )
            if inputs["withGrantOption"]:
                words += sql.SQL(" WITH GRANT OPTION")
            session.run(words, name=name)

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Revoke what was granted; where the role, database or schema is gone, so is the grant."""
        with self._server.session() as session:
            if not _exist(session, state):
                return
        with self._server.change(state["database"]) as session:
            kind, schema = state["objectType"], state.get("schema")
            if kind not in WITHOUT_SCHEMA and not session.row("SELECT 1 FROM pg_namespace WHERE nspname = %s", schema):
                return
            with acting_for(session, _owners(session, state)):
                _revoke(session, state, state)


def _exist(session: Session, grant: Mapping[str, Value]) -> bool:
    database = session.row("SELECT 1 FROM pg_database WHERE datname = %s", grant["database"])
    return database is not None and number_of(session, grant["role"]) is not None


def _owners(session: Session, grant: Mapping[str, Value]) -> list[str]:
    """Return who owns the objects of a grant, for a login that is no superuser must act in their name."""
    if grant["objectType"] in WITHOUT_SCHEMA:
        return []
    rows = session.rows(
        "SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = %s"
        " UNION SELECT tableowner::text FROM pg_tables WHERE schemaname = %s",
        grant["schema"],
        grant["schema"],
    )
    return [row[0] for row in rows]


def _revoke(session: Session, grant: Mapping[str, Value], old: Mapping[str, Value]) -> None:
    """Revoke what the role holds.

    On named tables a REVOKE ALL would take the privileges on single columns too, which other grants may have given:
    there only the privileges that this grant gave before are revoked.
    """
    named = bool(grant.get("objects")) and grant["objectType"] not in WITHOUT_SCHEMA
    given = old.get("privileges") or grant["privileges"] or ["ALL"]
    what = words_of(given) if named else sql.SQL("ALL")
    words = sql.SQL("REVOKE {}{} ON {} FROM {}").format(what, columns_of(grant), target(grant), grantee(grant["role"]))
    session.run(words, name=f"revoking privileges of {grant['role']} on a {grant['objectType']}")
