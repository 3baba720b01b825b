"""The tables in which runs stage what another table shall hold: what they are called, and which of them were left."""

from __future__ import annotations

import hashlib

from transforms.runtime.connections import Database

LONGEST_NAME = 63
"""Bytes of a PostgreSQL identifier."""

RUN = 12
"""Hexadecimal digits of a run's id."""

_MARK = "__staging_"
_DIGEST = 8
"""Hexadecimal digits that tell apart two tables whose long names begin alike."""


def staging_of(table: str, run: str) -> str:
    """The name of the table in which a run stages for `table`, in the same schema."""
    return _beginning(table) + run


def left(database: Database, schema: str, table: str) -> list[str]:
    """The stagings of `table` that are there, which only runs have left that were killed: a job runs once at a time."""
    beginning = _beginning(table)
    found = database.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = ? AND starts_with(tablename, ?)"
        f" AND substr(tablename, length(?) + 1) ~ '^[0-9a-f]{{{RUN}}}$' ORDER BY tablename",
        (schema, beginning, beginning),
    )
    return [str(row[0]) for row in found]


def _beginning(table: str) -> str:
    room = LONGEST_NAME - len(_MARK) - RUN
    if len(table.encode()) <= room:
        return table + _MARK
    digest = hashlib.sha256(table.encode()).hexdigest()[:_DIGEST]
    # Cut by bytes, as PostgreSQL counts, and never inside a character.
    short = table.encode()[: room - 1 - _DIGEST].decode(errors="ignore")
    return f"{short}_{digest}{_MARK}"
