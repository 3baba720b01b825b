"""Sinks that are tables: written into a table of their own, and taken over in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from transforms.runtime import connections, stagings
from transforms.runtime.connections import Database, quoted, table_name
from transforms.runtime.errors import DataError, RunError
from transforms.spec.places import JdbcTable, Mode

BATCH = "_batch"
"""The column that append adds: which run a row came with, so that running it again replaces its rows."""


@dataclass
class TableSink:
    """A table that a run writes."""

    session: SparkSession
    target: JdbcTable
    mode: Mode
    run: str
    columns: tuple[str, ...]
    key: tuple[str, ...] = ()
    batch: str = ""

    @property
    def place(self) -> str:
        """Where it is, for reports."""
        return f"{self.target.connection}: {self.target.table}"

    @property
    def _schema_and_name(self) -> tuple[str, str]:
        schema, _, name = self.target.table.rpartition(".")
        return schema or "public", name

    @property
    def _table(self) -> str:
        return table_name(".".join(self._schema_and_name))

    @property
    def _staging(self) -> str:
        schema, name = self._schema_and_name
        return f"{schema}.{stagings.staging_of(name, self.run)}"

    def _open(self) -> AbstractContextManager[Database]:
        return connections.database(self.session, self.target.connection)

    def recover(self) -> list[str]:
        """Remove the tables in which killed runs had staged; the target itself is never half-written."""
        schema, name = self._schema_and_name
        with self._open() as database:
            for table in stagings.left(database, schema, name):
                database.run(f"DROP TABLE {table_name(f'{schema}.{table}')}")
        return []

    def check(self) -> None:
        """Whether one could write there, into a table with these columns.

        Raises:
            RunError: one could not.
        """
        with self._open() as database:
            schema, _ = self._schema_and_name
            ((may, there),) = database.rows(
                "SELECT coalesce(has_schema_privilege(to_regnamespace(?), 'CREATE'), false),"
                " to_regclass(?) IS NOT NULL",
                (schema, self._table),
            )
            if not may:
                raise RunError(
                    f"{self.place}: {connections.connection(self.target.connection).username} may not create tables in "
                    f"the schema {schema}, where rows are staged"
                )
            if there:
                self._check_columns(database)

    def _check_columns(self, database: Database) -> None:
        schema, name = self._schema_and_name
        actual = [
            row[0]
            for row in database.rows(
                "SELECT column_name::text FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
                (schema, name),
            )
        ]
        wanted = [*self.columns, BATCH] if self.mode == "append" else [*self.columns]
        lacking = [each for each in wanted if each not in actual]
        if lacking:
            raise RunError(f"{self.place}: the table has no column {lacking[0]}; it has {', '.join(actual)}")
        if self.key and not self._is_unique(database):
            raise RunError(
                f"{self.place}: upsert needs a unique index or primary key on ({', '.join(self.key)}), and has none"
            )

    def _is_unique(self, database: Database) -> bool:
        found = database.rows(
            "SELECT array_agg(a.attname::text ORDER BY a.attname)::text FROM pg_index i "
            "JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) "
            "WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indpred IS NULL GROUP BY i.indexrelid",
            (self._table,),
        )
        ((wanted,),) = database.rows(
            f"SELECT array_agg(x ORDER BY x)::text FROM (VALUES {', '.join('(?)' for _ in self.key)}) AS k(x)", self.key
        )
        return any(row[0] == wanted for row in found)

    def stage(self, frame: DataFrame, *, empty: bool = False) -> None:  # noqa: ARG002 - a table has columns without rows
        """Write all rows into a table beside the target."""
        of = connections.connection(self.target.connection)
        more = {"batchsize": "5000", "isolationLevel": "READ_COMMITTED"}
        frame.write.format("jdbc").mode("error").options(**connections.options(of, self._staging, more)).save()

    def discard(self) -> None:
        """Remove what was staged."""
        with self._open() as database:
            database.run(f"DROP TABLE IF EXISTS {table_name(self._staging)}")

    def publish(self) -> None:
        """Take what was staged over, in one transaction.

        Raises:
            DataError: an upsert has NULL in its key, or two rows of one key.
        """
        with self._open() as database, database.transaction():
            self._create(database)
            self._take_over(database)
            database.run(f"DROP TABLE {table_name(self._staging)}")

    def _create(self, database: Database) -> None:
        ((there,),) = database.rows("SELECT to_regclass(?) IS NOT NULL", (self._table,))
        if there:
            return
        database.run(f"CREATE TABLE {self._table} (LIKE {table_name(self._staging)})")
        if self.mode == "append":
            database.run(f"ALTER TABLE {self._table} ADD COLUMN {quoted(BATCH)} text NOT NULL")
        if self.key:
            database.run(f"ALTER TABLE {self._table} ADD PRIMARY KEY ({_listed(self.key)})")

    def _take_over(self, database: Database) -> None:
        columns, staging = _listed(self.columns), table_name(self._staging)
        if self.mode == "overwrite":
            # TRUNCATE would lock out readers until the commit; they go on seeing the old rows.
            database.run(f"DELETE FROM {self._table}")
            database.run(f"INSERT INTO {self._table} ({columns}) SELECT {columns} FROM {staging}")
        elif self.mode == "append":
            database.run(f"DELETE FROM {self._table} WHERE {quoted(BATCH)} = ?", (self.batch,))
            database.run(
                f"INSERT INTO {self._table} ({columns}, {quoted(BATCH)}) SELECT {columns}, ? FROM {staging}",
                (self.batch,),
            )
        else:
            self._upsert(database, columns, staging)

    def _upsert(self, database: Database, columns: str, staging: str) -> None:
        key = _listed(self.key)
        null = " OR ".join(f"{quoted(each)} IS NULL" for each in self.key)
        if database.rows(f"SELECT 1 FROM {staging} WHERE {null} LIMIT 1"):
            raise DataError(f"{self.place}: a row has NULL in its key ({', '.join(self.key)})")
        if twice := database.rows(f"SELECT count(*) FROM {staging} GROUP BY {key} HAVING count(*) > 1 LIMIT 1"):
            raise DataError(
                f"{self.place}: {twice[0][0]} rows have one key ({', '.join(self.key)}); deduplicate them first"
            )
        others = [each for each in self.columns if each not in self.key]
        update = ", ".join(f"{quoted(each)} = EXCLUDED.{quoted(each)}" for each in others)
        then = f"DO UPDATE SET {update}" if others else "DO NOTHING"
        database.run(
            f"INSERT INTO {self._table} ({columns}) SELECT {columns} FROM {staging} ON CONFLICT ({key}) {then}"
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names))
