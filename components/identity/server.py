"""The Keycloak server: production mode, HTTPS only, its own PostgreSQL database, and the provider that speaks to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pulumi
import pulumi_keycloak as keycloak
import pulumi_kubernetes as k8s
import pulumi_random as random

from components.base import Component, Owner, selector
from components.databases import Database
from components.identity import configuration as conf
from components.identity.automation import Automation, AutomationArgs
from components.network import Access, Certificate, CertificateAuthority, Endpoint, EndpointArgs, Peer, pods
from components.network.metrics import metrics_service
from components.network.policies import allow_in, allow_out, cidr, from_prometheus, network_policy
from components.workload import (
    Compute,
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
NAME = "keycloak"
BOOTSTRAP = "platform-bootstrap"  # scripts/automation.sh has the same
HTTPS = 443
METRICS = "keycloak-metrics"
"""The Service by which Prometheus finds each replica's management port."""


@dataclass(frozen=True)
class Outward:
    """A TCP port in network ranges outside the cluster."""

    networks: Sequence[str]
    port: int


@dataclass(frozen=True)
class KeycloakArgs:
    """A Keycloak server.

    Args:
        hostname: the DNS name people use; the public URL is https:// and this.
        image: the official image of the version to run.
        database: on a server in the same namespace.
        pool: database connections per replica.
        realm: the realm that the provider manages.
        outward: what it reaches outside the cluster, such as a mail server.
        access: how the engine reaches it, and who else may without the edge.
        proxy: the edge's pods, where people come through it.
        trusted: authorities, in PEM, that it trusts there beside the public ones.
    """

    namespace: pulumi.Input[str]
    namespace_name: str
    owner: Owner
    hostname: str
    image: str
    replicas: int
    compute: Compute
    pool: int
    database: Database
    authority: CertificateAuthority
    access: Access
    realm: str
    outward: Sequence[Outward] = ()
    proxy: Peer | None = None
    trusted: str | None = None


class Keycloak(Component):
    """Keycloak and what surrounds it.

    Outputs:
        url: the public one. endpoint: as seen from where the engine runs.
        automation: the account that administers it.
        host: inside the cluster; the certificate knows it.
        provider: of pulumi_keycloak, as that account; usable once the server is ready.
    """

    def __init__(self, name: str, args: KeycloakArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("identity:Keycloak", name, opts)
        self.args = args
        self.labels = args.owner.labels(NAME, "identity")
        self.url = f"https://{args.hostname}"
        self.endpoint = Endpoint(
            name,
            EndpointArgs(
                name=NAME,
                namespace=args.namespace,
                labels=self.labels,
                select=selector(self.labels),
                port=HTTPS,
                target_port=conf.HTTPS_PORT,
                port_name="https",
                access=args.access,
            ),
            self.child(),
        )
        self.host = internal = f"{NAME}.{args.namespace_name}.svc"
        certificate = Certificate(
            name,
            args.authority,
            names=[args.hostname, internal, f"{internal}.cluster.local"],
            addresses=self.endpoint.certificate_addresses,
            opts=self.child(),
        )
        bootstrap = random.RandomPassword(f"{name}-administrator", length=32, special=False, opts=self.child())
        settings = self._settings(bootstrap.result)
        secret = core.Secret(
            f"{name}-settings",
            metadata=self._metadata("settings"),
            string_data={
                "keycloak.conf": settings,
                "tls.crt": certificate.certificate,
                "tls.key": certificate.private_key,
                "ca.crt": args.authority.certificate,
                **({conf.TRUSTED: args.trusted} if args.trusted else {}),
            },
            opts=self.child(),
        )
        policy = self._policy(name)
        metrics_service(
            METRICS,
            resource_name=f"{name}-metrics",
            namespace=args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            port=conf.MANAGEMENT_PORT,
            opts=self.child(),
        )
        # Keycloak reads these at its start; its own certificate it reloads by itself. The digest of a secret text is no
        # secret: the text holds two passwords of 190 bits each.
        started_with = pulumi.Output.all(
            conf=settings, authority=args.authority.certificate, trusted=args.trusted or ""
        )
        digest = pulumi.Output.unsecret(started_with.apply(checksum))
        workload = self._workload(name, secret, digest, policy)
        if args.replicas > 1:
            disruption_budget(name, self._metadata(), selector(self.labels), self.child())
        self.automation = Automation(
            f"{name}-automation",
            AutomationArgs(
                namespace=args.namespace,
                owner=args.owner,
                image=args.image,
                server=internal,
                labels=self.labels,
                realm=args.realm,
                bootstrap_secret=bootstrap.result,
                authority=args.authority,
            ),
            [workload, policy],
            self.child(),
        )
        self.provider = keycloak.Provider(
            name,
            url=self._engine_url(),
            client_id=self.automation.client_id,
            client_secret=self.automation.client_secret,
            root_ca_certificate=args.authority.certificate,
            # A preview comes before the server does; the first call logs in.
            initial_login=False,
            client_timeout=60,
            opts=self.child(depends_on=[workload, policy, self.automation.done]),
        )
        self.register_outputs({"url": self.url})

    def _engine_url(self) -> pulumi.Input[str]:
        # Go's TLS verifies the name it dials: the certificate knows the cluster's address, and not a load balancer's.
        if self.args.access.via == "load_balancer":
            return self.url
        return pulumi.Output.concat("https://", self.endpoint.host, ":", self.endpoint.port.apply(str))

    def _settings(self, password: pulumi.Output[str]) -> pulumi.Output[str]:
        database, owner = self.args.database, self.args.database.logins["owner"]
        server = database.args.server

        def text(parts: list[str]) -> str:
            return conf.keycloak_conf(
                hostname=self.url,
                connection=conf.Connection(
                    server.host,
                    server.port,
                    database=parts[0],
                    username=parts[1],
                    password=parts[2],
                    pool=self.args.pool,
                ),
                bootstrap=(BOOTSTRAP, parts[3]),
                proxied=self.args.proxy is not None,
                trusted=self.args.trusted is not None,
            )

        return pulumi.Output.secret(pulumi.Output.all(database.name, owner.user, owner.password, password).apply(text))

    def _metadata(self, suffix: str | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        name = f"{NAME}-{suffix}" if suffix else NAME
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _policy(self, name: str) -> k8s.networking.v1.NetworkPolicy:
        """HTTPS from the edge and the configured outside, the cluster's ports among replicas, metrics for Prometheus.

        Out to the database.
        """
        me = pods(selector(self.labels))
        server = self.args.database.args.server
        outside = [*self.args.access.peers, *([self.args.proxy] if self.args.proxy else [])]
        return network_policy(
            NAME,
            resource_name=f"{name}-traffic",
            namespace=self.args.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[
                *([allow_in(outside, conf.HTTPS_PORT)] if outside else []),
                allow_in([me], *conf.CLUSTER_PORTS),
                from_prometheus(conf.MANAGEMENT_PORT),
            ],
            egress=[
                allow_out([pods(selector(server.labels))], server.port),
                allow_out([me], *conf.CLUSTER_PORTS),
                *(allow_out([cidr(block) for block in each.networks], each.port) for each in self.args.outward),
            ],
            opts=self.child(),
        )

    def _workload(
        self,
        name: str,
        secret: k8s.core.v1.Secret,
        digest: pulumi.Output[str],
        policy: k8s.networking.v1.NetworkPolicy,
    ) -> k8s.apps.v1.Deployment:
        pod_labels = selector(self.labels)
        return k8s.apps.v1.Deployment(
            name,
            metadata=self._metadata(),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=self.args.replicas,
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=pod_labels),
                template=pod_template(
                    self.labels,
                    uid=conf.UID,
                    digest=digest,
                    affinity=apart(pod_labels) if self.args.replicas > 1 else None,
                    init_containers=self._optimise(),
                    containers=[self._container()],
                    volumes=[
                        secret_volume("settings", secret),
                        scratch("quarkus", size="128Mi"),
                        scratch("data", size="128Mi"),
                        scratch("tmp", size="128Mi"),
                    ],
                ),
            ),
            opts=self.child(depends_on=[policy]),
        )

    def _optimise(self) -> list[k8s.core.v1.ContainerArgs]:
        """Two steps that make the official image an optimised one for this pod.

        Keycloak's build writes into its own installation, and the root file system is read-only.
        """

        def step(step_name: str, script: str, at: str) -> k8s.core.v1.ContainerArgs:
            return core.ContainerArgs(
                name=step_name,
                image=self.args.image,
                image_pull_policy="IfNotPresent",
                command=["/bin/sh", "-ec", script],
                resources=self.args.compute.to_args(),
                security_context=container_security(),
                volume_mounts=[
                    mount("quarkus", at),
                    mount("settings", conf.SETTINGS, read_only=True),
                    mount("tmp", "/tmp"),
                ],
            )

        return [
            step("copy-installation", f"cp -r {conf.QUARKUS}/. /quarkus/", "/quarkus"),
            step("build", f"exec {conf.HOME}/bin/kc.sh --config-file={conf.FILE} build", conf.QUARKUS),
        ]

    def _container(self) -> k8s.core.v1.ContainerArgs:
        probe = partial(http_probe, port="management", scheme="HTTPS", timeout=10)

        return core.ContainerArgs(
            name=NAME,
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            args=[f"--config-file={conf.FILE}", "start", "--optimized"],
            ports=[
                core.ContainerPortArgs(name="https", container_port=conf.HTTPS_PORT),
                core.ContainerPortArgs(name="management", container_port=conf.MANAGEMENT_PORT),
            ],
            resources=self.args.compute.to_args(),
            security_context=container_security(),
            startup_probe=probe("/health/started", 2, 150),
            readiness_probe=probe("/health/ready", 5, 3),
            liveness_probe=probe("/health/live", 10, 6),
            volume_mounts=[
                mount("settings", conf.SETTINGS, read_only=True),
                # Built by the init containers; a start only reads it, but Quarkus opens it for writing.
                mount("quarkus", conf.QUARKUS),
                mount("data", f"{conf.HOME}/data"),
                mount("tmp", "/tmp"),
            ],
        )
