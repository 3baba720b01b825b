"""The server of the tests, by hand and from a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.sandbox.servers import Throwaway

PREAMBLE = """
import os
import pulumi
import pulumi_postgresql as postgresql

provider = postgresql.Provider(
    "server",
    host=os.environ["TEST_HOST"],
    port=int(os.environ["TEST_PORT"]),
    username=os.environ["TEST_USER"],
    password=pulumi.Output.secret(os.environ["TEST_PASSWORD"]),
    sslmode="verify-full",
    sslrootcert=os.environ["TEST_AUTHORITY"],
    superuser=True,
)
opts = pulumi.ResourceOptions(provider=provider)
"""


@dataclass(frozen=True)
class Databases:
    """The server; `authority` is the file with its authority's certificate."""

    server: Throwaway
    authority: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program finds the server by."""
        return {
            "TEST_HOST": self.server.host,
            "TEST_PORT": str(self.server.port),
            "TEST_USER": self.server.username,
            "TEST_PASSWORD": self.server.password,
            "TEST_AUTHORITY": str(self.authority),
        }

    def connect(
        self, database: str = "postgres", user: str | None = None, password: str | None = None, **options: Any
    ) -> psycopg.Connection[Any]:
        """A connection that commits each statement, the administrator's unless told otherwise."""
        return psycopg.connect(
            **{
                "host": self.server.host,
                "port": self.server.port,
                "dbname": database,
                "user": user or self.server.username,
                "password": password or self.server.password,
                "sslmode": "verify-full",
                "sslrootcert": str(self.authority),
                "autocommit": True,
                **options,
            }
        )

    def run(self, *statements: str, database: str = "postgres", **login: Any) -> list[tuple[Any, ...]]:
        """Run statements; the rows of the last one, if it has any."""
        with self.connect(database, **login) as connection:
            rows: list[tuple[Any, ...]] = []
            for statement in statements:
                cursor = connection.execute(statement.encode())
                rows = cursor.fetchall() if cursor.description else []
            return rows

    def clean(self) -> None:
        """Remove all databases and roles of the tests."""
        for (name,) in self.run("SELECT datname FROM pg_database WHERE datname LIKE 'tests_%'"):
            self.run(f'DROP DATABASE "{name}" WITH (FORCE)')
        for (name,) in self.run("SELECT rolname FROM pg_roles WHERE rolname LIKE 'tests_%'"):
            self.run(f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"')
