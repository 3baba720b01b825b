"""Short connections to the server: one transaction each, tried again while the server starts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final, TypeAlias

from sandbox.plugins.host import context
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.postgresql.library import psycopg, sql
from sandbox.plugins.postgresql.settings import Settings

Row: TypeAlias = tuple[Any, ...]

ATTEMPT_SECONDS: Final = 10
"""How long one attempt to connect may take."""

PATIENCE_SECONDS: Final = 60
"""How long a server that starts up is waited for; a shorter connectTimeout shortens it."""

PAUSE_SECONDS: Final = 1.0
_STARTING: Final = frozenset({"57P03", "53300"})
"""The states of a server that will soon be ready: it starts up or stops, or has too many clients."""


class Session:
    """One transaction on one database."""

    def __init__(self, connection: psycopg.Connection[Row], settings: Settings) -> None:
        self._connection = connection
        self.settings = settings

    def run(self, statement: sql.Composable, *, name: str | None = None) -> None:
        """Run a statement.

        Args:
            statement: what to run, composed of quoted identifiers and literals.
            name: what it does, for the error; the statement itself is never shown, for it may hold a verifier.
        """
        try:
            self._connection.execute(sql.Composed([statement]))
        except psycopg.Error as error:
            raise PluginError(f"{name or 'the statement'} was refused by PostgreSQL: {reason(error)}") from None

    def rows(self, query: str, *parameters: Any, **named: Any) -> list[Row]:
        """Return the rows of a query on the catalog, with parameters by position or by name."""
        try:
            return self._connection.execute(query.encode(), named or parameters).fetchall()
        except psycopg.Error as error:
            raise PluginError(f"PostgreSQL's catalog could not be read: {reason(error)}") from None

    def row(self, query: str, *parameters: Any) -> Row | None:
        """Return the only row of a query on the catalog, or None when there is none."""
        found = self.rows(query, *parameters)
        return found[0] if found else None

    def verifier(self, password: str, role: str) -> str:
        """Return the SCRAM verifier that the client library makes of a password, so that the server sees no other."""
        return self._connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()

    @property
    def major(self) -> int:
        """The server's major version."""
        return self._connection.info.server_version // 10000


class Server:
    """The server of one provider, which is known once the provider's options are."""

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._slots: threading.BoundedSemaphore | None = None
        # Roles and grants live in rows of catalogs that all databases share: two statements at once on one row
        # end in "tuple concurrently updated". Changes therefore go one after the other.
        self._writing = threading.Lock()

    def use(self, settings: Settings) -> None:
        """Take the server's place and login; nothing is connected before a resource needs it."""
        self._settings = settings
        self._slots = threading.BoundedSemaphore(settings.connections) if settings.connections else None

    @property
    def settings(self) -> Settings:
        """The provider's options."""
        if self._settings is None:
            raise PluginError("the provider's options are not known yet, so no server can be asked")
        return self._settings

    @contextmanager
    def session(self, database: str | None = None) -> Iterator[Session]:
        """Open a transaction that only reads."""
        with self._connected(database) as connection, connection.transaction():
            yield Session(connection, self.settings)

    @contextmanager
    def change(self, database: str | None = None) -> Iterator[Session]:
        """Open a transaction that changes something; it is rolled back when an error leaves it."""
        with self._writing, self.session(database) as session:
            yield session

    @contextmanager
    def outside_transaction(self, database: str | None = None) -> Iterator[Session]:
        """Open a connection for the few statements that PostgreSQL runs outside a transaction only."""
        with self._writing, self._connected(database) as connection:
            yield Session(connection, self.settings)

    @contextmanager
    def _connected(self, database: str | None) -> Iterator[psycopg.Connection[Row]]:
        with self._slots or nullcontext():
            connection = self._connect(database or self.settings.database)
            try:
                yield connection
            except psycopg.Error as error:
                raise PluginError(f"{self._place}: {reason(error)}") from None
            finally:
                connection.close()

    @property
    def _place(self) -> str:
        return f"PostgreSQL at {self.settings.host}:{self.settings.port}"

    def _connect(self, database: str) -> psycopg.Connection[Row]:
        settings = self.settings
        end = time.monotonic() + min(settings.timeout or PATIENCE_SECONDS, PATIENCE_SECONDS)
        while True:
            try:
                return psycopg.connect(
                    host=settings.host,
                    port=settings.port,
                    dbname=database,
                    user=settings.username,
                    password=settings.password,
                    sslmode=settings.sslmode,
                    sslrootcert=settings.sslrootcert,
                    connect_timeout=ATTEMPT_SECONDS,
                    application_name="pulumi",
                    # An object of a user's in front of the catalog must not run with this login's rights.
                    options="-c search_path=pg_catalog",
                    autocommit=True,
                )
            except psycopg.OperationalError as error:
                if not _may_pass(error) or time.monotonic() >= end:
                    raise PluginError(f"{self._place}, database {database}: {_why(error)}") from None
                context.status(f"waiting for {self._place}")
                context.sleep(PAUSE_SECONDS)


def _may_pass(error: psycopg.OperationalError) -> bool:
    """Say whether trying again can help: the server is not there yet, and has not refused us for good."""
    if error.sqlstate is not None:
        return error.sqlstate in _STARTING
    text = str(error)
    if "starting up" in text or "shutting down" in text or "too many clients" in text:
        return True
    return "FATAL" not in text and "certificate" not in text and "SSL" not in text


def _why(error: psycopg.Error) -> str:
    """Return libpq's reason in one line."""
    return " ".join(str(error).split())


def reason(error: psycopg.Error) -> str:
    """Return the server's own words, without the statement, and with its detail and hint where there are any."""
    diagnostic = error.diag
    words = [diagnostic.message_primary, diagnostic.message_detail, diagnostic.message_hint]
    return "; ".join(word for word in words if word) or _why(error)
