"""The root of the model: what one environment asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, PrivateAttr

from stacks.contract import fields
from stacks.contract.model.access import Access
from stacks.contract.model.backup import BackupStore
from stacks.contract.model.entry import Entry
from stacks.contract.model.identity import Identity
from stacks.contract.model.observability import Observability
from stacks.contract.model.reasons import NEW_DISK, NEW_MAJOR
from stacks.contract.model.spark import EventLogs, Registry
from stacks.contract.model.team import Team
from stacks.contract.setting import Expected, Immutable


class Settings(Entry):
    """What one environment asks for: the keys `etl-platform:…` of `Pulumi.<stack>.yaml`."""

    environment: str = Field(description="The stack's name. Not a key of the file.")
    domain: fields.Domain = Field(
        description="The DNS name under which the environment's services have theirs.", examples=["dev.etl.example.com"]
    )
    profile: fields.Profile = Field(
        description="Which defaults the environment has. May be left out in a stack named dev, test or prod.",
        examples=["dev"],
    )
    target: fields.Target = Field(
        default="kubernetes",
        description="What the environment runs on: a Kubernetes cluster, or one Docker engine on a person's machine. "
        "The latter has Keycloak, databases and a sample frontend, and nothing that needs a cluster.",
        examples=["docker"],
    )
    context: fields.Context | None = Field(
        default=None,
        description="The kubeconfig context that this stack is pinned to; without it the current one.",
        examples=["kind-dev"],
    )
    access: Annotated[Access, Expected("a mapping such as {via: cluster_ip}")] = Field(
        default=Access(),
        description="How services are reached from outside the cluster by the engine and by who runs it.",
    )
    edge: Annotated[Access | None, Expected("a mapping such as {via: load_balancer, from: [0.0.0.0/0]}")] = Field(
        default=None,
        description="The platform's one way in for people: a gateway with HTTPS, and how it is reached. Without it "
        "people come the way that `access` opens. `edge: {}` is one inside the cluster's network.",
        examples=[{"via": "load_balancer", "from": ["0.0.0.0/0"]}],
    )
    identity: Annotated[
        Identity, Expected("a mapping such as {mail: {host: smtp.example.com, from: etl@example.com}}")
    ] = Field(
        default=Identity(),
        description="How people log in.",
        examples=[{"mail": {"host": "smtp.example.com", "from": "etl@example.com"}}],
    )
    postgres_version: Annotated[fields.RootPostgresVersion | None, Immutable(NEW_MAJOR)] = Field(
        default=None,
        description="PostgreSQL's major version where a database names none; without it the profile's.",
        examples=[17],
    )
    storage_class: Annotated[fields.StorageClass | None, Immutable(NEW_DISK)] = Field(
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
    observability: Annotated[
        Observability | None, Expected("a mapping such as {alerts: {owners: [ops@example.com]}}")
    ] = Field(
        default=None,
        description="What watches the environment: with `observability: {}` figures are gathered, alerts judged, and "
        "the traces of teams' programs taken and shown. Without the key nothing is.",
        examples=[{"alerts": {"owners": ["ops@example.com"]}}],
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

    _folder: Path = PrivateAttr(default=Path(__file__).resolve().parents[3])

    @property
    def folder(self) -> Path:
        """Where the files lie that the settings name: the stack file's folder, or else this checkout."""
        return self._folder

    def within(self, folder: Path) -> Settings:
        """The same settings, whose files lie in another folder."""
        moved = self.model_copy()
        moved._folder = folder  # noqa: SLF001 - of its own class
        return moved
