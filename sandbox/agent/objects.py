"""What the enforcer needs to know of the API's objects, and nothing more."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.agent.label_selectors import Selector, parse_selector

PROTOCOLS = ("TCP", "UDP", "SCTP")


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A container's port that rules can name."""

    name: str
    protocol: str
    number: int


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod.

    Attributes:
        address: its IPv4 address; None before it has one.
        on_host: shares the node's network, so that policies neither protect nor name it.
        ended: will never run again; its address may already belong to another.
        leaving: is being deleted.
    """

    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None
    ports: tuple[NamedPort, ...] = ()
    on_host: bool = False
    ended: bool = False
    leaving: bool = False
    uid: str = ""

    def at(self, address: str | None) -> Pod:
        """The same pod at an address."""
        return replace(self, address=address)


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Port:
    """An allowed port; no number means every port of the protocol, a text names a container's port."""

    protocol: str = "TCP"
    number: int | str | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses of a network, without those of some networks inside it."""

    network: ipaddress.IPv4Network
    without: tuple[ipaddress.IPv4Network, ...] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """Who may be talked to: pods by labels, by their namespace's labels or both, or a block of addresses."""

    pods: Selector | None = None
    namespaces: Selector | None = None
    block: Block | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Every one of these peers on every one of these ports; None for all of them."""

    peers: tuple[Peer, ...] | None = None
    ports: tuple[Port, ...] | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A network policy; a direction that is None is not affected by it."""

    namespace: str
    name: str
    pods: Selector
    ingress: tuple[Rule, ...] | None = None
    egress: tuple[Rule, ...] | None = None


def parse_pod(item: Mapping[str, Any]) -> Pod:
    """Read a pod as the API gives it."""
    metadata, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    ports = tuple(
        NamedPort(port["name"], port.get("protocol") or "TCP", port["containerPort"])
        for container in containers
        for port in container.get("ports") or ()
        if port.get("name")
    )
    return Pod(
        namespace=metadata["namespace"],
        name=metadata["name"],
        labels=metadata.get("labels") or {},
        address=_ipv4(status.get("podIP")),
        ports=ports,
        on_host=bool(spec.get("hostNetwork")),
        ended=status.get("phase") in {"Succeeded", "Failed"},
        leaving="deletionTimestamp" in metadata,
        uid=metadata["uid"],
    )


def parse_namespace(item: Mapping[str, Any]) -> Namespace:
    """Read a namespace as the API gives it."""
    return Namespace(item["metadata"]["name"], item["metadata"].get("labels") or {})


def parse_policy(item: Mapping[str, Any]) -> Policy:
    """Read a network policy as the API gives it, with the defaults of `policyTypes`."""
    metadata, spec = item["metadata"], item.get("spec") or {}
    types = spec.get("policyTypes") or ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return Policy(
        namespace=metadata["namespace"],
        name=metadata["name"],
        pods=parse_selector(spec.get("podSelector") or {}),
        ingress=_rules(spec.get("ingress"), "from") if "Ingress" in types else None,
        egress=_rules(spec.get("egress"), "to") if "Egress" in types else None,
    )


def _rules(items: list[Mapping[str, Any]] | None, peers: str) -> tuple[Rule, ...]:
    return tuple(
        Rule(
            peers=tuple(_peer(peer) for peer in item[peers]) if item.get(peers) else None,
            ports=tuple(_port(port) for port in item["ports"]) if item.get("ports") else None,
        )
        for item in items or ()
    )


def _peer(item: Mapping[str, Any]) -> Peer:
    pods, namespaces, block = item.get("podSelector"), item.get("namespaceSelector"), item.get("ipBlock")
    return Peer(
        pods=None if pods is None else parse_selector(pods),
        namespaces=None if namespaces is None else parse_selector(namespaces),
        block=None if block is None else _block(block),
    )


def _block(item: Mapping[str, Any]) -> Block | None:
    network = ipaddress.ip_network(item["cidr"], strict=False)
    if not isinstance(network, ipaddress.IPv4Network):
        return None  # Pods have IPv4 addresses only, so a block of IPv6 names nobody.
    without = (ipaddress.ip_network(cidr, strict=False) for cidr in item.get("except") or ())
    return Block(network, tuple(hole for hole in without if isinstance(hole, ipaddress.IPv4Network)))


def _port(item: Mapping[str, Any]) -> Port:
    return Port(item.get("protocol") or "TCP", item.get("port"), item.get("endPort"))


def _ipv4(address: str | None) -> str | None:
    return address if address and ":" not in address else None
