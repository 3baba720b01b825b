"""Privileges on the objects that a role will create."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, string, unordered
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import UNKNOWN, Inputs, State, Value
from sandbox.plugins.postgresql.connection import Server, Session
from sandbox.plugins.postgresql.library import sql
from sandbox.plugins.postgresql.membership import acting_for
from sandbox.plugins.postgresql.privileges import PUBLIC, collected, grantee, number_of, shown, unfit, words_of

_LETTERS = {"table": "r", "sequence": "S", "function": "f", "routine": "f", "type": "T", "schema": "n"}

# Where no defaults were ever altered the server's own hold, which exist for all schemas together only.
_READ = """
SELECT 'defaults', a.privilege_type, a.is_grantable
FROM pg_roles o
     LEFT JOIN pg_default_acl d
       ON d.defaclrole = o.oid AND d.defaclobjtype = %(letter)s AND d.defaclnamespace = %(schema)s::oid
     LEFT JOIN LATERAL aclexplode(
       CASE WHEN %(schema)s = 0 THEN coalesce(d.defaclacl, acldefault(%(builtin)s, o.oid)) ELSE d.defaclacl END
     ) a ON a.grantee = %(role)s::oid
WHERE o.rolname = %(owner)s
"""


class DefaultPrivileges(Declared):
    """All privileges that a role will hold on what another one creates."""

    table: ClassVar[Table] = {
        "database": string(required=True, replaces=True),
        "objectType": string(required=True, replaces=True, choices=tuple(_LETTERS)),
        "owner": string(required=True, replaces=True),
        "privileges": unordered(required=True),
        "role": string(required=True, replaces=True),
        "schema": string(replaces=True),
        "withGrantOption": boolean(default=False, replaces=True),
    }

    def __init__(self, server: Server) -> None:
        self._server = server

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse privileges that the objects do not know, and what everybody cannot be given."""
        if inputs["objectType"] is not UNKNOWN and inputs["privileges"] is not UNKNOWN:
            for index, why in unfit(inputs["objectType"], inputs["privileges"]):
                yield Failure(f"privileges[{index}]", why)
        if inputs["objectType"] == "schema" and inputs.get("schema") not in (None, ""):
            yield Failure("schema", "cannot be given for the object type `schema`")
        role = inputs["role"]
        if inputs["withGrantOption"] is True and isinstance(role, str) and role.lower() == PUBLIC:
            yield Failure("withGrantOption", "cannot be true for the role `public`")

    def make(self, inputs: Inputs) -> str:
        """Alter the defaults of the owner."""
        self.change("", {}, inputs)
        schema = inputs.get("schema") or "noschema"
        return "_".join([inputs["role"], inputs["database"], schema, inputs["owner"], inputs["objectType"]])

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the defaults of the owner for the role."""
        if not known:
            raise PluginError(f"DefaultPrivileges {key} cannot be imported: its id does not say what it grants")
        with self._server.session() as session:
            if not session.row("SELECT 1 FROM pg_database WHERE datname = %s", known["database"]):
                return None
        with self._server.session(known["database"]) as session:
            number, space = number_of(session, known["role"]), _number_of_schema(session, known)
            if number is None or space is None:
                return None
            letter = _LETTERS[known["objectType"]]
            # The functions for access lists call a sequence `s`, the table of defaults calls it `S`.
            builtin = letter.lower() if letter == "S" else letter
            rows = session.rows(_READ, letter=letter, builtin=builtin, schema=space, role=number, owner=known["owner"])
            if not rows:
                return None
            held = collected(rows)[0]
            found = {name: known[name] for name in self.table if known.get(name) is not None}
            found["privileges"] = shown(session, known["objectType"], known["privileges"], held.privileges)
            if held.privileges:
                found["withGrantOption"] = held.grantable
            return found

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Revoke what the defaults gave the role, and give it the new privileges, in one transaction."""
        with self._server.change(inputs["database"]) as session, acting_for(session, [inputs["owner"]]):
            _revoke(session, inputs)
            if not inputs["privileges"]:
                return
            words = sql.SQL("{} GRANT {} ON {} TO {}").format(
                _start(inputs), words_of(inputs["privileges"]), _objects(inputs), grantee(inputs["role"])
            )
            if inputs["withGrantOption"]:
                words += sql.SQL(" WITH GRANT OPTION")
            session.run(words, name=f"giving {inputs['role']} privileges on what {inputs['owner']} will create")

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Revoke what the defaults gave the role."""
        with self._server.session() as session:
            if not session.row("SELECT 1 FROM pg_database WHERE datname = %s", state["database"]):
                return
        with self._server.change(state["database"]) as session:
            gone = number_of(session, state["role"]) is None or number_of(session, state["owner"]) is None
            if gone or _number_of_schema(session, state) is None:
                return
            with acting_for(session, [state["owner"]]):
                _revoke(session, state)


def _number_of_schema(session: Session, defaults: Mapping[str, Value]) -> int | None:
    """Return the schema's number in the catalog, 0 for all schemas, or None when there is no such schema."""
    if not defaults.get("schema"):
        return 0
    row = session.row("SELECT oid::int8 FROM pg_namespace WHERE nspname = %s", defaults["schema"])
    return int(row[0]) if row else None


def _start(defaults: Mapping[str, Value]) -> sql.Composable:
    words = sql.SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {}").format(sql.Identifier(defaults["owner"]))
    if defaults.get("schema"):
        words += sql.SQL(" IN SCHEMA {}").format(sql.Identifier(defaults["schema"]))
    return words


def _objects(defaults: Mapping[str, Value]) -> sql.Composable:
    return sql.SQL(f"{defaults['objectType'].upper()}S")  # one of the types of the table


def _revoke(session: Session, defaults: Mapping[str, Value]) -> None:
    words = sql.SQL("{} REVOKE ALL ON {} FROM {}").format(
        _start(defaults), _objects(defaults), grantee(defaults["role"])
    )
    session.run(words, name=f"revoking privileges of {defaults['role']} on what {defaults['owner']} will create")
