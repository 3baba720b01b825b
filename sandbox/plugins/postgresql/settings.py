"""Which server the provider speaks to, and as whom."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import UNKNOWN, Value

OPTIONS: Mapping[str, type] = {
    "connectTimeout": int,
    "database": str,
    "databaseUsername": str,
    "expectedVersion": str,
    "host": str,
    "maxConnections": int,
    "password": str,
    "port": int,
    "scheme": str,
    "sslmode": str,
    "sslrootcert": str,
    "superuser": bool,
    "username": str,
}
"""The options that the offline plugin serves, as the vendor names them; the cloud logins are not among them."""

SSL_MODES = ("disable", "require", "verify-ca", "verify-full")
VENDOR_TIMEOUT = 180
VENDOR_CONNECTIONS = 20


@dataclass(frozen=True)
class Settings:
    """The provider's options, complete.

    Attributes:
        host: the server's name or address.
        port: its TCP port.
        database: the database in which statements run that belong to none.
        username: who logs in.
        role: the database's role behind that login, where they differ.
        password: the password, or None for none.
        sslmode: how the connection is encrypted and the server verified.
        sslrootcert: the file with the authorities to trust, or None for the system's.
        superuser: whether that role may read other roles' verifiers.
        timeout: how long to try to connect, in seconds; 0 leaves it to the plugin.
        connections: how many connections may be open at once; 0 means no limit.
    """

    host: str
    port: int
    database: str
    username: str
    role: str
    password: str | None = field(repr=False)
    sslmode: str
    sslrootcert: str | None
    superuser: bool
    timeout: int
    connections: int


def mistakes(config: Mapping[str, Value]) -> list[Failure]:
    """Return what is wrong with the options."""
    found: list[Failure] = []
    if config.get("scheme", "postgres") not in ("postgres", UNKNOWN):
        found.append(Failure("scheme", "the offline plugin speaks to plain PostgreSQL alone: `postgres`"))
    mode = config.get("sslmode")
    if mode is not None and mode is not UNKNOWN and mode not in SSL_MODES:
        found.append(Failure("sslmode", f"cannot be `{mode}`; expected one of {', '.join(SSL_MODES)}"))
    authority = config.get("sslrootcert")
    if isinstance(authority, str) and authority and not Path(authority).is_file():
        found.append(Failure("sslrootcert", f"there is no file {authority}; it must hold the authority's certificate"))
    found.extend(
        Failure(name, "must be at least -1")
        for name in ("connectTimeout", "maxConnections")
        if isinstance(config.get(name), int) and config[name] < -1
    )
    return found


def settings_of(config: Mapping[str, Value]) -> Settings:
    """Return the settings of the provider's options; the environment fills in for them, as it does for libpq."""

    def option(name: str, variable: str, default: str) -> str:
        return str(config[name]) if config.get(name) is not None else os.environ.get(variable) or default

    username = option("username", "PGUSER", "postgres")
    return Settings(
        host=option("host", "PGHOST", "localhost"),
        port=int(option("port", "PGPORT", "5432")),
        database=option("database", "PGDATABASE", "postgres"),
        username=username,
        role=config.get("databaseUsername") or username,
        password=option("password", "PGPASSWORD", "") or None,
        sslmode=option("sslmode", "PGSSLMODE", "require"),
        sslrootcert=option("sslrootcert", "PGSSLROOTCERT", "") or None,
        superuser=option("superuser", "PGSUPERUSER", "true").lower() == "true",
        timeout=max(0, int(option("connectTimeout", "PGCONNECT_TIMEOUT", str(VENDOR_TIMEOUT)))),
        connections=max(0, int(config.get("maxConnections", VENDOR_CONNECTIONS))),
    )
