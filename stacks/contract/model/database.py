"""A team's database."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from stacks.contract import fields, names
from stacks.contract.model.backup import Backup
from stacks.contract.model.entry import Entry
from stacks.contract.model.reasons import NEW_DISK, NEW_MAJOR
from stacks.contract.setting import Expected, GrowsOnly, Immutable
from stacks.contract.tiers import CONNECTIONS, LEAST_CONNECTIONS

_NEW_SERVER = "the data would stay behind with the old name; create a new database and copy the data"
_NEW_KIND = "one server and a cluster of three keep their files apart; ask for a second database and copy the data"
_SHRUNK_DISK = "a volume can grow but never shrink"
_MOST_CONNECTIONS = max(number for sizes in CONNECTIONS.values() for number in sizes.values())


class Timeouts(Entry):
    """When the server gives up on a session of this database. Each session may set another limit for itself."""

    statement: fields.Duration | None = Field(
        default=None,
        description="The longest that one statement may run; without it there is no limit.",
        examples=["5min"],
    )
    idle_in_transaction: fields.Duration | None = Field(
        default=None,
        description="How long a transaction may wait for its client; without it 30min.",
        examples=["5min"],
    )
    transaction: fields.Duration | None = Field(
        default=None,
        description="The longest that one transaction may last, from PostgreSQL 17 on; without it there is no limit. "
        "A change restarts the server.",
        examples=["2h"],
    )


class Database(Entry):
    """A PostgreSQL server of its own with one database, in the team's data namespace."""

    name: Annotated[fields.DatabaseName, Immutable(_NEW_SERVER)] = Field(
        description="The database's name in PostgreSQL. Kubernetes has it with hyphens instead of underscores.",
        examples=["cases"],
    )
    size: Annotated[fields.Size, GrowsOnly(_SHRUNK_DISK)] = Field(
        default="small",
        description="CPU, memory, storage and connections together; what each size means, the profile says.",
        examples=["small"],
    )
    version: Annotated[fields.PostgresVersion | None, Immutable(NEW_MAJOR)] = Field(
        default=None, description="PostgreSQL's major version; without it the stack's or the profile's.", examples=[17]
    )
    extensions: Annotated[tuple[fields.Extension, ...], Expected("a list of extensions such as [pg_trgm]")] = Field(
        default=(), strict=False, description="PostgreSQL extensions to create in the database.", examples=[["pg_trgm"]]
    )
    readers: Annotated[tuple[fields.ReaderName, ...], Expected("a list of teams such as [reporting]")] = Field(
        default=(),
        strict=False,
        description="Other teams that may read. Nobody else can connect.",
        examples=[["reporting"]],
    )
    backup: Annotated[Backup | None, Expected("a mapping with schedule and keep")] = Field(
        default=None,
        description="When the database is backed up, and how many backups are kept. Without it the profile decides: "
        "test and prod back up every night, dev does not.",
    )
    connection_limit: (
        Annotated[int, Expected(f"a whole number from {LEAST_CONNECTIONS} to {_MOST_CONNECTIONS}")] | None
    ) = Field(
        default=None,
        ge=LEAST_CONNECTIONS,
        le=_MOST_CONNECTIONS,
        description="How many connections the database takes at once, at most its size's, and that many without this "
        "key. Owner and writer get three quarters of them each, the reader half, each reading team a quarter.",
        examples=[20],
    )
    timeouts: Annotated[Timeouts | None, Expected("a mapping such as {statement: 5min}")] = Field(
        default=None,
        description="When the server gives up on a session: guardrails, which a session may move for itself.",
        examples=[{"statement": "5min", "idle_in_transaction": "1min"}],
    )
    storage_class: Annotated[fields.StorageClass | None, Immutable(NEW_DISK)] = Field(
        default=None,
        description="The StorageClass of the data; without it the stack's or the cluster's default.",
        examples=["standard"],
    )
    credentials: Annotated[
        tuple[fields.Generation, ...], Expected("a list of one or two generations such as [1, 2]")
    ] = Field(
        default=(1,),
        strict=False,
        min_length=1,
        max_length=2,
        description="The generations of its logins that are open; the connection Secrets hold the newest. To rotate "
        "all its passwords, add the next number, and take the old one out once every program has the new one.",
        examples=[[1, 2]],
    )
    high_availability: Annotated[bool, Immutable(_NEW_KIND)] = Field(
        default=False,
        description="Three instances instead of one: a commit is on two of them, and when the primary dies another "
        "takes over within seconds. Takes three times the size, and CloudNativePG's operator in the cluster.",
        examples=[True],
    )
    retired: bool = Field(
        default=False,
        description="The first of two steps to remove a database. Once applied, its owner alone can log in, and the "
        "entry may be removed: then its data goes too, and its last backup stays.",
        examples=[False],
    )

    @property
    def kubernetes_name(self) -> str:
        """The name of the database's objects in the team's data namespace."""
        return names.kubernetes_name(self.name)
