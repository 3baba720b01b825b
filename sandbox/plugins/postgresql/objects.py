"""The objects that a grant is on: how a GRANT names them and where the catalog keeps their access lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.plugins.host.values import Value
from sandbox.plugins.postgresql.connection import Session
from sandbox.plugins.postgresql.library import sql
from sandbox.plugins.postgresql.privileges import Granted, collected

WITHOUT_SCHEMA = frozenset({"database", "foreign_data_wrapper", "foreign_server"})

_ONE = {
    "database": ("pg_database", "datname", "datacl", "d", "datdba", "database"),
    "schema": ("pg_namespace", "nspname", "nspacl", "n", "nspowner", "schema"),
    "foreign_data_wrapper": ("pg_foreign_data_wrapper", "fdwname", "fdwacl", "F", "fdwowner", "objects"),
    "foreign_server": ("pg_foreign_server", "srvname", "srvacl", "S", "srvowner", "objects"),
}
"""Types with one object: catalog, column of the name, of the access list, its kind, of the owner, and the property."""

# What was never granted or revoked has no access list; the server's own defaults then hold.
_READ_ONE = """
SELECT o.{name}::text, a.privilege_type, a.is_grantable
FROM {catalog} o LEFT JOIN LATERAL aclexplode(coalesce(o.{acl}, acldefault('{kind}', o.{owner}))) a
     ON a.grantee = %s::oid
WHERE o.{name} = %s
"""
_READ_RELATIONS = """
SELECT o.relname::text, a.privilege_type, a.is_grantable
FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace
     LEFT JOIN LATERAL aclexplode(coalesce(o.relacl, acldefault({kind}, o.relowner))) a ON a.grantee = %s::oid
WHERE n.nspname = %s AND o.relkind = ANY(%s)
"""
_READ_ROUTINES = """
SELECT o.proname::text, a.privilege_type, a.is_grantable
FROM pg_proc o JOIN pg_namespace n ON n.oid = o.pronamespace
     LEFT JOIN LATERAL aclexplode(coalesce(o.proacl, acldefault('f', o.proowner))) a ON a.grantee = %s::oid
WHERE n.nspname = %s AND o.prokind = ANY(%s)
"""
_READ_COLUMNS = """
SELECT c.attname::text, a.privilege_type, a.is_grantable
FROM pg_attribute c JOIN pg_class o ON o.oid = c.attrelid JOIN pg_namespace n ON n.oid = o.relnamespace
     LEFT JOIN LATERAL aclexplode(c.attacl) a ON a.grantee = %s::oid
WHERE n.nspname = %s AND o.relname = %s AND c.attnum > 0 AND NOT c.attisdropped
"""
_RELATIONS = {"table": ("'r'", ["r", "p", "v", "m", "f"]), "sequence": ("'s'", ["S"])}
_ROUTINES = {"function": ["f", "a", "w"], "procedure": ["p"], "routine": ["f", "a", "w", "p"]}


def granted_on(session: Session, grant: Mapping[str, Value], number: int) -> list[Granted]:
    """Return what a grantee holds on each object of a grant.

    Args:
        session: a session in the grant's database.
        grant: the properties of the grant.
        number: the grantee's number in the catalog.
    """
    kind: str = grant["objectType"]
    objects: Sequence[str] = grant.get("objects") or []
    if kind in _ONE:
        catalog, name, acl, letter, owner, source = _ONE[kind]
        query = _READ_ONE.format(catalog=catalog, name=name, acl=acl, kind=letter, owner=owner)
        return collected(session.rows(query, number, objects[0] if source == "objects" else grant[source]))
    if kind == "column":
        rows = session.rows(_READ_COLUMNS, number, grant["schema"], objects[0])
        return [each for each in collected(rows) if each.object in (grant.get("columns") or [])]
    if kind in _RELATIONS:
        letter, kinds = _RELATIONS[kind]
        found = collected(session.rows(_READ_RELATIONS.format(kind=letter), number, grant["schema"], kinds))
    else:
        found = collected(session.rows(_READ_ROUTINES, number, grant["schema"], _ROUTINES[kind]))
    names = {_bare(each) for each in objects}
    return [each for each in found if not names or each.object in names]


def target(grant: Mapping[str, Value]) -> sql.Composable:
    """Return the objects of a grant as a GRANT or REVOKE names them, after its ON."""
    kind: str = grant["objectType"]
    objects: Sequence[str] = sorted(grant.get("objects") or [])
    word = sql.SQL({"column": "TABLE"}.get(kind, kind.upper().replace("_", " ")))
    if kind in ("database", "schema"):
        return sql.SQL("{} {}").format(word, sql.Identifier(grant[kind]))
    if kind in WITHOUT_SCHEMA:
        return sql.SQL("{} {}").format(word, sql.Identifier(objects[0]))
    schema = sql.Identifier(grant["schema"])
    if not objects:
        return sql.SQL("ALL {}S IN SCHEMA {}").format(word, schema)
    names = [sql.SQL("{}.{}").format(schema, _quoted(name)) for name in objects]
    return sql.SQL("{} {}").format(word, sql.SQL(", ").join(names))


def columns_of(grant: Mapping[str, Value]) -> sql.Composable:
    """Return the columns in parentheses, or nothing for a grant that is on none."""
    columns = sorted(grant.get("columns") or [])
    if not columns:
        return sql.SQL("")
    return sql.SQL(" ({})").format(sql.SQL(", ").join(sql.Identifier(column) for column in columns))


def _bare(name: str) -> str:
    return name.split("(", 1)[0]


def _quoted(name: str) -> sql.Composable:
    """Quote an object's name; a function's types, as in `f(text, integer)`, each are names of types."""
    bare, parenthesis, types = name.partition("(")
    if not parenthesis:
        return sql.Identifier(bare)
    words = [_type_name(each) for each in types.rstrip(")").split(",") if each.strip()]
    return sql.SQL("{}({})").format(sql.Identifier(bare), sql.SQL(", ").join(words))


def _type_name(name: str) -> sql.Composable:
    """Return a type's name as the server parses it, which forbids quotes around `double precision` and its like."""
    plain = name.strip()
    if all(letter.isalnum() or letter in "_ []." for letter in plain):
        return sql.SQL(plain)
    return sql.Identifier(plain)
