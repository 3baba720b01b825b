"""Alertmanager: it tells people of alerts, once each, and keeps what they silenced."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components.base import Component, Owner, selector
from components.identity import Outward
from components.network import CertificateAuthority, pods
from components.network.policies import OBSERVABILITY, PROMETHEUS, allow_in, allow_out, cidr, network_policy
from components.observability import routing, web
from components.observability.replicas import DATA, Replicas, ReplicasArgs, each_by_itself, letters, pod
from components.observability.routing import Receivers
from components.observability.targets import AUTHORITY, Target
from components.observability.web import Web, WebArgs
from components.workload import Compute, checksum, container_security, mount, secret_volume

core = k8s.core.v1
NAME = "alertmanager"
PORT, CLUSTER_PORT = 9093, 9094
STORAGE = 1
"""GiB; silences, and what was told to whom, are some megabytes."""
PATH = "/alertmanager"
CLUSTER = "cluster.yaml"


@dataclass(frozen=True, kw_only=True)
class AlertmanagerArgs:
    """Alertmanager in `namespace`.

    Args:
        receivers: by which ways people are told.
        outward: what those ways reach outside the cluster.
    """

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    replicas: int
    compute: Compute
    storage_class: str | None
    authority: CertificateAuthority
    receivers: Receivers
    outward: Sequence[Outward] = ()


class Alertmanager(Component):
    """Its replicas, its routes, and the ways by which it tells people.

    Outputs:
        web: where it answers, and by which login.
        target: as Prometheus asks it, and hands alerts over.
    """

    def __init__(self, name: str, args: AlertmanagerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:Alertmanager", name, opts)
        self.args = args
        self.labels = args.owner.labels(NAME, "alerts")
        each = f"{each_by_itself(NAME)}.{OBSERVABILITY}.svc"
        self.web = Web(
            name,
            WebArgs(
                NAME,
                args.namespace,
                OBSERVABILITY,
                self.labels,
                selector(self.labels),
                PORT,
                args.authority,
                client=args.replicas > 1,
            ),
            self.child(),
        )
        self.target = Target(
            "alertmanager",
            each,
            PORT,
            pods(selector(self.labels)),
            replicas=args.replicas,
            server_name=self.web.host,
        )
        told: pulumi.Output[str] = pulumi.Output.secret(
            pulumi.Output.all(**args.receivers.secrets()).apply(
                lambda secrets: routing.text(routing.configuration(args.receivers, secrets))
            )
        )
        among = {CLUSTER: pulumi.Output.secret(cluster(self.web.host))} if args.replicas > 1 else {}
        server = core.Secret(
            f"{name}-server",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=f"{NAME}-server", namespace=args.namespace, labels=self.labels),
            string_data={
                **self.web.files,
                **among,
                routing.FILE: told,
                AUTHORITY: args.authority.certificate,
                **({routing.TRUSTED: args.receivers.trusted} if args.receivers.trusted else {}),
            },
            opts=self.child(),
        )
        Replicas(
            name,
            ReplicasArgs(
                name=NAME,
                namespace=args.namespace,
                labels=self.labels,
                count=args.replicas,
                storage=STORAGE,
                storage_class=args.storage_class,
                container=self._container,
                volumes=[secret_volume("server", server)],
                # It reads its routes at its start. Their digest is no secret: what is secret in them is long.
                digest=pulumi.Output.unsecret(told.apply(lambda content: checksum({"routes": content}))),
                port=PORT,
                grace_seconds=30,
            ),
            [self._policy(name)],
            self.child(),
        )
        self.register_outputs({"url": self.web.url})

    def _policy(self, name: str) -> k8s.networking.v1.NetworkPolicy:
        """In: Prometheus. Among its replicas: what they told whom. Out: by which people are told."""
        several, me = self.args.replicas > 1, [pods(selector(self.labels))]
        return network_policy(
            NAME,
            resource_name=f"{name}-traffic",
            namespace=self.args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[allow_in([pods(PROMETHEUS)], PORT), *([allow_in(me, CLUSTER_PORT)] if several else [])],
            egress=[
                *([allow_out(me, CLUSTER_PORT)] if several else []),
                *(allow_out([cidr(block) for block in each.networks], each.port) for each in self.args.outward),
            ],
            opts=self.child(),
        )

    def _container(self, letter: str) -> k8s.core.v1.ContainerArgs:
        others = letters(self.args.replicas).replace(letter, "")
        answers = core.TCPSocketActionArgs(port="https")
        return core.ContainerArgs(
            name=NAME,
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            args=[
                f"--config.file={routing.FOLDER}/{routing.FILE}",
                f"--storage.path={PATH}",
                f"--web.config.file={routing.FOLDER}/{web.CONFIGURATION}",
                f"--web.external-url={self.web.url}",
                f"--cluster.listen-address={f':{CLUSTER_PORT}' if others else ''}",
                *([f"--cluster.tls-config={routing.FOLDER}/{CLUSTER}"] if others else []),
                *(f"--cluster.peer={pod(NAME, other, OBSERVABILITY)}:{CLUSTER_PORT}" for other in others),
            ],
            ports=[
                core.ContainerPortArgs(name="https", container_port=PORT),
                *([core.ContainerPortArgs(name="cluster", container_port=CLUSTER_PORT)] if others else []),
            ],
            resources=self.args.compute.to_args(),
            security_context=container_security(),
            startup_probe=core.ProbeArgs(tcp_socket=answers, period_seconds=1, timeout_seconds=5, failure_threshold=60),
            readiness_probe=core.ProbeArgs(tcp_socket=answers, period_seconds=10, timeout_seconds=5),
            liveness_probe=core.ProbeArgs(
                tcp_socket=answers, period_seconds=30, timeout_seconds=10, failure_threshold=4
            ),
            volume_mounts=[mount("server", routing.FOLDER, read_only=True), mount(DATA, PATH)],
        )


def cluster(server_name: str) -> str:
    """How replicas speak to each other: over TLS, each showing the same certificate. Source: its docs/https.md."""
    own = {"cert_file": "tls.crt", "key_file": "tls.key"}
    said = {
        "tls_server_config": {
            **own,
            "client_ca_file": AUTHORITY,
            "client_auth_type": "RequireAndVerifyClientCert",
            # The authority signs every server's certificate; only this one's opens the way to what was told to whom.
            "client_allowed_sans": [server_name],
        },
        "tls_client_config": {**own, "ca_file": AUTHORITY, "server_name": server_name},
    }
    return yaml.safe_dump(said, sort_keys=False)
