"""A Service, and the address by which the engine and people outside the cluster reach it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component
from components.network.policies import Peer, cidr

Via = Literal["cluster_ip", "node_port", "load_balancer"]
SERVICE_TYPES: Mapping[Via, str] = {
    "cluster_ip": "ClusterIP",
    "node_port": "NodePort",
    "load_balancer": "LoadBalancer",
}


@dataclass(frozen=True)
class Access:
    """How services are reached from outside the cluster.

    `cluster_ip` suits an engine that runs on a node or inside the cluster's network, `node_port` needs the `address` of
    a node, `load_balancer` a cluster that has one to give. `sources` are the CIDR ranges that policies let in.
    """

    via: Via = "cluster_ip"
    address: str | None = None
    sources: tuple[str, ...] = ()

    @property
    def peers(self) -> list[Peer]:
        """The outside as a network policy has it."""
        return [cidr(block) for block in self.sources]


@dataclass(frozen=True)
class ServicePort:
    """A TCP port of a service, and the one of its pods."""

    name: str
    port: int
    target_port: int


@dataclass(frozen=True)
class EndpointArgs:
    """A service with `labels` in front of the pods that `select` names.

    Args:
        port, target_port, port_name: the TCP port that `Endpoint.port` tells of.
        more_ports: what else it answers on.
        keep_client_address: whether its pods see from which address outside the cluster someone comes. Only nodes that
            run one of the pods then take connections.
    """

    name: str
    namespace: pulumi.Input[str]
    labels: Mapping[str, str]
    select: Mapping[str, str]
    port: int
    target_port: int
    port_name: str
    access: Access
    more_ports: Sequence[ServicePort] = ()
    keep_client_address: bool = False


class Endpoint(Component):
    """The Service and where it answers.

    Outputs:
        host, port: reachable from where the engine runs.
        cluster_address: inside the cluster.
        certificate_addresses: IP addresses the server's certificate should carry beside its names.
    """

    host: pulumi.Output[str]
    port: pulumi.Output[int]
    cluster_address: pulumi.Output[str]
    certificate_addresses: list[pulumi.Output[str]]

    def __init__(self, name: str, args: EndpointArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("network:Endpoint", name, opts)
        via = args.access.via
        service = k8s.core.v1.Service(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=args.name,
                namespace=args.namespace,
                labels=dict(args.labels),
                # The certificate carries the service's address, and the pods behind the service wait for that
                # certificate: waiting here for ready pods would wait for ever. A load balancer's address is worth
                # waiting for, and its certificates go by name.
                annotations=None if via == "load_balancer" else {"pulumi.com/skipAwait": "true"},
            ),
            spec=k8s.core.v1.ServiceSpecArgs(
                type=SERVICE_TYPES[via],
                selector=dict(args.select),
                load_balancer_source_ranges=list(args.access.sources) or None if via == "load_balancer" else None,
                external_traffic_policy="Local" if args.keep_client_address and via != "cluster_ip" else None,
                ports=[
                    k8s.core.v1.ServicePortArgs(
                        name=each.name, port=each.port, target_port=each.target_port, protocol="TCP"
                    )
                    for each in (ServicePort(args.port_name, args.port, args.target_port), *args.more_ports)
                ],
            ),
            opts=self.child(),
        )
        cluster_ip = service.spec.cluster_ip
        match via:
            case "cluster_ip":
                self.host, self.port = cluster_ip, pulumi.Output.from_input(args.port)
            case "node_port":
                self.host = pulumi.Output.from_input(args.access.address or "")
                self.port = service.spec.ports.apply(lambda ports: int(ports[0].node_port))
            case "load_balancer":
                self.host = service.status.load_balancer.ingress.apply(
                    lambda ingress: str(ingress[0].ip or ingress[0].hostname)
                )
                self.port = pulumi.Output.from_input(args.port)
        self.cluster_address = cluster_ip
        self.certificate_addresses = [] if via == "load_balancer" else [cluster_ip]
        self.register_outputs({"host": self.host, "port": self.port})
