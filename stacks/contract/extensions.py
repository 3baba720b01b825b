"""The PostgreSQL extensions that a database may ask for.

Allowed are those that PostgreSQL itself marks as trusted, and two that only add an index method and functions over
numbers. All are in the contrib packages of PostgreSQL 15 to 18. What can reach files, other servers or the server's
memory stays out: it would lead around the network policies and the roles.
"""

from __future__ import annotations

from transforms.documents.problems import Refused, nearest

EXTENSIONS = (
    "bloom", "btree_gin", "btree_gist", "citext", "cube", "dict_int", "earthdistance", "fuzzystrmatch", "hstore",
    "intarray", "isn", "lo", "ltree", "pg_trgm", "pgcrypto", "seg", "tablefunc", "tcn", "tsm_system_rows",
    "tsm_system_time", "unaccent", "uuid-ossp",
)  # fmt: skip

_REACHES_SERVERS = "it reaches other servers, around the network policies"
_READS_FILES = "it reaches files of the server"
_RUNS_CODE = "it runs code as the server's own user"
_SEES_ALL = "it shows or changes what other roles stored"
_NOT_IN_IMAGE = "it is not in the platform's PostgreSQL image"

REFUSED = {
    "adminpack": _READS_FILES,
    "dblink": _REACHES_SERVERS,
    "file_fdw": _READS_FILES,
    "pageinspect": _SEES_ALL,
    "pg_cron": _NOT_IN_IMAGE,
    "pg_surgery": _SEES_ALL,
    "pg_walinspect": _SEES_ALL,
    "pgvector": _NOT_IN_IMAGE,
    "plperlu": _RUNS_CODE,
    "plpgsql": "every database has it already",
    "plpython3u": _RUNS_CODE,
    "postgis": _NOT_IN_IMAGE,
    "postgres_fdw": _REACHES_SERVERS,
    "timescaledb": _NOT_IN_IMAGE,
    "vector": _NOT_IN_IMAGE,
}


def check_extension(name: str) -> str:
    """An extension's name as it was given. Raises Refused, with the reason or the nearest allowed one."""
    if name in EXTENSIONS:
        return name
    if name in REFUSED:
        raise Refused(REFUSED[name])
    near = nearest(name, EXTENSIONS)
    raise Refused("" if near else "docs/stack-config.md lists them", suggestion=near)
