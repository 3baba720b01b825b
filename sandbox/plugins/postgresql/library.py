"""psycopg, imported at its first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.plugins.host.deferred import deferred

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql
else:
    psycopg, sql = deferred("psycopg"), deferred("psycopg.sql")

__all__ = ["psycopg", "sql"]
