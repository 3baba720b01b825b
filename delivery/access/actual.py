"""What a live server's catalog says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from components.databases.privileges import (
    PUBLIC,
    SERVER,
    Fact,
    Relation,
    database_target,
    future_target,
    relation_target,
    schema_target,
)

# 10 is the superuser that initdb made (BOOTSTRAP_SUPERUSERID), by whatever name; 0 is everybody. What an owner may do
# with its own is no grant, and neither is what an extension brought along.
ROLES: LiteralString = """
SELECT rolname, rolcanlogin AND coalesce(rolvaliduntil > now(), true) AS "LOGIN", rolsuper AS "SUPERUSER",
       rolcreaterole AS "CREATEROLE", rolcreatedb AS "CREATEDB", rolreplication AS "REPLICATION",
       rolbypassrls AS "BYPASSRLS"
FROM pg_roles WHERE oid <> 10 AND rolname !~ '^pg_'
"""
MEMBERS: LiteralString = """
SELECT DISTINCT member.rolname, role.rolname
FROM pg_auth_members m JOIN pg_roles member ON member.oid = m.member JOIN pg_roles role ON role.oid = m.roleid
WHERE m.member <> 10 AND member.rolname !~ '^pg_'
"""
DATABASES: LiteralString = """
SELECT datname, pg_get_userbyid(datdba) FROM pg_database
WHERE NOT datistemplate AND datname <> 'postgres' AND datdba <> 10
"""
DATABASE_GRANTS: LiteralString = """
SELECT datname, grantee::int8, pg_get_userbyid(grantee), privilege_type, is_grantable
FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
WHERE NOT datistemplate AND datname <> 'postgres' AND grantee NOT IN (datdba, 10)
"""
SCHEMAS: LiteralString = """
SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND nspowner <> 10
  AND nspowner <> 'pg_database_owner'::regrole
  AND nspowner <> (SELECT datdba FROM pg_database WHERE datname = current_database())
"""
SCHEMA_GRANTS: LiteralString = """
SELECT nspname, grantee::int8, pg_get_userbyid(grantee), privilege_type, is_grantable
FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner)))
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND grantee NOT IN (nspowner, 10)
"""
RELATIONS: LiteralString = """
SELECT CASE relkind WHEN 'S' THEN 'sequences' ELSE 'tables' END, nspname || '.' || relname, nspname,
       pg_get_userbyid(relowner),
       relowner = 10 OR relowner = (SELECT datdba FROM pg_database WHERE datname = current_database())
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
"""
RELATION_GRANTS: LiteralString = """
SELECT CASE relkind WHEN 'S' THEN 'sequences' ELSE 'tables' END || ' ' || nspname || '.' || relname,
       grantee::int8, pg_get_userbyid(grantee), privilege_type, is_grantable
FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace,
     aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, relowner)))
WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
  AND grantee NOT IN (relowner, 10)
"""
COLUMN_GRANTS: LiteralString = """
SELECT nspname || '.' || relname || '.' || attname,
       grantee::int8, pg_get_userbyid(grantee), privilege_type, is_grantable
FROM pg_attribute JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace, aclexplode(attacl)
WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND grantee NOT IN (relowner, 10)
"""
DEFAULT_GRANTS: LiteralString = """
SELECT defaclobjtype::text, pg_get_userbyid(defaclrole), nspname,
       grantee::int8, pg_get_userbyid(grantee), privilege_type, is_grantable
FROM pg_default_acl LEFT JOIN pg_namespace n ON n.oid = defaclnamespace, aclexplode(defaclacl)
WHERE grantee NOT IN (defaclrole, 10)
"""
OBJECTS: Mapping[str, str] = {"r": "tables", "S": "sequences", "f": "functions", "T": "types", "n": "schemas"}


@dataclass(frozen=True)
class Actual:
    """A server's catalog, as far as it concerns who may do what.

    Attributes:
        roles: all but the superuser of the server and PostgreSQL's own (`pg_…`).
        relations: the tables and sequences of the connected database.
        facts: everything that was granted to anyone, on the server and in the connected database.
    """

    roles: frozenset[str]
    relations: tuple[Relation, ...]
    facts: frozenset[Fact]


def read(connection: psycopg.Connection[Any]) -> Actual:
    """Read the catalog in one transaction that can change nothing, with a search path that nobody can stand in.

    Functions and types are left out: everybody may use them by birth, and they hold no data.

    Raises:
        psycopg.Error: the server refused or went away.
    """
    connection.read_only = True
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    with connection.transaction():
        connection.execute("SET LOCAL search_path = pg_catalog")
        ask = connection.execute
        cursor = ask(ROLES)
        attributes = [column.name for column in cursor.description or ()][1:]
        found: set[Fact] = set()
        roles = set()
        for role, *held in cursor:
            roles.add(role)
            found |= {Fact(role, name, SERVER) for name, has in zip(attributes, held, strict=True) if has}
        found |= {Fact(member, "MEMBER", role) for member, role in ask(MEMBERS)}
        found |= {Fact(owner, "OWNER", database_target(name)) for name, owner in ask(DATABASES)}
        found |= {Fact(owner, "OWNER", schema_target(name)) for name, owner in ask(SCHEMAS)}
        found |= {_granted(database_target(name), *grant) for name, *grant in ask(DATABASE_GRANTS)}
        found |= {_granted(schema_target(name), *grant) for name, *grant in ask(SCHEMA_GRANTS)}
        found |= {_granted(f"column {name}", *grant) for name, *grant in ask(COLUMN_GRANTS)}
        for name, *grant in ask(RELATION_GRANTS):
            found.add(_granted(relation_target(*name.split(" ", 1)), *grant))
        for kind, owner, schema, *grant in ask(DEFAULT_GRANTS):
            found.add(_granted(future_target(OBJECTS.get(kind, kind), owner, schema), *grant))
        relations = []
        for *relation, expected in ask(RELATIONS):
            relations.append(Relation(*relation))
            if not expected:
                found.add(
                    Fact(relations[-1].owner, "OWNER", relation_target(relations[-1].objects, relations[-1].name))
                )
    return Actual(frozenset(roles), tuple(relations), frozenset(found))


def _granted(target: str, number: int, name: str, privilege: str, grantable: bool) -> Fact:
    right = f"{privilege} WITH GRANT OPTION" if grantable else privilege
    return Fact(PUBLIC if number == 0 else name, right, target)
