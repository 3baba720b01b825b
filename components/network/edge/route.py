"""One way through the edge: which paths of a host lead to which service, and what one client may ask of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Literal

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.network.edge.limits import LimitClass, filters
from components.network.edge.names import GATEWAY_API, NAME
from components.network.policies import allow_out, network_policy, pods

Match = Literal["PathPrefix", "Exact"]
AUTHORITY = "platform-ca"
"""The ConfigMap with the platform's root, by which backends are verified."""


@dataclass(frozen=True)
class PathRule:
    """A path that may pass, and the limits of its clients. A prefix is of whole segments: /a fits /a/b, not /ab."""

    value: str
    limits: LimitClass = "standard"
    match: Match = "PathPrefix"


@dataclass(frozen=True)
class Backend:
    """The service behind a route.

    Args:
        address, port: its cluster address and port.
        namespace: of its pods. labels: theirs. target_port: the port on which they answer.
        server_name: the name that its certificate of the platform's authority has; None for one without TLS.
    """

    address: pulumi.Input[str]
    port: int
    namespace: str
    labels: Mapping[str, str]
    target_port: int
    server_name: str | None


@dataclass(frozen=True)
class RouteArgs:
    """What a component asks of the edge.

    Args:
        host: the listener's name, a key of `EdgeArgs.hosts`.
        paths: what may pass; anything else is 404.
    """

    host: str
    backend: Backend
    paths: Sequence[PathRule]


class Route(Component):
    """The route and all that it needs in the edge's namespace.

    The edge reads no other namespace, whose Secrets it would see with everything else: a Service of its own stands for
    the one behind, with that one's cluster address as its only endpoint.
    """

    def __init__(
        self,
        name: str,
        args: RouteArgs,
        *,
        owner: Owner,
        hostname: str,
        namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("network:Route", name, opts)
        if not args.paths:
            raise ValueError(f"route {name}: no path may pass; name at least one")
        self.labels = owner.labels(name, "edge-route")
        self.namespace = namespace
        backend = args.backend
        scheme = "http" if backend.server_name is None else "https"
        service = k8s.core.v1.Service(
            f"edge-{name}",
            metadata=self._metadata(name, {"pulumi.com/skipAwait": "true"}),
            spec=k8s.core.v1.ServiceSpecArgs(
                cluster_ip="None",
                ports=[k8s.core.v1.ServicePortArgs(name=scheme, port=backend.port, protocol="TCP")],
            ),
            opts=self.child(),
        )
        k8s.discovery.v1.EndpointSlice(
            f"edge-{name}",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=namespace,
                labels=self.labels
                | {
                    "kubernetes.io/service-name": name,
                    # Not the cluster's own controller, which would take it away.
                    "endpointslice.kubernetes.io/managed-by": "etl-platform",
                },
            ),
            address_type=pulumi.Output.from_input(backend.address).apply(_family),
            endpoints=[
                k8s.discovery.v1.EndpointArgs(
                    addresses=[backend.address], conditions=k8s.discovery.v1.EndpointConditionsArgs(ready=True)
                )
            ],
            ports=[k8s.discovery.v1.EndpointPortArgs(name=scheme, port=backend.port, protocol="TCP")],
            opts=self.child(depends_on=[service]),
        )
        if backend.server_name is not None:
            self._custom("BackendTLSPolicy", name, _verified(name, backend.server_name))
        network_policy(
            f"to-{name}",
            resource_name=f"edge-to-{name}",
            namespace=namespace,
            labels=self.labels,
            select=selector(owner.labels(NAME, NAME)),
            egress=[allow_out([pods(backend.labels, of=backend.namespace)], backend.target_port)],
            opts=self.child(),
        )
        self._custom("HTTPRoute", name, _spec(name, args, hostname))
        self.register_outputs({})

    def _custom(self, kind: str, name: str, spec: dict[str, Any]) -> None:
        k8s.apiextensions.CustomResource(
            f"edge-{name}-{kind.lower()}",
            api_version=f"{GATEWAY_API}/v1",
            kind=kind,
            metadata=self._metadata(name),
            spec=spec,
            opts=self.child(),
        )

    def _metadata(self, name: str, annotations: dict[str, str] | None = None) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(
            name=name, namespace=self.namespace, labels=self.labels, annotations=annotations
        )


def _spec(name: str, args: RouteArgs, hostname: str) -> dict[str, Any]:
    """One rule for each class of limits; of two prefixes that fit, the Gateway takes the longer one."""
    by_limits = sorted(args.paths, key=lambda path: path.limits)
    return {
        "parentRefs": [{"name": NAME, "sectionName": args.host}],
        "hostnames": [hostname],
        "rules": [
            {
                "matches": [{"path": {"type": path.match, "value": path.value}} for path in paths],
                "filters": filters(limits),
                "backendRefs": [{"name": name, "port": args.backend.port}],
            }
            for limits, paths in groupby(by_limits, key=lambda path: path.limits)
        ],
    }


def _verified(name: str, server_name: str) -> dict[str, Any]:
    return {
        "targetRefs": [{"group": "", "kind": "Service", "name": name}],
        "validation": {
            "hostname": server_name,
            "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": AUTHORITY}],
        },
    }


def _family(address: str) -> str:
    return "IPv6" if ":" in address else "IPv4"
