"""A team's service: its pods, who may reach them, and the login in front of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_kubernetes as k8s

from components import telemetry
from components.base import Component, Owner, selector
from components.databases import Database
from components.databases.mounted import FILES, Connection, mounted_connection
from components.network import CertificateAuthority, pods
from components.network.edge import Backend, Edge, PathRule, RouteArgs, edge_pods
from components.network.policies import allow_in, allow_out, network_policy, to_collector
from components.services import login as guard
from components.services import proxy
from components.services.login import Guarded, Login
from components.services.request import ServiceRequest
from components.workload import (
    apart,
    checksum,
    container_security,
    disruption_budget,
    http_probe,
    mount,
    pod_template,
    scratch,
    secret_volume,
)

core = k8s.core.v1

UID = 65532  # distroless' "nonroot": images must run as any user
CONNECTIONS = "/etc/connections"
HTTP = "http"


def labels_of(owner: Owner, service: str) -> dict[str, str]:
    """The labels of a service's pods, by which a database's server knows them too."""
    return owner.labels(service, "service")


@dataclass(frozen=True)
class ServiceArgs:
    """A service in `namespace`, which exists and starts closed.

    Args:
        image: that its program runs from.
        databases: that it works on, as writer, by name.
        login: None for a service that everyone may call who reaches the edge.
        collector: of telemetry; None where there is none. The namespace then has what it is verified by.
    """

    request: ServiceRequest
    namespace: pulumi.Input[str]
    namespace_name: str
    owner: Owner
    image: pulumi.Input[str]
    domain: str
    databases: Mapping[str, Database]
    authority: CertificateAuthority
    edge: Edge
    login: Login | None = None
    collector: telemetry.Collector | None = None

    @property
    def host(self) -> str:
        """The name under which people reach it."""
        return f"{self.request.host}.{self.domain}"


class Service(Component):
    """Deployment, Service and route, the policies between them, and the files with its connections.

    Outputs:
        url: where people find it.
    """

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("services:Service", name, opts)
        self.args, self.name = args, name
        self.labels = labels_of(args.owner, args.request.name)
        self.url = f"https://{args.host}"
        self.guarded = Guarded(
            name=args.request.name,
            namespace=args.namespace,
            namespace_name=args.namespace_name,
            labels=self.labels,
            host=args.host,
            port=args.request.port,
        )
        self.port = proxy.PORT if args.login else args.request.port
        login = guard.files(name, args.login, self.guarded, args.authority, self) if args.login else None
        policy = self._policy()
        self._workload(self._connections(), login, policy)
        self._route(self._service())
        self.register_outputs({"url": self.url})

    def _metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        name = f"{self.args.request.name}-{suffix}" if suffix else self.args.request.name
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _connections(self) -> list[tuple[str, k8s.core.v1.Secret]]:
        """A Secret of files for each database; services write what their team's jobs and people made."""
        return [
            (
                database.args.name,
                mounted_connection(
                    f"{self.name}-{database.args.server.args.name}",
                    Connection(database.args.name, f"{self.args.request.name}-{database.args.server.args.name}"),
                    namespace=self.args.namespace,
                    labels=self.labels,
                    database=database,
                    login=database.logins["writer"],
                    opts=self.child(),
                ),
            )
            for database in self.args.databases.values()
        ]

    def _policy(self) -> k8s.networking.v1.NetworkPolicy:
        """In from the edge alone; out to its databases, the collector, and Keycloak where people log in."""
        args, me = self.args, selector(self.labels)
        servers = [database.args.server for database in args.databases.values()]
        out = [
            to_collector(),
            *(allow_out([pods(selector(each.labels), of=each.args.namespace_name)], each.port) for each in servers),
        ]
        if args.login:
            out.append(guard.way_to_keycloak(self.name, args.login, self.guarded, self))
        return network_policy(
            args.request.name,
            resource_name=f"{self.name}-traffic",
            namespace=args.namespace,
            labels=self.labels,
            select=me,
            ingress=[allow_in([edge_pods(Owner(args.owner.environment))], self.port)],
            egress=out,
            opts=self.child(),
        )

    def _workload(
        self,
        connections: Sequence[tuple[str, k8s.core.v1.Secret]],
        login: tuple[k8s.core.v1.Secret, pulumi.Output[str]] | None,
        policy: k8s.networking.v1.NetworkPolicy,
    ) -> k8s.apps.v1.Deployment:
        request, me = self.args.request, selector(self.labels)
        logins = [pulumi.Output.all(database.logins["writer"].user) for database in self.args.databases.values()]
        collector = self.args.collector
        authority = [collector.authority] if collector else []
        digest = pulumi.Output.all(login[1] if login else "", *logins, *authority).apply(
            lambda parts: checksum({str(number): str(part) for number, part in enumerate(parts)})
        )
        if request.replicas > 1:
            disruption_budget(self.name, self._metadata(), me, self.child())
        volumes = [
            scratch("tmp", size="256Mi"),
            *(secret_volume(_volume(name), (secret, {file: file for file in FILES})) for name, secret in connections),
            *([telemetry.volume()] if collector else []),
        ]
        containers = [self._program([name for name, _ in connections])]
        if login and self.args.login:
            volumes.append(secret_volume(proxy.NAME, login[0]))
            containers.append(proxy.container(self.args.login.sign_in.image))
        return k8s.apps.v1.Deployment(
            self.name,
            metadata=self._metadata(),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=request.replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=me),
                template=pod_template(
                    self.labels,
                    uid=UID,
                    digest=digest,
                    affinity=apart(me) if request.replicas > 1 else None,
                    containers=containers,
                    volumes=volumes,
                ),
            ),
            opts=self.child(depends_on=[policy]),
        )

    def _program(self, databases: Sequence[str]) -> k8s.core.v1.ContainerArgs:
        request = self.args.request

        probe = partial(http_probe, request.health, port=HTTP)

        variables = {
            "PORT": str(request.port),
            **({"CONNECTIONS": CONNECTIONS} if databases else {}),
            **telemetry.variables(self.args.owner, request.name, self.args.collector),
            **request.environment,
        }
        return core.ContainerArgs(
            name="service",
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            ports=[core.ContainerPortArgs(name=HTTP, container_port=request.port)],
            env=[core.EnvVarArgs(name=name, value=value) for name, value in variables.items()],
            resources=request.compute.to_args(),
            security_context=container_security(),
            startup_probe=probe(2, 60),
            readiness_probe=probe(5, 3),
            liveness_probe=probe(10, 6),
            volume_mounts=[
                mount("tmp", "/tmp"),
                *(mount(_volume(name), f"{CONNECTIONS}/{name}", read_only=True) for name in databases),
                *([mount(telemetry.VOLUME, telemetry.FOLDER, read_only=True)] if self.args.collector else []),
            ],
        )

    def _service(self) -> k8s.core.v1.Service:
        return core.Service(
            self.name,
            metadata=self._metadata(),
            spec=core.ServiceSpecArgs(
                selector=selector(self.labels),
                ports=[core.ServicePortArgs(name="https" if self.args.login else HTTP, port=self.port)],
            ),
            opts=self.child(),
        )

    def _route(self, service: k8s.core.v1.Service) -> None:
        """Every path, and those of the login within the stricter limits of logins."""
        args = self.args
        backend = Backend(
            address=service.spec.cluster_ip,
            port=self.port,
            namespace=args.namespace_name,
            labels=selector(self.labels),
            target_port=self.port,
            server_name=self.guarded.inside if args.login else None,
        )
        paths = [PathRule("/"), *([PathRule("/oauth2", limits="login")] if args.login else [])]
        args.edge.route(self.name, RouteArgs(args.request.host, backend, paths))


def _volume(database: str) -> str:
    return f"connection-{database.replace('_', '-')}"
