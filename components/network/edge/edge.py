"""The platform's one way in: one Gateway, a HTTPS listener for each host, and Traefik behind it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.network import (
    Access,
    Certificate,
    CertificateAuthority,
    Endpoint,
    EndpointArgs,
    Namespace,
    NamespaceArgs,
    Peer,
    Quota,
)
from components.network.edge import configuration as conf
from components.network.edge import limits
from components.network.edge.access import ClusterAccess
from components.network.edge.limits import LimitClass, Limits
from components.network.edge.names import (
    GATEWAY_API,
    HTTP_PORT,
    HTTPS_PORT,
    INTERNAL_PORT,
    METRICS,
    NAME,
    NAMESPACE,
    TRAEFIK_API,
)
from components.network.edge.proxy import Proxy
from components.network.edge.route import AUTHORITY, Route, RouteArgs
from components.network.endpoint import ServicePort
from components.network.metrics import metrics_service
from components.network.policies import allow_in, network_policy, to_api_server
from components.workload import Compute, checksum

CLASS = "etl-platform"
CONTROLLER = "traefik.io/gateway-controller"
PLAIN = "http"
"""The listener that sends people to HTTPS, and serves nothing."""


@dataclass(frozen=True)
class EdgeArgs:
    """The edge of an environment.

    Args:
        image: Traefik's, full name and tag.
        replicas, compute: of its pods, and what each of them gets.
        hosts: DNS names by the names of their listeners; each gets a certificate of the platform's authority.
        limits: what one client address may ask, by class.
        access: how people reach it from outside the cluster.
        observers: who may read its metrics.
    """

    owner: Owner
    image: str
    replicas: int
    compute: Compute
    hosts: Mapping[str, str]
    limits: Mapping[LimitClass, Limits]
    authority: CertificateAuthority
    access: Access
    observers: Sequence[Peer]


class Edge(Component):
    """Namespace, proxy, Gateway and the ways that lead through it.

    Outputs:
        endpoint: where the edge answers, as seen from where the engine runs.
    """

    endpoint: Endpoint

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("network:Edge", name, opts)
        self.args = args
        self.labels = args.owner.labels(NAME, NAME)
        self.namespace = Namespace(
            NAMESPACE, NamespaceArgs(NAMESPACE, args.owner, _quota(args.replicas, args.compute)), self.child()
        ).name
        self._authority = k8s.core.v1.ConfigMap(
            f"{name}-authority",
            metadata=self._metadata(AUTHORITY),
            data={"ca.crt": args.authority.certificate},
            opts=self.child(),
        )
        configuration = k8s.core.v1.ConfigMap(
            f"{name}-configuration",
            metadata=self._metadata("configuration"),
            data={"traefik.yaml": self._configuration},
            opts=self.child(),
        )
        shared = [
            self._custom(f"{name}-tls", TRAEFIK_API, "TLSOption", "default", conf.tls_options()),
            *limits.declare(name, args.limits, namespace=self.namespace, labels=self.labels, opts=self.child()),
        ]
        gateway = self._gateway(name)
        access = ClusterAccess(name, namespace=self.namespace, labels=self.labels, opts=self.child())
        policy = self._policy(name)
        Proxy(
            name,
            image=args.image,
            replicas=args.replicas,
            compute=args.compute,
            account=access.account,
            configuration=configuration,
            digest=checksum({"configuration": self._configuration}),
            namespace=self.namespace,
            labels=self.labels,
            depends_on=[policy, gateway, *shared],
            opts=self.child(),
        )
        metrics_service(
            METRICS,
            resource_name=f"{name}-metrics",
            namespace=self.namespace,
            labels=self.labels,
            select=selector(self.labels),
            port=INTERNAL_PORT,
            opts=self.child(),
        )
        self.endpoint = Endpoint(
            name,
            EndpointArgs(
                name=NAME,
                namespace=self.namespace,
                labels=self.labels,
                select=selector(self.labels),
                port=443,
                target_port=HTTPS_PORT,
                port_name="https",
                access=args.access,
                more_ports=[ServicePort(name="http", port=80, target_port=HTTP_PORT)],
                keep_client_address=True,
            ),
            self.child(),
        )
        self.register_outputs({})

    def route(self, name: str, args: RouteArgs) -> Route:
        """Open a way from a listener to a service.

        Raises:
            ValueError: no listener has this name, or no path may pass.
        """
        if args.host not in self.args.hosts:
            raise ValueError(
                f"route {name}: no listener is called {args.host!r}; there are {', '.join(self.args.hosts)}"
            )
        return Route(
            name,
            args,
            owner=self.args.owner,
            hostname=self.args.hosts[args.host],
            namespace=self.namespace,
            opts=self.child(depends_on=[self._authority]),
        )

    @property
    def _configuration(self) -> str:
        return conf.text(f"etl-platform/environment={self.args.owner.environment}")

    def _gateway(self, name: str) -> pulumi.Resource:
        """The class, the Gateway, and what answers plain HTTP."""
        chosen = k8s.apiextensions.CustomResource(
            f"{name}-class",
            api_version=f"{GATEWAY_API}/v1",
            kind="GatewayClass",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=CLASS, labels=self.labels),
            spec={"controllerName": CONTROLLER},
            opts=self.child(),
        )
        secrets = [self._certificate(listener, hostname) for listener, hostname in self.args.hosts.items()]
        gateway = self._custom(
            name,
            GATEWAY_API,
            "Gateway",
            NAME,
            {
                "gatewayClassName": CLASS,
                "listeners": [
                    {"name": PLAIN, "port": HTTP_PORT, "protocol": "HTTP", "allowedRoutes": _SAME},
                    *(_listener(listener, hostname) for listener, hostname in self.args.hosts.items()),
                ],
            },
            after=[chosen, *secrets],
        )
        self._custom(
            f"{name}-to-https",
            GATEWAY_API,
            "HTTPRoute",
            "to-https",
            {
                "parentRefs": [{"name": NAME, "sectionName": PLAIN}],
                "hostnames": list(self.args.hosts.values()),
                "rules": [
                    {
                        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
                        "filters": [
                            {
                                "type": "RequestRedirect",
                                "requestRedirect": {"scheme": "https", "statusCode": 301},
                            }
                        ],
                    }
                ],
            },
            after=[gateway],
        )
        return gateway

    def _certificate(self, listener: str, hostname: str) -> pulumi.Resource:
        certificate = Certificate(f"edge-{listener}", self.args.authority, names=[hostname], opts=self.child())
        return k8s.core.v1.Secret(
            f"edge-{listener}",
            metadata=self._metadata(_secret(listener)),
            type="kubernetes.io/tls",
            string_data={"tls.crt": certificate.certificate, "tls.key": certificate.private_key},
            opts=self.child(),
        )

    def _policy(self, name: str) -> k8s.networking.v1.NetworkPolicy:
        """In: people, by the configured ranges, and who reads metrics. Out: the API server; each route adds its own."""
        outside = self.args.access.peers
        return network_policy(
            NAME,
            resource_name=f"{name}-traffic",
            namespace=self.namespace,
            labels=self.labels,
            select=selector(self.labels),
            ingress=[
                *([allow_in(outside, HTTPS_PORT, HTTP_PORT)] if outside else []),
                *([allow_in(self.args.observers, INTERNAL_PORT)] if self.args.observers else []),
            ],
            egress=[to_api_server()],
            opts=self.child(),
        )

    def _custom(
        self,
        resource: str,
        group: str,
        kind: str,
        name: str,
        spec: dict[str, Any],
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Resource:
        version = "v1" if group == GATEWAY_API else "v1alpha1"
        return k8s.apiextensions.CustomResource(
            resource,
            api_version=f"{group}/{version}",
            kind=kind,
            metadata=self._metadata(name),
            spec=spec,
            opts=self.child(depends_on=list(after)),
        )

    def _metadata(self, name: str) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.namespace, labels=self.labels)


_SAME = {"namespaces": {"from": "Same"}}


def _listener(name: str, hostname: str) -> dict[str, Any]:
    return {
        "name": name,
        "hostname": hostname,
        "port": HTTPS_PORT,
        "protocol": "HTTPS",
        "tls": {
            "mode": "Terminate",
            "certificateRefs": [{"group": "", "kind": "Secret", "name": _secret(name)}],
        },
        "allowedRoutes": _SAME,
    }


def _secret(listener: str) -> str:
    return f"{listener}-certificate"


def _quota(replicas: int, compute: Compute) -> Quota:
    pods = replicas + 1  # one more while a new revision rolls out
    return Quota(cpu=pods * compute.cpu_limit, memory=pods * compute.memory, storage=0, pods=pods)
