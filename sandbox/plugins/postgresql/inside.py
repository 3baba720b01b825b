"""What lives inside one database: schemas and extensions."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, string
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.postgresql.connection import Server
from sandbox.plugins.postgresql.library import sql
from sandbox.plugins.postgresql.membership import acting_for


class Inside(Declared):
    """A named thing in a database, whose id is `database.name`."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def _place(self, key: str, known: State) -> tuple[str, str]:
        """Return the database and the name."""
        if known.get("name"):
            return known.get("database") or self._server.settings.database, known["name"]
        database, point, name = key.partition(".")
        if not point:
            raise PluginError(f"{type(self).__name__}: expected the import id `database.name`, not `{key}`")
        return database, name

    def _exists(self, database: str) -> bool:
        with self._server.session() as session:
            return session.row("SELECT 1 FROM pg_database WHERE datname = %s", database) is not None


class Schema(Inside):
    """A schema."""

    table: ClassVar[Table] = {
        "database": string(computed=True, replaces=True),
        "dropCascade": boolean(default=False),
        "ifNotExists": boolean(default=True),
        "name": string(autonamed=True),
        "owner": string(computed=True),
    }

    def make(self, inputs: Inputs) -> str:
        """Create the schema, or take the one that is there where `ifNotExists` allows it."""
        database, name = self._place("", inputs)
        schema, owner = sql.Identifier(name), inputs.get("owner")
        with self._server.change(database) as session, acting_for(session, [owner] if owner else []):
            there = session.row("SELECT 1 FROM pg_namespace WHERE nspname = %s", name) is not None
            if not there or not inputs["ifNotExists"]:
                session.run(
                    sql.SQL("CREATE SCHEMA {}").format(schema), name=f"creating the schema {name} in {database}"
                )
            if owner:
                words = sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(schema, sql.Identifier(owner))
                session.run(words, name=f"making {owner} the owner of the schema {name}")
        return f"{database}.{name}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the schema's owner."""
        database, name = self._place(key, known)
        if not self._exists(database):
            return None
        with self._server.session(database) as session:
            row = session.row("SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = %s", name)
        if row is None:
            return None
        options = {"dropCascade": known.get("dropCascade", False), "ifNotExists": known.get("ifNotExists", True)}
        return {"database": database, "name": name, "owner": row[0], **options}

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Rename the schema or hand it over."""
        database, before = self._place(key, old)
        name, owner = inputs["name"], inputs.get("owner")
        with self._server.change(database) as session, acting_for(session, [owner] if owner else []):
            if name != before:
                words = sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(before), sql.Identifier(name))
                session.run(words, name=f"renaming the schema {before} to {name}")
            if owner and owner != old.get("owner"):
                words = sql.SQL("ALTER SCHEMA {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(owner))
                session.run(words, name=f"making {owner} the owner of the schema {name}")

    def remove(self, key: str, state: State) -> None:
        """Drop the schema; one that is not empty only where `dropCascade` says so."""
        database, name = self._place(key, state)
        if not self._exists(database):
            return
        words = sql.SQL("DROP SCHEMA IF EXISTS {}").format(sql.Identifier(name))
        if state.get("dropCascade"):
            words += sql.SQL(" CASCADE")
        with self._server.change(database) as session:
            session.run(words, name=f"dropping the schema {name} of {database}")


class Extension(Inside):
    """An extension of a database."""

    table: ClassVar[Table] = {
        "createCascade": boolean(default=False),
        "database": string(computed=True, replaces=True),
        "dropCascade": boolean(default=False),
        "name": string(autonamed=True, replaces=True),
        "schema": string(computed=True),
        "version": string(computed=True),
    }

    def make(self, inputs: Inputs) -> str:
        """Install the extension."""
        database, name = self._place("", inputs)
        words = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name))
        with self._server.change(database) as session:
            fixed = session.row(
                "SELECT schema::text FROM pg_available_extension_versions WHERE name = %s AND schema IS NOT NULL", name
            )
            # Without a word of it the extension would go where the pinned search path points: into the catalog.
            schema = inputs.get("schema") or (None if fixed else "public")
            if schema:
                words += sql.SQL(" SCHEMA {}").format(sql.Identifier(schema))
            if inputs.get("version"):
                words += sql.SQL(" VERSION {}").format(sql.Identifier(inputs["version"]))
            if inputs["createCascade"]:
                words += sql.SQL(" CASCADE")
            session.run(words, name=f"installing the extension {name} in {database}")
        return f"{database}.{name}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the extension's version and schema."""
        database, name = self._place(key, known)
        if not self._exists(database):
            return None
        with self._server.session(database) as session:
            row = session.row(
                "SELECT e.extversion, n.nspname::text FROM pg_extension e"
                " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = %s",
                name,
            )
        if row is None:
            return None
        options = {option: bool(known.get(option, False)) for option in ("createCascade", "dropCascade")}
        return {"database": database, "name": name, "version": row[0], "schema": row[1], **options}

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Move the extension to another schema or version."""
        database, name = self._place(key, old)
        extension = sql.Identifier(name)
        with self._server.change(database) as session:
            schema, version = inputs.get("schema"), inputs.get("version")
            if schema and schema != old.get("schema"):
                words = sql.SQL("ALTER EXTENSION {} SET SCHEMA {}").format(extension, sql.Identifier(schema))
                session.run(words, name=f"moving the extension {name} to the schema {schema}")
            if version and version != old.get("version"):
                words = sql.SQL("ALTER EXTENSION {} UPDATE TO {}").format(extension, sql.Identifier(version))
                session.run(words, name=f"bringing the extension {name} to version {version}")

    def remove(self, key: str, state: State) -> None:
        """Remove the extension; one that others need only where `dropCascade` says so."""
        database, name = self._place(key, state)
        if not self._exists(database):
            return
        words = sql.SQL("DROP EXTENSION IF EXISTS {}").format(sql.Identifier(name))
        if state.get("dropCascade"):
            words += sql.SQL(" CASCADE")
        with self._server.change(database) as session:
            session.run(words, name=f"removing the extension {name} from {database}")
