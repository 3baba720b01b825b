"""Who may do what on a database: one table, from which grants, access reports and tests of isolation all follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["owner", "writer", "reader"]
Action = Literal["connect", "read", "write", "create", "alter"]
ACTIONS: tuple[Action, ...] = ("connect", "read", "write", "create", "alter")

SCHEMA = "public"
PUBLIC = "PUBLIC"
SUPERUSER = "postgres"
MONITOR = "platform_monitor"  # the role of postgres_exporter
REPLICA = "streaming_replica"  # of the instances among each other, where there are several; logs in by certificate
OPERATORS_MONITOR = "cnpg_metrics_exporter"  # of the operator's program inside each instance
STATUS_DATABASE = "platform"
"""A database on each server with backups, in which their jobs leave their outcomes; no team can connect to it."""


@dataclass(frozen=True)
class Rights:
    """What a kind of role is granted beside what it has as a member of another kind.

    Attributes:
        member_of: the kind whose rights it has too.
        database, schema: privileges on the database and on its schema `public`.
        tables, sequences: privileges on those that the owner makes in that schema, present and future.
    """

    member_of: Kind | None = None
    database: Sequence[str] = ()
    schema: Sequence[str] = ()
    tables: Sequence[str] = ()
    sequences: Sequence[str] = ()


RIGHTS: Mapping[Kind, Rights] = {
    "reader": Rights(database=("CONNECT",), schema=("USAGE",), tables=("SELECT",)),
    "writer": Rights(member_of="reader", tables=("DELETE", "INSERT", "UPDATE"), sequences=("SELECT", "USAGE")),
}
"""The owner is granted nothing: what it owns, it may do everything with. PUBLIC has nothing."""

MAY: Mapping[Kind, Sequence[Action]] = {
    "owner": ACTIONS,
    "writer": ("connect", "read", "write"),
    "reader": ("connect", "read"),
}
"""What that comes to. `tests/unit/program/test_privileges.py` derives it from the rights."""


def role_name(database: str, kind: Kind, team: str | None = None) -> str:
    """The role of a kind; with `team`, the reader role of that other team's own."""
    return f"{database}_{kind}" if team is None else f"{database}_{kind}_{team}"


def backup_role(database: str) -> str:
    """The platform's own role that dumps and restores the database."""
    return f"{database}_backup"


def login_name(role: str, generation: int) -> str:
    """Who logs in with a role's rights: itself at first, a member of it with each later generation of credentials."""
    return role if generation == 1 else f"{role}_{generation}"


class Fact(NamedTuple):
    """One thing that a role may do on a server: `right` (LOGIN, OWNER, MEMBER, SELECT …) on `target`."""

    role: str
    right: str
    target: str


SERVER = "server"


def database_target(name: str) -> str:
    """How a fact names a database."""
    return f"database {name}"


def schema_target(name: str) -> str:
    """How a fact names a schema."""
    return f"schema {name}"


def future_target(objects: str, owner: str, schema: str | None) -> str:
    """How a fact names the tables or sequences that `owner` will make, in one schema or in all."""
    return f"future {objects} of {owner} in {schema or 'any schema'}"


def relation_target(objects: str, name: str) -> str:
    """How a fact names a table, view or sequence, with its schema."""
    return f"{objects.removesuffix('s')} {name}"


class Relation(NamedTuple):
    """A table (or view) or sequence that exists: `objects` is "tables" or "sequences", `name` has its schema."""

    objects: str
    name: str
    schema: str
    owner: str


@dataclass(frozen=True)
class Declared:
    """A database's roles by what was asked for.

    Attributes:
        shared: whether it has a writer and a reader beside its owner.
        readers: other teams that read it.
        retired: whether its owner alone may log in.
        credentials: the generations of logins that are open.
        backup: whether it is backed up, by a role of its own.
        major: PostgreSQL's.
        high_availability: whether it has several instances.
    """

    database: str
    shared: bool = True
    readers: Sequence[str] = ()
    retired: bool = False
    credentials: Sequence[int] = (1,)
    backup: bool = False
    major: int = 15
    high_availability: bool = False

    @property
    def backup_role(self) -> str:
        """The role of its backups, where it has any."""
        return backup_role(self.database)

    def platform_roles(self) -> dict[str, Sequence[str]]:
        """The platform's own roles on its server, and the roles that they are members of."""
        reserved = ["pg_use_reserved_connections"] if self.major >= 16 else []
        found: dict[str, Sequence[str]] = {MONITOR: ["pg_monitor", *reserved]}
        if self.backup:
            own = [role for role, (_, team) in self.roles().items() if team is None]
            found[self.backup_role] = [*own, "pg_read_all_data", *reserved]
        if self.high_availability:
            found |= {REPLICA: [], OPERATORS_MONITOR: ["pg_monitor"]}
        return found

    def roles(self) -> dict[str, tuple[Kind, str | None]]:
        """Every role: its kind, and the other team whose own it is."""
        kinds: Sequence[Kind] = ("owner", "writer", "reader") if self.shared else ("owner",)
        own: dict[str, tuple[Kind, str | None]] = {role_name(self.database, kind): (kind, None) for kind in kinds}
        return own | {role_name(self.database, "reader", team): ("reader", team) for team in self.readers}

    def generations(self) -> dict[str, str]:
        """Everyone with credentials, and the role whose rights they have."""
        return {login_name(role, generation): role for role in self.roles() for generation in sorted(self.credentials)}

    def logins(self) -> dict[str, str]:
        """Those who can log in."""
        kinds = self.roles()
        return {
            login: role for login, role in self.generations().items() if not self.retired or kinds[role][0] == "owner"
        }

    def may(self, login: str, action: Action) -> bool:
        """Whether someone may do this on this database; who cannot log in to it may nothing."""
        if self.backup and login == self.backup_role:
            return True
        role = self.logins().get(login)
        return role is not None and action in MAY[self.roles()[role][0]]

    def facts(self, relations: Iterable[Relation] = ()) -> set[Fact]:
        """Everything that its roles were given, with what follows for the `relations` that exist."""
        owner = role_name(self.database, "owner")
        found = {Fact(owner, "OWNER", database_target(self.database))}
        found |= {Fact(login, "LOGIN", SERVER) for login in self.logins()}
        found |= {Fact(login, "MEMBER", role) for login, role in self.generations().items() if login != role}
        for role, groups in self.platform_roles().items():
            found |= {Fact(role, "LOGIN", SERVER), *(Fact(role, "MEMBER", group) for group in groups)}
        if self.backup:
            found.add(Fact(self.backup_role, "BYPASSRLS", SERVER))
            found.add(Fact(self.backup_role, "OWNER", database_target(STATUS_DATABASE)))
            found.add(Fact(MONITOR, "CONNECT", database_target(STATUS_DATABASE)))
        if self.high_availability:
            found.add(Fact(REPLICA, "REPLICATION", SERVER))
        for role, (kind, team) in self.roles().items():
            if team is not None:
                found.add(Fact(role, "MEMBER", role_name(self.database, kind)))
            elif kind in RIGHTS:
                found |= self._granted(role, RIGHTS[kind], owner, relations)
        return found

    def _granted(self, role: str, rights: Rights, owner: str, relations: Iterable[Relation]) -> set[Fact]:
        found = {Fact(role, right, database_target(self.database)) for right in rights.database}
        found |= {Fact(role, right, schema_target(SCHEMA)) for right in rights.schema}
        if rights.member_of:
            found.add(Fact(role, "MEMBER", role_name(self.database, rights.member_of)))
        for objects, granted in (("tables", rights.tables), ("sequences", rights.sequences)):
            found |= {Fact(role, right, future_target(objects, owner, SCHEMA)) for right in granted}
            found |= {
                Fact(role, right, relation_target(objects, each.name))
                for each in relations
                if (each.objects, each.schema, each.owner) == (objects, SCHEMA, owner)
                for right in granted
            }
        return found


def capabilities(facts: Iterable[Fact], database: str) -> dict[str, set[Action]]:
    """What each role with a fact can do on the database in the end, memberships followed.

    Who cannot connect can do nothing. The superuser's memberships are not looked at: it can do everything.
    """
    held: dict[str, set[tuple[str, str]]] = {}
    for role, right, target in facts:
        held.setdefault(role, set()).add((right, target))
    return {role: _actions(_effective(role, held), database) for role in held if role != PUBLIC}


def _effective(role: str, held: Mapping[str, set[tuple[str, str]]]) -> set[tuple[str, str]]:
    """A role's own rights, those of the roles that it is a member of, and everybody's; LOGIN is not inherited."""
    seen, left = {role, PUBLIC}, [role]
    while left:
        for right, target in held.get(left.pop(), ()):
            if right == "MEMBER" and target not in seen:
                seen.add(target)
                left.append(target)
    own = held.get(role, set())
    inherited = {each for other in seen for each in held.get(other, ()) if each[0] not in ("LOGIN", "SUPERUSER")}
    return own | inherited


def _actions(held: set[tuple[str, str]], database: str) -> set[Action]:
    on = database_target(database)
    superuser = ("SUPERUSER", SERVER) in held
    owner = superuser or ("OWNER", on) in held
    rights = {right for right, _ in held}
    reached: dict[Action, bool] = {
        "connect": True,
        "read": owner or "SELECT" in rights,
        "write": owner or bool(rights & {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}),
        "create": owner or any(right == "CREATE" for right, _ in held),
        "alter": owner or any(right == "OWNER" for right, _ in held),
    }
    if ("LOGIN", SERVER) not in held or not (owner or ("CONNECT", on) in held):
        return set()
    return {action for action, can in reached.items() if can}
