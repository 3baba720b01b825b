"""A PostgreSQL server of three instances, of which one takes writes: a cluster that CloudNativePG's operator runs.

The operator is the Kubernetes cluster's, not an environment's: see docs/high-availability.md for how it gets there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.base import selector
from components.databases import configuration, exporter
from components.databases.archive import Archive, server_name
from components.databases.privileges import SUPERUSER
from components.databases.server import PORT, Server, ServerArgs
from components.network import namespace, pods
from components.network.policies import allow_in, allow_out, from_prometheus, network_policy, to_api_server
from components.volumes import configured
from components.workload import checksum, pod_template, secret_volume

core = k8s.core.v1
INSTANCES = 3  # with two, a commit has nobody left to wait for once one is gone
OPERATOR = "cnpg-system"  # the namespace that the operator's official manifest and chart name
MANAGER = 8000  # where the operator asks each instance for its state
NOBODY = 65534  # the exporter's pod needs no user that its image knows

FIXED = frozenset(
    {
        "hba_file",
        "listen_addresses",
        "log_destination",
        "logging_collector",
        "ssl",
        "ssl_cert_file",
        "ssl_key_file",
        "unix_socket_directories",
    }
)
"""Settings that the operator keeps for itself. Source: cloudnative-pg.io, "PostgreSQL Configuration"."""


@dataclass(frozen=True)
class Instances:
    """The instances of a cluster.

    Args:
        image: what CloudNativePG runs, of the version of the server's official image.
        apart: whether two may never share a node; if not, they merely avoid it.
        archive: of their log; None for none.
    """

    image: str
    apart: bool
    archive: Archive | None = None


class Cluster(Server):
    """Three instances of which a commit waits for two, behind one name; the exporter beside them."""

    def __init__(
        self, name: str, args: ServerArgs, instances: Instances, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        self.instances = instances
        super().__init__("Cluster", name, args, opts)

    @property
    def selector(self) -> Mapping[str, str]:
        """The operator moves this label to whichever instance is the primary."""
        return {"cnpg.io/cluster": self.args.name, "cnpg.io/instanceRole": "primary"}

    @property
    def exporter_selector(self) -> Mapping[str, str]:
        """It has a pod of its own here."""
        return selector(self._exporter_labels)

    def further_secrets(self) -> dict[str, pulumi.Input[str]]:
        """The superuser's login under the names by which the operator looks for it."""
        kept = self.instances.archive.authority if self.instances.archive else {}
        return {"username": SUPERUSER, "password": self.superuser_password, **kept}

    def workload(
        self, name: str, secret: k8s.core.v1.Secret, policy: k8s.networking.v1.NetworkPolicy
    ) -> pulumi.Resource:
        """The ways of the instances, the Cluster, and the exporter. A renewed certificate reaches it by the Secret."""
        ways = self._ways(name)
        metadata = self.metadata()
        metadata.annotations = {"pulumi.com/waitFor": "condition=Ready"}
        cluster = k8s.apiextensions.CustomResource(
            name,
            api_version="postgresql.cnpg.io/v1",
            kind="Cluster",
            metadata=metadata,
            spec=self._spec(secret.metadata.name) | self._archived(name, secret.metadata.name),
            opts=self.child(
                depends_on=[policy, ways], protect=self.args.protect, retain_on_delete=self.args.keep_volume
            ),
        )
        self._exporter(name, secret, cluster)
        if self.instances.archive:
            copies = self.child(depends_on=[cluster])
            self.instances.archive.copies(name, self.args.name, self.metadata("copies"), copies)
        return cluster

    def _archived(self, name: str, secret: pulumi.Input[str]) -> dict[str, Any]:
        """The part of the spec that is about the archive of the log."""
        args, kept = self.args, self.instances.archive
        if kept is None:
            return {}
        return kept.spec(args.owner.team or "platform", server_name(args.name, name, self.child()), secret)

    def _spec(self, secret: pulumi.Input[str]) -> dict[str, Any]:
        """Of the Cluster. Sources: cloudnative-pg.io, "API Reference", "Replication", "Failover"."""
        args = self.args
        return {
            "instances": INSTANCES,
            "imageName": self.instances.image,
            "imagePullPolicy": "IfNotPresent",
            "inheritedMetadata": {"labels": self.labels},
            "enablePDB": True,
            "enableSuperuserAccess": True,
            "superuserSecret": {"name": secret},
            "certificates": {"serverTLSSecret": secret, "serverCASecret": secret},
            "affinity": {
                "podAntiAffinityType": "required" if self.instances.apart else "preferred",
                "topologyKey": "kubernetes.io/hostname",
            },
            # The operator insists on making a database and its owner. These exist already, so it makes none: roles and
            # databases are pulumi_postgresql's, as on a single server.
            "bootstrap": {
                "initdb": {
                    "database": "postgres",
                    "owner": SUPERUSER,
                    "secret": {"name": secret},
                    "dataChecksums": True,
                    "encoding": "UTF8",
                    "localeCollate": "C.UTF-8",
                    "localeCType": "C.UTF-8",
                }
            },
            "managed": {"services": {"disabledDefaultServices": ["ro", "r"]}},
            "postgresql": {
                # A commit is on one standby at least, and writes stop rather than go on with one copy. Only a standby
                # that surely has every commit is promoted; if the operator cannot tell, it waits for a person.
                "synchronous": {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True},
                "pg_hba": configuration.network_rules("all"),
                "parameters": self._parameters(),
            },
            # The smart shutdown refuses who is new and waits for who is there: away for longer than a fast one takes.
            "smartShutdownTimeout": 1,
            "stopDelay": 60,
            # Asked every ten seconds, as is the default, three instances take twice as long to come.
            "probes": {"startup": {"periodSeconds": 2}, "readiness": {"periodSeconds": 5}},
            "monitoring": {"tls": {"enabled": True}},
            "resources": args.size.compute.canonical(),
            "storage": {"size": f"{args.size.storage}Gi"}
            | ({"storageClass": args.storage_class} if args.storage_class else {}),
        }

    def _parameters(self) -> dict[str, str]:
        """The single server's settings, and what replication must not take of the disk."""
        args = self.args
        text = configuration.postgresql_conf(
            major=args.major,
            connections=args.size.connections,
            shared_buffers=args.size.shared_buffers,
            storage=args.size.storage,
            transaction_timeout=args.transaction_timeout,
        )
        own = {key: value for key, value in configuration.parameters(text).items() if key not in FIXED}
        return own | {
            # pgaudit's settings make the operator load it, and its image has it: it logs structure, and does so once.
            "log_statement": "none",
            # A standby that is gone must not fill the primary's disk: it is copied anew instead.
            "max_slot_wal_keep_size": f"{args.size.storage * 256}MB",
            "max_wal_size": f"{min(1024, args.size.storage * 256)}MB",
            "wal_keep_size": f"{min(512, args.size.storage * 64)}MB",
        }

    @property
    def _exporter_labels(self) -> dict[str, str]:
        return self.args.owner.labels(f"{self.args.name}-exporter", "database-exporter")

    def _ways(self, name: str) -> k8s.networking.v1.NetworkPolicy:
        """Between the instances, from operator and exporter to them, and from them to the API server."""
        instances = pods(selector(self.labels))
        return network_policy(
            f"{self.args.name}-instances",
            resource_name=f"{name}-instances",
            namespace=self.args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[
                allow_in([instances, namespace(OPERATOR)], PORT, MANAGER),
                allow_in([pods(selector(self._exporter_labels))], PORT),
            ],
            egress=[allow_out([instances], PORT, MANAGER), to_api_server(), *self._to_store()],
            opts=self.child(),
        )

    def _to_store(self) -> list[k8s.networking.v1.NetworkPolicyEgressRuleArgs]:
        kept = self.instances.archive
        return [allow_out(kept.store.peers, kept.store.port)] if kept else []

    def _exporter(self, name: str, secret: k8s.core.v1.Secret, cluster: pulumi.Resource) -> None:
        """The exporter in a pod of its own, asking whoever is primary: the operator's pods take no other container."""
        args = self.args
        labels = self._exporter_labels
        queries = exporter.queries()
        metadata = k8s.meta.v1.ObjectMetaArgs(name=f"{args.name}-exporter", namespace=args.namespace, labels=labels)
        config = core.ConfigMap(
            f"{name}-config", metadata=self.metadata("config"), data={exporter.QUERIES: queries}, opts=self.child()
        )
        network_policy(
            f"{args.name}-exporter",
            resource_name=f"{name}-exporter",
            namespace=args.namespace,
            labels=labels,
            select=selector(labels),
            ingress=[from_prometheus(exporter.PORT)],
            egress=[allow_out([pods(selector(self.labels))], PORT)],
            opts=self.child(),
        )
        k8s.apps.v1.Deployment(
            f"{name}-exporter",
            metadata=metadata,
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(labels)),
                template=pod_template(
                    labels,
                    uid=NOBODY,
                    digest=checksum({exporter.QUERIES: queries}),
                    containers=[exporter.container(args.exporter_image, PORT, host=self.host)],
                    volumes=[
                        configured("config", config),
                        secret_volume("exporter", (secret, exporter.KEYS)),
                    ],
                ),
            ),
            opts=self.child(depends_on=[cluster]),
        )
