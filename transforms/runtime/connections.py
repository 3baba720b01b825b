"""Databases by name: what is needed to reach one lies in a folder of files, as a Kubernetes Secret is mounted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from transforms.runtime.errors import RunError
from transforms.runtime.files import reason
from transforms.runtime.session import jvm

VARIABLE = "TRANSFORMS_CONNECTIONS"
DEFAULT = "/etc/transforms/connections"
FILES = ("host", "port", "database", "username", "password")
DRIVER = "org.postgresql.Driver"


@dataclass(frozen=True)
class Connection:
    """How a database is reached. Neither its text nor an error shows the password."""

    name: str
    host: str
    port: str
    database: str
    username: str
    password: str = field(repr=False)
    authority: Path | None = None

    @property
    def url(self) -> str:
        """The JDBC address; TLS is verified wherever an authority's certificate is beside the other files."""
        return f"jdbc:postgresql://{self.host}:{self.port}/{self.database}"

    @property
    def properties(self) -> dict[str, str]:
        """What stands beside the address, for Spark and for the driver."""
        secure = {"sslmode": "verify-full", "sslrootcert": str(self.authority)} if self.authority else {}
        return {
            "user": self.username,
            "password": self.password,
            "driver": DRIVER,
            "ApplicationName": "transforms",
            # Without it, rows that are inserted one by one take a round trip each.
            "reWriteBatchedInserts": "true",
            "connectTimeout": "20",
            **secure,
        }


def connection(name: str) -> Connection:
    """The connection of that name.

    Raises:
        RunError: its folder or one of its files is not there.
    """
    root = Path(os.environ.get(VARIABLE, DEFAULT))
    folder = root / name
    if "/" in name or name.startswith(".") or not folder.is_dir():
        there = ", ".join(sorted(each.name for each in root.iterdir() if each.is_dir())) if root.is_dir() else ""
        raise RunError(
            f"the connection {name!r} is not there: expected the folder {folder} with the files {', '.join(FILES)} and "
            f"perhaps ca.crt; {f'there are {there}' if there else f'{root} has none'}. {VARIABLE} names another folder."
        )
    if missing := [file for file in FILES if not (folder / file).is_file()]:
        raise RunError(f"the connection {name!r} lacks the file {folder / missing[0]}")
    values = {file: (folder / file).read_text().strip() for file in FILES}
    authority = folder / "ca.crt"
    return Connection(name, **values, authority=authority if authority.is_file() else None)


def table_name(text: str) -> str:
    """A table as the database is asked for it: each part quoted, whatever characters it holds."""
    return ".".join(map(quoted, text.split(".")))


def quoted(name: str) -> str:
    """A name as the database takes it, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


class Database:
    """A connection that is open, for what Spark's writer cannot do: several statements as one transaction."""

    def __init__(self, session: SparkSession, of: Connection) -> None:
        self._jvm = jvm(session)
        self.of = of
        self._open = self._try("it cannot be reached", self._connect)

    def _connect(self) -> Any:
        properties = self._jvm.java.util.Properties()
        for key, value in self.of.properties.items():
            if key != "driver":
                properties.setProperty(key, value)
        try:
            driver = getattr(self._jvm, DRIVER)()
        except TypeError:
            raise RunError(
                "PostgreSQL's JDBC driver is not on Spark's class path; name its jar in spark.jars"
            ) from None
        return driver.connect(self.of.url, properties)

    def _try(self, what: str, do: Callable[[], Any]) -> Any:
        try:
            return do()
        except Py4JJavaError as error:
            raise RunError(f"database {self.of.name}: {what}: {reason(error)}") from None

    def rows(self, sql: str, values: Sequence[str] = ()) -> list[list[Any]]:
        """The rows of a query, whose `?` are texts."""

        def ask() -> list[list[Any]]:
            statement = self._prepared(sql, values)
            try:
                found = statement.executeQuery()
                width = found.getMetaData().getColumnCount()
                rows = []
                while found.next():
                    rows.append([found.getObject(index + 1) for index in range(width)])
                return rows
            finally:
                statement.close()

        result: list[list[Any]] = self._try("it refuses a query", ask)
        return result

    def run(self, sql: str, values: Sequence[str] = ()) -> int:
        """Run one statement; returns how many rows it changed."""

        def execute() -> int:
            statement = self._prepared(sql, values)
            try:
                return int(statement.executeUpdate())
            finally:
                statement.close()

        return int(self._try("it refuses a change", execute))

    def _prepared(self, sql: str, values: Sequence[str]) -> Any:
        statement = self._open.prepareStatement(sql)
        for index, value in enumerate(values):
            statement.setString(index + 1, value)
        return statement

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements of the block, or none."""
        self._open.setAutoCommit(False)
        try:
            yield
            self._try("it refuses to commit", self._open.commit)
        except BaseException:
            self._open.rollback()
            raise
        finally:
            self._open.setAutoCommit(True)

    def close(self) -> None:
        """Close it."""
        self._open.close()


@contextmanager
def database(session: SparkSession, name: str) -> Iterator[Database]:
    """The database of that name, open for the block."""
    opened = Database(session, connection(name))
    try:
        yield opened
    finally:
        opened.close()


def options(of: Connection, table: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What Spark's JDBC reader and writer are told."""
    return {"url": of.url, "dbtable": table_name(table), **of.properties, **(more or {})}


__all__ = ["Connection", "Database", "connection", "database", "options", "quoted", "table_name"]
