"""Where all backups lie: a namespace of the platform's, in which no team has a part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner
from components.databases.backup.policy import COMPUTE, DRILL_COMPUTE, DRILL_ROOM, ROOM, SCRATCH_ROOM
from components.databases.object_store import ObjectStore
from components.databases.server import PORT
from components.network import Namespace, NamespaceArgs, Peer, Quota, pods
from components.network.policies import allow_out, network_policy
from components.workload import checksum

NAMESPACE = "platform-backup"
DATABASES = {"app.kubernetes.io/component": "database"}
JOBS = {"app.kubernetes.io/component": "backup"}
SCRIPTS = Path(__file__).parent / "scripts"
STORE_AUTHORITY = "store-ca.crt"
"""Beside the scripts, where the store's certificate is of an authority of its own."""


@dataclass(frozen=True)
class VaultArgs:
    """The vault of one environment, for servers that may grow to these `storages` (GiB), in these namespaces.

    Args:
        store: where backups lie; on volumes in the vault when None.
        store_image: rclone's, which speaks to the store.
    """

    owner: Owner
    storages: Sequence[int]
    namespaces: Sequence[str]
    store: ObjectStore | None = None
    store_image: str = ""


class Vault(Component):
    """Namespace, the scripts that run in it, and the way to the servers and to the store; nothing comes in.

    It outlives every team's entry and `pulumi destroy`: what holds the last backup is only ever deleted by hand.

    Outputs:
        namespace: known once the namespace is guarded.
        scripts: the ConfigMap's name; `digest` changes with its content.
    """

    namespace: pulumi.Output[str]
    scripts: pulumi.Output[str]

    def __init__(self, name: str, args: VaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("databases:Vault", name, opts)
        self.args = args
        quota = _quota(args.storages, stored=args.store is not None)
        self.namespace = Namespace(
            NAMESPACE, NamespaceArgs(NAMESPACE, args.owner, quota, retain=True), self.child()
        ).name
        own = args.owner.labels("backup-scripts", "backup")
        content = dict(scripts())
        if args.store and args.store.ca_certificate:
            content[STORE_AUTHORITY] = args.store.ca_certificate
        self.digest = checksum(content)
        self.scripts = k8s.core.v1.ConfigMap(
            f"{name}-scripts",
            metadata=k8s.meta.v1.ObjectMetaArgs(name="scripts", namespace=self.namespace, labels=own),
            data=content,
            opts=self.child(),
        ).metadata.name
        network_policy(
            "to-databases",
            resource_name=f"{name}-to-databases",
            namespace=self.namespace,
            labels=own,
            select={},
            # The servers' own policies let each pod in to its own server alone.
            egress=[allow_out([pods(DATABASES, of=each) for each in args.namespaces], PORT)],
            opts=self.child(),
        )
        if args.store:
            network_policy(
                "to-store",
                resource_name=f"{name}-to-store",
                namespace=self.namespace,
                labels=own,
                select=JOBS,
                egress=[allow_out(args.store.peers, args.store.port)],
                opts=self.child(),
            )
        self.register_outputs({"namespace": self.namespace})


def client(owner: Owner, server: str) -> Peer:
    """The pods in the vault that look after the server called `server`."""
    return pods(labels(owner, server), of=NAMESPACE)


def labels(owner: Owner, server: str) -> dict[str, str]:
    """The labels of what looks after the server called `server`."""
    return owner.labels(server, "backup")


def scripts() -> Mapping[str, str]:
    """The scripts by file name, as the pods mount them."""
    return {file.name: file.read_text() for file in sorted(SCRIPTS.iterdir()) if file.suffix in (".sh", ".sql")}


def _quota(storages: Sequence[int], *, stored: bool) -> Quota:
    """Every job of each server at once: the quota bounds mistakes, not work."""
    jobs = 3 * len(storages)
    return Quota(
        cpu=jobs * COMPUTE.cpu_limit,
        memory=jobs * DRILL_COMPUTE.memory,
        # The backups or, where they lie in a store, the scratch of each job; and the room of a drill.
        storage=sum(((3 * SCRATCH_ROOM if stored else ROOM) + DRILL_ROOM) * storage for storage in storages),
        pods=jobs,
    )
