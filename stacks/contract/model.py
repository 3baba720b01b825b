"""The model of a stack's config. The file's keys are the attributes' names; only `from`, Python's word, is `sources`.

Every error's wording, the JSON Schema and the reference in docs/stack-config.md follow from what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr

from stacks.contract import fields, names
from stacks.contract.fields import Expected, GrowsOnly, Immutable
from stacks.contract.quantities import memory_bytes
from stacks.contract.tiers import CONNECTIONS, LEAST_CONNECTIONS

_NEW_SERVER = "the data would stay behind with the old name; create a new database and copy the data"
_NEW_NAMESPACE = "namespaces cannot be renamed, so everything that the team has would be deleted and created empty"
_NEW_DISK = "a volume cannot move to another storage class, so the database would be deleted and created empty"
_NEW_MAJOR = "a server cannot read the files of another major version; ask for a second database and copy the data"
_NEW_KIND = "one server and a cluster of three keep their files apart; ask for a second database and copy the data"
_SHRUNK_DISK = "a volume can grow but never shrink"
_MOST_CONNECTIONS = max(number for sizes in CONNECTIONS.values() for number in sizes.values())


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    misplaced: ClassVar[Mapping[str, str]] = {}
    """Keys that people put here by mistake, and what they are told."""


def _via(choices: list[JsonValue]) -> dict[str, JsonValue]:
    return {"required": ["via"], "properties": {"via": {"enum": choices}}}


def _when(choices: list[JsonValue], then: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {"if": _via(choices), "then": then}


class Keep(_Entry):
    """How many backups are kept; one backup may be a day's, a week's and a month's newest at once."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [period], "properties": {period: {"minimum": 1}}}
                for period in ("daily", "weekly", "monthly")
            ]
        }
    )

    last: Annotated[int, Expected("a whole number from 1 to 100")] = Field(
        default=3,
        ge=1,
        le=100,
        description="The last so many backups, whatever their day, so that one made by hand takes no other away.",
        examples=[3],
    )
    daily: Annotated[int, Expected("a whole number from 0 to 366")] = Field(
        default=0, ge=0, le=366, description="The newest backup of each of this many days.", examples=[7]
    )
    weekly: Annotated[int, Expected("a whole number from 0 to 260")] = Field(
        default=0, ge=0, le=260, description="The newest backup of each of this many weeks.", examples=[4]
    )
    monthly: Annotated[int, Expected("a whole number from 0 to 120")] = Field(
        default=0, ge=0, le=120, description="The newest backup of each of this many months.", examples=[12]
    )


class Backup(_Entry):
    """When a database is dumped and how many dumps are kept. A disaster costs what was written since the last one."""

    schedule: fields.Schedule = Field(
        description="Cron's five fields: minute, hour, day of the month, month, day of the week (0 is Sunday). "
        "Always in quotes.",
        examples=["15 1 * * *", "0 */6 * * *"],
    )
    time_zone: fields.TimeZone | None = Field(
        default=None,
        description="The IANA time zone of the schedule; without it the cluster's, usually UTC.",
        examples=["Europe/Berlin", "UTC"],
    )
    keep: Annotated[Keep, Expected("a mapping such as {daily: 7, weekly: 4}")] = Field(
        description="How many backups are kept. At least one of the numbers must be more than 0.",
        examples=[{"daily": 7, "weekly": 4}],
    )
    drill: fields.Schedule | None = Field(
        default=None,
        description="When the newest backup is restored on trial and compared; without it once a week, at a time on "
        "Sunday morning of the database's own.",
        examples=["30 4 * * 6"],
    )


class Timeouts(_Entry):
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


class Database(_Entry):
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
    version: Annotated[fields.PostgresVersion | None, Immutable(_NEW_MAJOR)] = Field(
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
    storage_class: Annotated[fields.StorageClass | None, Immutable(_NEW_DISK)] = Field(
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


class JobResources(_Entry):
    """What a run of a job takes; never more than the team's workspace has."""

    executors: Annotated[int, Expected("a whole number from 1 to 64")] | None = Field(
        default=None,
        ge=1,
        le=64,
        description="How many executors a run has; without it the team's max_executors.",
        examples=[2],
    )
    executor_cores: Annotated[int, Expected("a whole number from 1 to 16")] | None = Field(
        default=None, ge=1, le=16, description="CPU cores of each executor; without it the team's.", examples=[1]
    )
    executor_memory: fields.Memory | None = Field(
        default=None, description="Memory of each executor's JVM; without it the team's.", examples=["1Gi"]
    )
    driver_cores: Annotated[int, Expected("a whole number from 1 to 16")] = Field(
        default=1, ge=1, le=16, description="CPU cores of the driver.", examples=[1]
    )
    driver_memory: fields.DriverMemory = Field(
        default="1Gi", description="Memory of the driver's JVM. It plans; rows pass it only in small results."
    )

    @property
    def executor_memory_mib(self) -> int | None:
        """Whole MiB of each executor's memory, rounded down; None for the team's."""
        return memory_bytes(self.executor_memory) // 2**20 if self.executor_memory else None

    @property
    def driver_memory_mib(self) -> int:
        """Whole MiB of the driver's memory, rounded down."""
        return memory_bytes(self.driver_memory) // 2**20


class Job(_Entry):
    """A job of the transform core, on a schedule or for people to start."""

    name: fields.JobName = Field(description="The job's name; its runs add a number to it.", examples=["covid"])
    file: fields.JobFile = Field(
        description="The job file, from the folder of this stack's file. A mistake in it is one of this file too.",
        examples=["jobs/covid.yaml"],
    )
    schedule: fields.Schedule | None = Field(
        default=None,
        description="When it runs, in cron's five fields, always in quotes. It never runs twice at a time. Without it "
        "people start it (docs/spark.md).",
        examples=["0 5 * * *"],
    )
    time_zone: fields.TimeZone | None = Field(
        default=None, description="The IANA time zone of the schedule; without it UTC.", examples=["Europe/Berlin"]
    )
    suspend: bool = Field(
        default=False, description="The schedule rests; a run that has begun goes on.", examples=[True]
    )
    resources: Annotated[JobResources, Expected("a mapping such as {executors: 2, executor_memory: 1Gi}")] = Field(
        default=JobResources(), description="What a run takes.", examples=[{"executors": 2, "executor_memory": "1Gi"}]
    )


class Spark(_Entry):
    """A workspace in which the team runs Spark jobs. `spark: {}` takes the defaults."""

    max_executors: Annotated[int, Expected("a whole number from 1 to 64")] = Field(
        default=2,
        ge=1,
        le=64,
        description="How many executors may run at once, over all jobs of the team.",
        examples=[4],
    )
    executor_cores: Annotated[int, Expected("a whole number from 1 to 16")] = Field(
        default=1, ge=1, le=16, description="CPU cores of each executor.", examples=[1]
    )
    executor_memory: fields.Memory = Field(
        default="2Gi", description="Memory of each executor's JVM.", examples=["2Gi", "2G"]
    )
    jobs: Annotated[
        tuple[Annotated[Job, Expected("a job (- name: …)")], ...], Expected("a list of jobs (- name: …)")
    ] = Field(default=(), strict=False, description="The team's jobs.")

    @property
    def executor_memory_bytes(self) -> int:
        """Bytes of each executor's memory."""
        return memory_bytes(self.executor_memory)

    @property
    def executor_memory_mib(self) -> int:
        """Whole MiB of each executor's memory, rounded down."""
        return self.executor_memory_bytes // 2**20


class Team(_Entry):
    """One team and everything that it asks for."""

    name: Annotated[fields.TeamName, Immutable(_NEW_NAMESPACE)] = Field(
        description="The team's name. Its namespaces add -data and -spark.",
        examples=["epidemiology"],
    )
    owners: Annotated[tuple[fields.Email, ...], Expected("a list of e-mail addresses such as [ada@example.com]")] = (
        Field(
            strict=False,
            min_length=1,
            description="Who answers for the team and receives its alerts.",
            examples=[["ada@example.com"]],
        )
    )
    databases: Annotated[
        tuple[Annotated[Database, Expected("a database (- name: …)")], ...],
        Expected("a list of databases (- name: …)"),
    ] = Field(default=(), strict=False, description="The databases that the team asks for.")
    spark: Annotated[Spark | None, Expected("a mapping such as {max_executors: 4}")] = Field(
        default=None,
        description="Spark for the team; without this key it has none.",
        examples=[{"max_executors": 4, "executor_memory": "2Gi"}],
    )


class Access(_Entry):
    """How the platform's services are reached from outside the cluster."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                _when(["node_port", "load_balancer"], {"required": ["from"], "properties": {"from": {"minItems": 1}}}),
                _when(["node_port"], {"required": ["address"]}),
                {"if": {"required": ["address"]}, "then": _via(["node_port"])},
            ]
        }
    )

    via: fields.Via = Field(
        default="cluster_ip",
        description="cluster_ip: from the cluster's own network only. node_port: by a port of each node. "
        "load_balancer: by the cluster's.",
        examples=["cluster_ip"],
    )
    address: fields.NodeAddress | None = Field(
        default=None, description="The host name or IP address of a node; for node_port only.", examples=["192.0.2.10"]
    )
    sources: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = Field(
        default=(),
        alias="from",
        strict=False,
        description="The network ranges that may connect. node_port and load_balancer need at least one.",
        examples=[["10.20.0.0/16"]],
    )


class BackupStore(_Entry):
    """An S3-compatible store, away from the cluster, in which backups lie instead of on volumes."""

    misplaced: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("access_key", "access_key_id", "credentials", "password", "secret_access_key", "secret_key", "session_token"),
        "credentials do not belong here. Put them into the Secret that `secret` names (docs/backups.md).",
    )

    endpoint: fields.Endpoint = Field(
        description="The store's address, always over TLS.", examples=["https://s3.example.com"]
    )
    bucket: fields.Bucket = Field(
        description="The bucket, which exists already. Backups that were made into another one are not found any more.",
        examples=["etl-backups"],
    )
    region: fields.Region = Field(
        default="us-east-1",
        description="The region that requests are signed for; stores without regions take the default.",
        examples=["eu-central-1"],
    )
    prefix: fields.Prefix | None = Field(
        default=None,
        description="What the names of all objects begin with, so that environments can share a bucket; without it the "
        "stack's name. Backups that were made under another one are not found any more.",
        examples=["dev"],
    )
    secret: fields.SecretName = Field(
        default="backup-store",
        description="The Secret with the keys access-key-id and secret-access-key, which you put into the namespace "
        "platform-backup yourself, and into that of each team with a highly available database.",
        examples=["backup-store"],
    )
    ca_certificate: fields.Certificates | None = Field(
        default=None,
        description="The authorities, in PEM, that alone may have signed the store's certificate; without it the "
        "public ones.",
    )
    networks: Annotated[tuple[fields.Network, ...], Expected("a list of network ranges such as [10.20.0.0/16]")] = (
        Field(
            default=("0.0.0.0/0", "::/0"),
            strict=False,
            min_length=1,
            description="The network ranges in which the store is reached; what speaks to it is let out to no others.",
            examples=[["198.51.100.0/24"]],
        )
    )


class EventLogs(_Entry):
    """Where Spark keeps what its jobs did, a claim for each team."""

    access_mode: fields.AccessMode | None = Field(
        default=None,
        description="ReadWriteMany: drivers may run on every node, for which the storage must be shared (NFS, CephFS, "
        "EFS and the like). ReadWriteOnce: on a cluster of one node, or where jobs may wait for the history server's. "
        "Without it the profile decides: dev ReadWriteOnce, test and prod ReadWriteMany. A change begins a new log.",
        examples=["ReadWriteMany"],
    )
    storage_class: fields.StorageClass | None = Field(
        default=None,
        description="The StorageClass of the event logs; without it the stack's or the cluster's default.",
        examples=["nfs"],
    )


class Registry(_Entry):
    """Where the image of the jobs is published, for every node to pull."""

    misplaced: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("auth", "credentials", "password", "token", "user", "username"),
        "credentials do not belong here. Log in to the registry where `pulumi up` runs (docs/spark.md).",
    )

    server: fields.RegistryServer = Field(description="The registry's host name, and its port.", examples=["ghcr.io"])
    prefix: fields.RegistryPrefix = Field(
        description="What stands before the image's own name there.", examples=["example/etl-platform"]
    )
    pull_secret: fields.SecretName | None = Field(
        default=None,
        description="The Secret of the type kubernetes.io/dockerconfigjson with which nodes pull, which you put into "
        "each team's Spark namespace yourself; without it they pull without a login.",
        examples=["registry-login"],
    )


class Settings(_Entry):
    """What one environment asks for: the keys `etl-platform:…` of `Pulumi.<stack>.yaml`."""

    environment: str = Field(description="The stack's name. Not a key of the file.")
    domain: fields.Domain = Field(
        description="The DNS name under which the environment's services have theirs.", examples=["dev.etl.example.com"]
    )
    profile: fields.Profile = Field(
        description="Which defaults the environment has. May be left out in a stack named dev, test or prod.",
        examples=["dev"],
    )
    context: fields.Context | None = Field(
        default=None,
        description="The kubeconfig context that this stack is pinned to; without it the current one.",
        examples=["kind-dev"],
    )
    access: Annotated[Access, Expected("a mapping such as {via: cluster_ip}")] = Field(
        default=Access(), description="How services are reached from outside the cluster."
    )
    postgres_version: Annotated[fields.RootPostgresVersion | None, Immutable(_NEW_MAJOR)] = Field(
        default=None,
        description="PostgreSQL's major version where a database names none; without it the profile's.",
        examples=[17],
    )
    storage_class: Annotated[fields.StorageClass | None, Immutable(_NEW_DISK)] = Field(
        default=None,
        description="The StorageClass of all data; without it the cluster's default.",
        examples=["standard"],
    )
    backup_store: Annotated[BackupStore | None, Expected("a mapping with endpoint and bucket")] = Field(
        default=None,
        description="An S3-compatible store for all backups of the environment; without it they lie on volumes of the "
        "cluster.",
        examples=[{"endpoint": "https://s3.example.com", "bucket": "etl-backups", "region": "eu-central-1"}],
    )
    event_logs: Annotated[EventLogs, Expected("a mapping such as {access_mode: ReadWriteMany}")] = Field(
        default=EventLogs(),
        description="How Spark's event logs are kept.",
        examples=[{"access_mode": "ReadWriteMany", "storage_class": "nfs"}],
    )
    registry: Annotated[Registry | None, Expected("a mapping with server and prefix")] = Field(
        default=None,
        description="Where the image of the jobs is published; without it the image is built where `pulumi up` runs, "
        "and nodes must share that engine's images.",
        examples=[{"server": "ghcr.io", "prefix": "example/etl-platform"}],
    )
    teams: Annotated[
        tuple[Annotated[Team, Expected("a team (- name: …)")], ...],
        Expected("a list of teams (- name: …)"),
    ] = Field(default=(), strict=False, description="The teams of the environment and what they ask for.")

    _folder: Path = PrivateAttr(default=Path(__file__).resolve().parents[2])

    @property
    def folder(self) -> Path:
        """Where the files lie that the settings name: the stack file's folder, or else this checkout."""
        return self._folder

    def within(self, folder: Path) -> Settings:
        """The same settings, whose files lie in another folder."""
        moved = self.model_copy()
        moved._folder = folder  # noqa: SLF001 - of its own class
        return moved


def immutable_fields(model: type[BaseModel] = Settings) -> dict[str, str]:
    """The settings that must not change once they are applied: path (`teams[].databases[].name`) to the reason."""
    return {
        path: mark.reason
        for path, setting in fields.walk(model)
        for mark in setting.metadata
        if isinstance(mark, Immutable)
    }


def growing_fields(model: type[BaseModel] = Settings) -> dict[str, str]:
    """The settings that may only go up: path (`teams[].databases[].size`) to the reason."""
    return {
        path: mark.reason
        for path, setting in fields.walk(model)
        for mark in setting.metadata
        if isinstance(mark, GrowsOnly)
    }
