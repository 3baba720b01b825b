"""A database on a server: who owns it, who writes, who reads, and the Secret that tells a team how to connect."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_postgresql as postgresql
import pulumi_random as random

from components.base import Component
from components.databases.closed import closed_database
from components.databases.configuration import RESERVED
from components.databases.privileges import RIGHTS, SCHEMA, backup_role, login_name, role_name
from components.databases.scram import verifier
from components.databases.server import Server


@dataclass(frozen=True)
class Login:
    """`user` logs in with the secret `password` and has the rights of `role`. Both depend on their role's creation."""

    role: pulumi.Output[str]
    user: pulumi.Output[str]
    password: pulumi.Output[str]


# How many quarters of the database's connections one role may hold. Together that is more than there are: each bound
# only keeps one of them, a reading team above all, from locking out the others.
QUARTERS: Mapping[str, int] = {"owner": 3, "writer": 3, "reader": 2, "remote": 1}


@dataclass(frozen=True)
class Timeouts:
    """After how many milliseconds the server gives up on a session; None leaves the server's own setting.

    Roles carry them, so neither the platform's own roles nor the superuser has them; a session may set others. For
    transactions no role's setting exists in pulumi_postgresql: that one is the whole server's (ServerArgs).
    """

    statement: int | None = None
    idle_in_transaction: int | None = None


@dataclass(frozen=True)
class DatabaseArgs:
    """A database called `name` on `server`, with these extensions.

    Args:
        shared: whether it has a writer and a reader beside its owner; a database of one program needs none.
        connection_limit: connections at once; the server's when None.
        timeouts: of all its roles.
        retired: whether its owner alone may still log in, for what is to be copied away before the database goes.
        credentials: the generations of logins that are open; the newest is the one that clients are told.
    """

    name: str
    server: Server
    extensions: Sequence[str] = ()
    shared: bool = True
    connection_limit: int | None = None
    timeouts: Timeouts = Timeouts()
    retired: bool = False
    credentials: Sequence[int] = (1,)

    @property
    def connections(self) -> int:
        """How many connections the database takes at once; superusers do not count."""
        return self.connection_limit or self.server.args.size.connections


class Database(Component):
    """The database, its roles, and their privileges; PUBLIC has none.

    Outputs:
        name: known once everything that clients rely on exists.
        logins: by kind: owner, and writer and reader when shared.
    """

    name: pulumi.Output[str]
    logins: Mapping[str, Login]

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("databases:Database", name, opts)
        self.args = args
        self._opts = args.server.inside(self)
        self._roles: list[pulumi.Resource] = []
        logins = {"owner": self.login(name, role_name(args.name, "owner"), "owner" if args.shared else None)}
        if args.shared:
            reader = self.login(name, role_name(args.name, "reader"), "reader")
            writer = self.login(name, role_name(args.name, "writer"), "writer", member_of=[reader.role])
            logins |= {"reader": reader, "writer": writer}
        self.logins = logins
        owner = logins["owner"].role
        database, closed = closed_database(
            name,
            name=args.name,
            owner=owner,
            connection_limit=args.connections + RESERVED,
            # Goes before the roles do: none can be dropped while a table that it may use exists.
            opts=args.server.inside(self, protect=args.server.args.protect, depends_on=list(self._roles)),
            grant_opts=self._opts,
        )
        self.database = database.name
        settled: list[pulumi.Resource] = [
            closed,
            self._grant(f"{name}-public-schema", role="public", object_type="schema", privileges=()),
        ]
        settled += [
            postgresql.Extension(f"{name}-{extension}", name=extension, database=self.database, opts=self._opts)
            for extension in args.extensions
        ]
        if args.shared:
            settled += self._share(name, owner)
        self.name = pulumi.Output.all(self.database, *(resource.urn for resource in settled)).apply(
            lambda parts: str(parts[0])
        )
        self.register_outputs({"name": self.name})

    def backup_login(self, name: str) -> Login:
        """The role that dumps and restores: a superuser's reach within this database, and none beyond it.

        It reads everything (pg_read_all_data, past row-level security) and may act as every role that owns something
        in the database: large objects can only be read, and objects only be given back, by a member of their owner.
        No time-out ends its work, and a retired database is still backed up.
        """
        groups: list[pulumi.Input[str]] = [login.role for login in self.logins.values()]
        groups += ["pg_read_all_data", *(["pg_use_reserved_connections"] if self.args.server.args.major >= 16 else [])]
        return self._login(
            f"{name}-backup",
            backup_role(self.args.name),
            may_log_in=True,
            roles=groups,
            bypass_row_level_security=True,
            connection_limit=RESERVED,
        )

    def login(self, name: str, role: str, kind: str | None, member_of: Sequence[pulumi.Input[str]] = ()) -> Login:
        """A non-superuser role with its newest login; of a retired database only the owner's logins are open.

        The first generation of credentials is the role itself. Each later one is a member that acts as the role: what
        it makes belongs to the role, so that it can go again and leaves nothing behind. Each may hold the share of the
        database's connections that its kind has in QUARTERS, all of them when None.
        """
        resource = f"{name}-{role.removeprefix(f'{self.args.name}_').replace('_', '-')}"
        may_log_in = not self.args.retired or role == role_name(self.args.name, "owner")
        bounds: dict[str, Any] = {
            "connection_limit": self.args.connections * (QUARTERS[kind] if kind else 4) // 4,
            "statement_timeout": self.args.timeouts.statement,
            "idle_in_transaction_session_timeout": self.args.timeouts.idle_in_transaction,
        }
        first = 1 in self.args.credentials
        itself = self._login(resource, role, may_log_in=may_log_in, has_password=first, roles=member_of, **bounds)
        newest = itself
        for each in sorted(set(self.args.credentials) - {1}):
            newest = self._login(
                f"{resource}-{each}",
                login_name(role, each),
                may_log_in=may_log_in,
                roles=[itself.role],
                assume_role=itself.role,
                **bounds,
            )
        return Login(itself.role, newest.user, newest.password)

    def _login(
        self,
        resource: str,
        role: str,
        *,
        may_log_in: bool,
        has_password: bool = True,
        roles: Sequence[pulumi.Input[str]],
        **more: Any,
    ) -> Login:
        """A role with a generated password. One that is taken away never comes back: another would be generated."""
        password: pulumi.Output[str] | None = None
        stored: pulumi.Output[str] | None = None
        if has_password:
            password = random.RandomPassword(resource, length=32, special=False, opts=self.child()).result
            stored = pulumi.Output.secret(password.apply(verifier))
        created = postgresql.Role(
            resource,
            name=role,
            login=may_log_in and has_password,
            password=stored,
            roles=list(roles),
            **more,
            opts=self._opts,
        )
        self._roles.append(created)
        return Login(created.name, created.name, pulumi.Output.from_input("") if password is None else password)

    def _share(self, name: str, owner: pulumi.Output[str]) -> list[pulumi.Resource]:
        """The reader's and the writer's privileges; on tables and sequences by default, so future ones are alike."""
        reader, writer = self.logins["reader"].role, self.logins["writer"].role
        reads, writes = RIGHTS["reader"], RIGHTS["writer"]
        granted: list[pulumi.Resource] = [
            self._grant(f"{name}-connect", role=reader, object_type="database", privileges=reads.database),
            self._grant(f"{name}-usage", role=reader, object_type="schema", privileges=reads.schema),
        ]
        defaults = [
            ("reader-tables", reader, "table", reads.tables),
            ("writer-tables", writer, "table", writes.tables),
            ("writer-sequences", writer, "sequence", writes.sequences),
        ]
        return granted + [
            postgresql.DefaultPrivileges(
                f"{name}-{suffix}",
                database=self.database,
                schema=SCHEMA,
                owner=owner,
                role=role,
                object_type=kind,
                privileges=list(privileges),
                opts=self._opts,
            )
            for suffix, role, kind, privileges in defaults
        ]

    def _grant(
        self, name: str, *, role: pulumi.Input[str], object_type: str, privileges: Sequence[str]
    ) -> postgresql.Grant:
        """Exactly these privileges for the role on the database or its schema; no privilege revokes all."""
        return postgresql.Grant(
            name,
            role=role,
            database=self.database,
            object_type=object_type,
            schema=SCHEMA if object_type == "schema" else None,
            privileges=list(privileges),
            opts=self._opts,
        )


def connection_secret(
    resource_name: str,
    *,
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    database: Database,
    logins: Mapping[str, Login],
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Secret:
    """What a client needs to connect, one key each, so that a pod can mount just the keys it should have.

    Keys: host, port, database, ca.crt, jdbc-url, psql, and `<kind>-username` and `<kind>-password` for each login.
    """
    server = database.args.server
    address = f"jdbc:postgresql://{server.host}:{server.port}/"
    url = pulumi.Output.concat(address, database.name, "?sslmode=verify-full")
    content: dict[str, pulumi.Input[str]] = {
        "host": server.host,
        "port": str(server.port),
        "database": database.name,
        "ca.crt": server.args.authority.certificate,
        "jdbc-url": url,
        # For a shell in the folder that the Secret is mounted at; psql asks for the password.
        "psql": pulumi.Output.concat(
            f'psql "host={server.host} port={server.port} dbname=',
            database.name,
            " user=",
            next(iter(logins.values())).user,
            ' sslmode=verify-full sslrootcert=ca.crt"',
        ),
    }
    for kind, login in logins.items():
        content |= {f"{kind}-username": login.user, f"{kind}-password": login.password}
    return k8s.core.v1.Secret(
        resource_name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=dict(labels)),
        string_data=content,
        opts=opts,
    )
