"""A PostgreSQL server as everything else sees it: an address, a certificate, a superuser, and a provider for it."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
import pulumi_postgresql as postgresql
import pulumi_random as random

from components.base import Component, Owner, selector
from components.databases import exporter
from components.databases.privileges import MONITOR, SUPERUSER
from components.databases.scram import verifier
from components.network import Access, Certificate, CertificateAuthority, Endpoint, EndpointArgs, Peer
from components.network.metrics import metrics_service
from components.network.policies import allow_in, from_prometheus, network_policy
from components.workload import Compute

core = k8s.core.v1
PORT = 5432


@dataclass(frozen=True)
class ServerSize:
    """What one server gets: compute, storage in GiB, connections of clients, and shared_buffers in MiB."""

    compute: Compute
    storage: int
    connections: int

    @property
    def shared_buffers(self) -> int:
        """MiB. Source: postgresql.org, "Resource Consumption": a reasonable start is 25 % of memory."""
        return self.compute.memory // 4

    @property
    def pod(self) -> Compute:
        """The server's share and that of the exporter beside it: what a quota has to hold."""
        return self.compute + exporter.COMPUTE


@dataclass(frozen=True, kw_only=True)
class ServerArgs:
    """A server and who may connect to it.

    Args:
        name: of its objects in `namespace`.
        image: the official PostgreSQL image, or one that honours the same variables; its clients make the backups.
        major: the image's major version of PostgreSQL.
        exporter_image: of postgres_exporter.
        clients: the pods that network policies let in; the outside comes from `access`.
        trust: writes the authority's certificate where the PostgreSQL provider can read it, and returns the path.
        storage_class: the cluster's default when None.
        protect: whether the engine refuses to delete or replace what holds the data.
        transaction_timeout: milliseconds, of every session that sets no other; from PostgreSQL 17 on. None for none.
        keep_volume: whether the data stays in the cluster when it leaves the stack all the same.
    """

    name: str
    namespace: pulumi.Input[str]
    namespace_name: str
    owner: Owner
    image: str
    major: int
    exporter_image: str
    size: ServerSize
    authority: CertificateAuthority
    access: Access
    clients: Sequence[Peer]
    trust: Callable[[str], str]
    storage_class: str | None
    protect: bool
    keep_volume: bool = True
    transaction_timeout: int | None = None


class Server(Component):
    """A server that takes TLS connections with scram passwords and nothing else; its kinds say how it runs.

    Outputs:
        provider: of pulumi_postgresql, as superuser; usable once the server is ready.
        host, port: inside the cluster.
        endpoint: as seen from where the engine runs.
        superuser_password: secret.
        certificate: its own; a renewed one must reach it.
        monitor: the role of its exporter.
    """

    monitor: pulumi.Output[str]

    def __init__(self, kind: str, name: str, args: ServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"databases:{kind}", name, opts)
        self.args = args
        self.labels = args.owner.labels(args.name, "database")
        self.host = f"{args.name}.{args.namespace_name}.svc"
        self.port = PORT
        self.endpoint = Endpoint(
            name,
            EndpointArgs(
                name=args.name,
                namespace=args.namespace,
                labels=self.labels,
                select=self.selector,
                port=PORT,
                target_port=PORT,
                port_name="postgresql",
                access=args.access,
            ),
            self.child(),
        )
        self.certificate = Certificate(
            name,
            args.authority,
            names=[self.host, f"{self.host}.cluster.local", "localhost"],
            addresses=self.endpoint.certificate_addresses,
            opts=self.child(),
        )
        superuser = random.RandomPassword(f"{name}-superuser", length=32, special=False, opts=self.child())
        self.superuser_password = superuser.result
        monitor = random.RandomPassword(f"{name}-monitor", length=32, special=False, opts=self.child())
        secret = core.Secret(
            f"{name}-server",
            metadata=self.metadata("server"),
            string_data={
                "superuser-password": superuser.result,
                "tls.crt": self.certificate.certificate,
                "tls.key": self.certificate.private_key,
                exporter.PASSWORD: monitor.result,
                exporter.AUTHORITY: args.authority.certificate,
                **self.further_secrets(),
            },
            opts=self.child(),
        )
        policy = network_policy(
            args.name,
            resource_name=f"{name}-clients",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[
                allow_in([*args.clients, *args.access.peers], PORT),
                from_prometheus(exporter.PORT),
            ],
            opts=self.child(),
        )
        metrics_service(
            exporter.service_name(args.name),
            resource_name=f"{name}-metrics",
            namespace=args.namespace,
            labels=self.labels,
            select=self.exporter_selector,
            port=exporter.PORT,
            opts=self.child(),
        )
        workload = self.workload(name, secret, policy)
        self.provider = postgresql.Provider(
            name,
            host=self.endpoint.host,
            port=self.endpoint.port,
            username=SUPERUSER,
            password=superuser.result,
            database="postgres",
            # The certificate is checked against the platform's authority; the address may be one the certificate
            # cannot know (a node's, a load balancer's), so its name is not.
            sslmode="verify-ca",
            sslrootcert=args.authority.certificate.apply(args.trust),
            superuser=True,
            connect_timeout=30,
            opts=self.child(depends_on=[workload, policy]),
        )
        self.monitor = self._monitor(name, monitor)
        self.register_outputs({"host": self.host, "port": self.port})

    def inside(
        self,
        component: Component,
        *,
        protect: bool | None = None,
        depends_on: list[pulumi.Resource] | None = None,
    ) -> pulumi.ResourceOptions:
        """The options of what lives inside this server, as a child of `component`.

        Of a server that is about to go nothing need be removed first, and one that does not answer any more must not
        stand in the way of its own removal.
        """
        leaving = None if self.args.keep_volume else True
        return component.child(provider=self.provider, protect=protect, depends_on=depends_on, retain_on_delete=leaving)

    @property
    def selector(self) -> Mapping[str, str]:
        """The labels of the one pod that takes writes."""
        return selector(self.labels)

    @property
    def exporter_selector(self) -> Mapping[str, str]:
        """The labels of the pod that the exporter is in."""
        return selector(self.labels)

    @abstractmethod
    def workload(
        self, name: str, secret: k8s.core.v1.Secret, policy: k8s.networking.v1.NetworkPolicy
    ) -> pulumi.Resource:
        """Declare what runs the server and holds its data, ready when the server is.

        Args:
            secret: has superuser-password, tls.crt, tls.key, ca.crt, monitor-password and `further_secrets`.
            policy: lets its clients in; to be there before its pods.
        """

    def further_secrets(self) -> dict[str, pulumi.Input[str]]:
        """What its kind needs beside those in its Secret."""
        return {}

    def metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        """Of its object with this suffix, in its namespace."""
        name = f"{self.args.name}-{suffix}" if suffix else self.args.name
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _monitor(self, name: str, password: random.RandomPassword) -> pulumi.Output[str]:
        """The exporter's role, which sees every statistic and no table, also when clients took all connections."""
        spare = ["pg_use_reserved_connections"] if self.args.major >= 16 else []
        stored: pulumi.Output[str] = pulumi.Output.secret(password.result.apply(verifier))
        return postgresql.Role(
            f"{name}-monitor",
            name=MONITOR,
            login=True,
            password=stored,
            roles=["pg_monitor", *spare],
            connection_limit=exporter.CONNECTIONS,
            statement_timeout=exporter.STATEMENT_MILLISECONDS,
            search_paths=["pg_catalog"],
            opts=self.inside(self),
        ).name
