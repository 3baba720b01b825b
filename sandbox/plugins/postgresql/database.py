"""Databases."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, integer, string
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.postgresql.connection import Server
from sandbox.plugins.postgresql.library import sql
from sandbox.plugins.postgresql.membership import acting_for

_READ = """
SELECT d.datname::text, pg_get_userbyid(d.datdba)::text, pg_encoding_to_char(d.encoding)::text, d.datcollate::text,
       d.datctype::text, t.spcname::text, d.datconnlimit, d.datallowconn, d.datistemplate
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE d.datname = %s
"""
_COLUMNS = (
    "name",
    "owner",
    "encoding",
    "lcCollate",
    "lcCtype",
    "tablespaceName",
    "connectionLimit",
    "allowConnections",
    "isTemplate",
)
_DEFAULT = "DEFAULT"


class Database(Declared):
    """A database of the server."""

    table: ClassVar[Table] = {
        "allowConnections": boolean(default=True),
        "alterObjectOwnership": boolean(default=False),
        "connectionLimit": integer(default=-1, minimum=-1),
        "encoding": string(computed=True, replaces=True),
        "isTemplate": boolean(computed=True),
        "lcCollate": string(computed=True, replaces=True),
        "lcCtype": string(computed=True, replaces=True),
        "name": string(autonamed=True),
        "owner": string(computed=True),
        "tablespaceName": string(computed=True),
        "template": string(computed=True, replaces=True),
    }

    def __init__(self, server: Server) -> None:
        self._server = server

    def make(self, inputs: Inputs) -> str:
        """Create the database; it is made from `template0` in UTF-8 unless the inputs say otherwise."""
        name: str = inputs["name"]
        owner = inputs.get("owner") or self._server.settings.role
        words = [
            sql.SQL("OWNER {}").format(sql.Identifier(owner)),
            _name_or_default("TEMPLATE", inputs.get("template") or "template0"),
            _text_or_default("ENCODING", inputs.get("encoding") or "UTF8"),
            *([_text_or_default("LC_COLLATE", inputs["lcCollate"])] if inputs.get("lcCollate") else []),
            *([_text_or_default("LC_CTYPE", inputs["lcCtype"])] if inputs.get("lcCtype") else []),
            *([_name_or_default("TABLESPACE", inputs["tablespaceName"])] if inputs.get("tablespaceName") else []),
            sql.SQL("ALLOW_CONNECTIONS {}").format(sql.Literal(inputs["allowConnections"])),
            sql.SQL("CONNECTION LIMIT {}").format(sql.Literal(inputs["connectionLimit"])),
            sql.SQL("IS_TEMPLATE {}").format(sql.Literal(bool(inputs.get("isTemplate")))),
        ]
        with self._server.outside_transaction() as session, acting_for(session, [owner]):
            session.run(
                sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), sql.SQL(" ").join(words)),
                name=f"creating the database {name}",
            )
        return name

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the database's row of the catalog."""
        with self._server.session() as session:
            row = session.row(_READ, known.get("name") or key)
        if row is None:
            return None
        found = dict(zip(_COLUMNS, row, strict=True))
        for option in ("encoding", "lcCollate", "lcCtype", "tablespaceName"):
            if str(known.get(option, "")).upper() == _DEFAULT:
                found[option] = known[option]
        # The server does not remember the template; what was asked for stands.
        found["template"] = known.get("template") or "template0"
        found["alterObjectOwnership"] = bool(known.get("alterObjectOwnership", False))
        return found

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Alter what differs."""
        before, name = old.get("name") or key, inputs["name"]
        database = sql.Identifier(name)
        with self._server.outside_transaction() as session:
            if before != name:
                words = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(before), database)
                session.run(words, name=f"renaming the database {before} to {name}")
            words = sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {} CONNECTION LIMIT {} IS_TEMPLATE {}").format(
                database,
                sql.Literal(inputs["allowConnections"]),
                sql.Literal(inputs["connectionLimit"]),
                sql.Literal(bool(inputs.get("isTemplate", old.get("isTemplate", False)))),
            )
            session.run(words, name=f"changing the database {name}")
            space = inputs.get("tablespaceName")
            if space and space != old.get("tablespaceName"):
                words = sql.SQL("ALTER DATABASE {} SET TABLESPACE {}").format(database, sql.Identifier(space))
                session.run(words, name=f"moving the database {name} to the tablespace {space}")
        owner = inputs.get("owner")
        if owner and owner != old.get("owner"):
            self._hand_over(name, old.get("owner"), owner, with_objects=bool(inputs["alterObjectOwnership"]))

    def _hand_over(self, name: str, before: str | None, owner: str, *, with_objects: bool) -> None:
        owners = [owner, *([before] if before else [])]
        with self._server.change(name if with_objects else None) as session, acting_for(session, owners):
            words = sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(owner))
            session.run(words, name=f"making {owner} the owner of the database {name}")
            if with_objects and before:
                words = sql.SQL("REASSIGN OWNED BY {} TO {}").format(sql.Identifier(before), sql.Identifier(owner))
                session.run(words, name=f"making {owner} the owner of what {before} owned in {name}")

    def remove(self, key: str, state: State) -> None:
        """Drop the database and end its connections."""
        name = state.get("name") or key
        database = sql.Identifier(name)
        with self._server.outside_transaction() as session:
            row = session.row(
                "SELECT datistemplate, pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = %s", name
            )
            if row is None:
                return
            with acting_for(session, [row[1]]):
                if row[0]:
                    words = sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(database)
                    session.run(words, name=f"preparing the database {name} for its end")
                session.run(
                    sql.SQL("DROP DATABASE {} WITH (FORCE)").format(database), name=f"dropping the database {name}"
                )


def _name_or_default(word: str, value: str) -> sql.Composable:
    end = sql.SQL(_DEFAULT) if value.upper() == _DEFAULT else sql.Identifier(value)
    return sql.SQL("{} {}").format(sql.SQL(word), end)


def _text_or_default(word: str, value: str) -> sql.Composable:
    end = sql.SQL(_DEFAULT) if value.upper() == _DEFAULT else sql.Literal(value)
    return sql.SQL("{} {}").format(sql.SQL(word), end)
