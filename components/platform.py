"""The platform as a team sees it: the one typed object through which `team.py` knows of everything else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from components.databases import ServerSize
from components.databases.backup import Vault
from components.databases.object_store import ObjectStore
from components.docker import Registry
from components.identity import Realm
from components.network import Access, CertificateAuthority
from components.network.edge import Edge
from components.services import SignIn
from components.spark import EventLog
from components.telemetry import Collector


@dataclass(frozen=True)
class Platform:
    """What every team shares, as outputs and plain values; nothing here belongs to one team.

    Args:
        sizes: the size tiers of a database server, by name.
        postgres_image: the image of a major version; `instance_image` the one that CloudNativePG runs.
        apart: whether two instances of a database may never share a node.
        exporter_image: of postgres_exporter, which runs beside each server.
        trust: writes a CA certificate to a file that providers can read, and returns its path.
        store: the object store for backups and for the log of clusters; None for none.
        vault: where backups lie; None when nothing is backed up.
        spark_image: with Spark alone; the history servers run it.
        event_log: how Spark's event logs are kept.
        domain: below which services have their host names.
        edge: the one way in; None where the stack asks for none. sign_in: where people log in.
        collector: of telemetry; None where the stack asks for no observability.
        program: the folder that the engine runs the program in; registry: where images are published.
        protect_data: whether the engine refuses to delete what holds data.
    """

    environment: str
    domain: str
    authority: CertificateAuthority
    realm: Realm
    edge: Edge | None
    sign_in: SignIn
    access: Access
    sizes: Mapping[str, ServerSize]
    postgres_image: Callable[[int], str]
    instance_image: Callable[[int], str]
    apart: bool
    exporter_image: str
    trust: Callable[[str], str]
    store: ObjectStore | None
    vault: Vault | None
    spark_image: str
    event_log: EventLog
    collector: Collector | None
    program: Path
    registry: Registry | None
    protect_data: bool
