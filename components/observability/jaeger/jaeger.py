"""Jaeger's pod: takes traces from the collector, keeps them on a volume, and shows them behind the platform's login."""

from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.network import CertificateAuthority, pods
from components.network.edge import Backend as Route
from components.network.edge import Edge, PathRule, RouteArgs, edge_pods
from components.network.policies import COLLECTOR, OBSERVABILITY, allow_in, namespace, network_policy
from components.observability import transport
from components.observability.jaeger import configuration as conf
from components.observability.parts import HEALTH, METRICS, UID, memory_goal
from components.observability.transport import Backend
from components.services import Login, proxy
from components.services import login as guard
from components.services.login import Guarded
from components.volumes import claim, claimed, configured
from components.workload import (
    Compute,
    checksum,
    container_security,
    http_probe,
    mount,
    pod_template,
    scratch,
    secret_volume,
)

core = k8s.core.v1
NAME = "jaeger"


@dataclass(frozen=True)
class JaegerSize:
    """The pod's share, GiB of its volume, and days that a trace stays."""

    compute: Compute
    storage: int
    days: int


@dataclass(frozen=True)
class Entrance:
    """The way in for people: through the edge, by the listener of this name, under `host`, after a login."""

    edge: Edge
    listener: str
    host: str
    login: Login


@dataclass(frozen=True)
class JaegerArgs:
    """Jaeger in `namespace`, which exists and starts closed.

    Args:
        image: full name and tag.
        entrance: None where the environment has no edge; then a port-forward leads to it, for who may do that.
    """

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    size: JaegerSize
    storage_class: str | None
    authority: CertificateAuthority
    entrance: Entrance | None


class Jaeger(Component):
    """Deployment, Service, claim, policy, and the login before it.

    Outputs:
        backend: where the collector brings traces.
        url: where people find it; None without an edge.
    """

    def __init__(self, name: str, args: JaegerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("observability:Jaeger", name, opts)
        self.args, self.name = args, name
        self.labels = args.owner.labels(NAME, "traces")
        self.backend = Backend(f"{NAME}.{OBSERVABILITY}.svc", conf.OTLP, pods(selector(self.labels)))
        self.url = f"https://{args.entrance.host}" if args.entrance else None
        text = conf.text(args.size.days)
        config = core.ConfigMap(name, metadata=self._metadata(), data={"config.yaml": text}, opts=self.child())
        tls = transport.certificate(
            f"{name}-otlp",
            args.authority,
            metadata=self._metadata("tls"),
            service=self.backend.host,
            parent=self,
        )
        data = claim(
            f"{name}-data",
            metadata=self._metadata("data"),
            storage=args.size.storage,
            storage_class=args.storage_class,
            opts=self.child(),
        )
        login = self._login(args.entrance) if args.entrance else None
        digest = pulumi.Output.all(args.authority.certificate, login[1] if login else "").apply(
            lambda parts: checksum({"config": text, "authority": parts[0], "login": parts[1]})
        )
        self._workload(config, tls, data, login[0] if login else None, digest, self._policy())
        self._route(self._service())
        self.register_outputs({"url": self.url})

    def _metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        name = f"{NAME}-{suffix}" if suffix else NAME
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _login(self, entrance: Entrance) -> tuple[k8s.core.v1.Secret, pulumi.Output[str]]:
        return guard.files(self.name, entrance.login, self._guarded(entrance), self.args.authority, self)

    def _guarded(self, entrance: Entrance) -> Guarded:
        return Guarded(
            name=NAME,
            namespace=self.args.namespace,
            namespace_name=OBSERVABILITY,
            labels=self.labels,
            host=entrance.host,
            port=conf.QUERY,
        )

    def _policy(self) -> k8s.networking.v1.NetworkPolicy:
        """In: the collector, people by the edge, and who reads its metrics. Out: Keycloak, where people log in."""
        args, people, keycloak = self.args, [], []
        if entrance := args.entrance:
            people = [allow_in([edge_pods(args.owner)], proxy.PORT)]
            keycloak = [guard.way_to_keycloak(self.name, entrance.login, self._guarded(entrance), self)]
        return network_policy(
            NAME,
            resource_name=f"{self.name}-traffic",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[
                allow_in([pods(COLLECTOR)], conf.OTLP),
                *people,
                allow_in([namespace(OBSERVABILITY)], METRICS),
            ],
            egress=keycloak,
            opts=self.child(),
        )

    def _workload(
        self,
        config: k8s.core.v1.ConfigMap,
        tls: k8s.core.v1.Secret,
        data: k8s.core.v1.PersistentVolumeClaim,
        login: k8s.core.v1.Secret | None,
        digest: pulumi.Output[str],
        policy: k8s.networking.v1.NetworkPolicy,
    ) -> k8s.apps.v1.Deployment:
        containers = [self._container()]
        volumes = [
            configured("config", config),
            secret_volume(transport.VOLUME, tls),
            claimed("data", data),
            scratch("tmp", size="64Mi"),
        ]
        if login and self.args.entrance:
            containers.append(proxy.container(self.args.entrance.login.sign_in.image))
            volumes.append(secret_volume(proxy.NAME, login))
        return k8s.apps.v1.Deployment(
            self.name,
            metadata=self._metadata(),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                # Badger is one process's; a second one would wait for its lock until it is given up.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self.labels)),
                template=pod_template(
                    self.labels, uid=UID, digest=digest, grace_seconds=30, containers=containers, volumes=volumes
                ),
            ),
            opts=self.child(depends_on=[policy]),
        )

    def _container(self) -> k8s.core.v1.ContainerArgs:
        compute = self.args.size.compute

        probe = partial(http_probe, "/status", port="health")

        return core.ContainerArgs(
            name=NAME,
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            args=[f"--config={conf.FILE}"],
            env=[
                core.EnvVarArgs(name="GOMEMLIMIT", value=memory_goal(compute.memory)),
                # Whoever looks at traces would make new ones, and Jaeger has no way to anyone who takes them.
                core.EnvVarArgs(name="OTEL_TRACES_SAMPLER", value="always_off"),
            ],
            ports=[
                core.ContainerPortArgs(name="otlp-http", container_port=conf.OTLP),
                core.ContainerPortArgs(name="metrics", container_port=METRICS),
                core.ContainerPortArgs(name="health", container_port=HEALTH),
            ],
            resources=compute.to_args(),
            security_context=container_security(),
            # After a crash it reads its log first.
            startup_probe=probe(2, 150),
            readiness_probe=probe(5, 3),
            liveness_probe=probe(15, 4),
            volume_mounts=[
                mount("config", conf.FOLDER, read_only=True),
                mount(transport.VOLUME, transport.FOLDER, read_only=True),
                mount("data", conf.DATA),
                mount("tmp", "/tmp"),
            ],
        )

    def _service(self) -> k8s.core.v1.Service:
        login = [core.ServicePortArgs(name="https", port=proxy.PORT)] if self.args.entrance else []
        return core.Service(
            self.name,
            metadata=self._metadata(),
            spec=core.ServiceSpecArgs(
                selector=selector(self.labels),
                ports=[core.ServicePortArgs(name="otlp-http", port=conf.OTLP), *login],
            ),
            opts=self.child(),
        )

    def _route(self, service: k8s.core.v1.Service) -> None:
        """Every path, and those of the login within the stricter limits of logins."""
        entrance = self.args.entrance
        if entrance is None:
            return
        behind = Route(
            address=service.spec.cluster_ip,
            port=proxy.PORT,
            namespace=OBSERVABILITY,
            labels=selector(self.labels),
            target_port=proxy.PORT,
            server_name=self.backend.host,
        )
        paths = [PathRule("/"), PathRule("/oauth2", limits="login")]
        entrance.edge.route(self.name, RouteArgs(entrance.listener, behind, paths))
