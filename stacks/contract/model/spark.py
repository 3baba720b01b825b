"""A team's Spark workspace and its jobs, and what all workspaces share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from stacks.contract import fields
from stacks.contract.model.entry import Entry
from stacks.contract.quantities import memory_bytes
from stacks.contract.setting import Expected


class JobResources(Entry):
    """What a run of a job takes; never more than the team's workspace has."""

    misplaced: ClassVar[Mapping[str, str]] = {
        "cpu": "write executor_cores or driver_cores.",
        "memory": "write executor_memory or driver_memory.",
    }

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


class Job(Entry):
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


class Spark(Entry):
    """A workspace in which the team runs Spark jobs. `spark: {}` takes the defaults."""

    misplaced: ClassVar[Mapping[str, str]] = {"cpu": "write executor_cores.", "memory": "write executor_memory."}

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


class EventLogs(Entry):
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


class Registry(Entry):
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
