"""From policies, pods and namespaces to what each pod may send and receive. Pure: nothing here touches the node.

Semantics after the Kubernetes documentation ("Network Policies") and the API's field descriptions: a pod that no
policy selects for a direction is open in it; a pod that is selected may do what any of its policies allows.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.agent.objects import Block, Namespace, Peer, Pod, Policy, Port, Rule

LAST_PORT = 65535


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """Traffic that is allowed.

    Attributes:
        networks: of the other side, as sorted CIDRs; None for everywhere.
        protocol: tcp, udp or sctp; empty for every protocol.
        ports: first and last destination port; None for all of them.
    """

    networks: tuple[str, ...] | None
    protocol: str = ""
    ports: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Ruleset:
    """All that is to be enforced.

    Attributes:
        addresses: of all known pods; any other address of the pod network may do nothing.
        chains: allowed traffic by name of the chain; what it does not allow is dropped.
        ingress: chain by address, for pods that some policy selects for what they receive.
        egress: the same for what they send.
    """

    addresses: tuple[str, ...] = ()
    chains: Mapping[str, tuple[Match, ...]] = field(default_factory=dict)
    ingress: Mapping[str, str] = field(default_factory=dict)
    egress: Mapping[str, str] = field(default_factory=dict)


def compile_policies(pods: Iterable[Pod], namespaces: Iterable[Namespace], policies: Iterable[Policy]) -> Ruleset:
    """Compute what is to be enforced.

    Args:
        pods: all pods; those without an address, on the host's network or ended count for nothing.
        namespaces: all namespaces.
        policies: all network policies.
    """
    located = _located(pods)
    cluster = _Cluster(tuple(located.values()), {namespace.name: namespace for namespace in namespaces})
    policies = sorted(policies, key=lambda policy: (policy.namespace, policy.name))
    chains: dict[str, tuple[Match, ...]] = {}
    ingress: dict[str, str] = {}
    egress: dict[str, str] = {}
    for address, pod in located.items():
        selecting = [
            policy for policy in policies if policy.namespace == pod.namespace and policy.pods.accepts(pod.labels)
        ]
        receiving = [policy.ingress for policy in selecting if policy.ingress is not None]
        sending = [policy.egress for policy in selecting if policy.egress is not None]
        if receiving:
            ingress[address] = _chain("ingress", cluster.received(pod, receiving), chains)
        if sending:
            egress[address] = _chain("egress", cluster.sent(pod, sending), chains)
    return Ruleset(tuple(sorted(located, key=ipaddress.IPv4Address)), chains, ingress, egress)


def _located(pods: Iterable[Pod]) -> dict[str, Pod]:
    """Pods by address; of two at one address the one that stays, and none when that is not clear."""
    found: dict[str, list[Pod]] = {}
    for pod in pods:
        if pod.address and not pod.on_host and not pod.ended:
            found.setdefault(pod.address, []).append(pod)
    located: dict[str, Pod] = {}
    for address, claimants in found.items():
        staying = [pod for pod in claimants if not pod.leaving] or claimants
        if len(staying) == 1:
            located[address] = staying[0]
    return located


def _chain(direction: str, matches: Iterable[Match], chains: dict[str, tuple[Match, ...]]) -> str:
    content = tuple(sorted(set(matches), key=lambda match: (match.networks or (), match.protocol, match.ports or ())))
    # Named by content, so that pods with the same rights share a chain.
    name = f"{direction}-{hashlib.sha256(repr(content).encode()).hexdigest()[:12]}"
    chains[name] = content
    return name


@dataclass(frozen=True, slots=True)
class _Cluster:
    pods: tuple[Pod, ...]
    namespaces: Mapping[str, Namespace]

    def received(self, pod: Pod, policies: Iterable[tuple[Rule, ...]]) -> Iterator[Match]:
        for rule in (rule for rules in policies for rule in rules):
            networks = self._networks(rule.peers, pod.namespace)
            if networks is not None and not networks:
                continue
            if rule.ports is None:
                yield Match(networks)
            for port in rule.ports or ():
                for numbers in _numbers(port, pod):
                    yield Match(networks, port.protocol.lower(), numbers)

    def sent(self, pod: Pod, policies: Iterable[tuple[Rule, ...]]) -> Iterator[Match]:
        for rule in (rule for rules in policies for rule in rules):
            networks = self._networks(rule.peers, pod.namespace)
            if networks is not None and not networks:
                continue
            if rule.ports is None:
                yield Match(networks)
            for port in rule.ports or ():
                if isinstance(port.number, str):
                    yield from self._sent_to_name(rule, port, pod.namespace)
                else:
                    yield from (Match(networks, port.protocol.lower(), numbers) for numbers in _numbers(port, pod))

    def _sent_to_name(self, rule: Rule, port: Port, namespace: str) -> Iterator[Match]:
        """A named port is the receiver's: each pod gives the name a number of its own."""
        receivers: dict[tuple[int, int], list[str]] = {}
        for receiver in self.pods:
            if rule.peers is None or any(self._is(receiver, peer, namespace) for peer in rule.peers):
                for numbers in _numbers(port, receiver):
                    if numbers is not None:
                        receivers.setdefault(numbers, []).append(str(receiver.address))
        for numbers, addresses in receivers.items():
            yield Match(
                _collapse(ipaddress.IPv4Network(address) for address in addresses), port.protocol.lower(), numbers
            )

    def _networks(self, peers: tuple[Peer, ...] | None, namespace: str) -> tuple[str, ...] | None:
        if peers is None:
            return None
        networks: list[ipaddress.IPv4Network] = []
        for peer in peers:
            if peer.block is not None:
                networks += _without(peer.block)
            else:
                networks += [
                    ipaddress.IPv4Network(str(pod.address)) for pod in self.pods if self._is(pod, peer, namespace)
                ]
        return _collapse(networks)

    def _is(self, pod: Pod, peer: Peer, namespace: str) -> bool:
        if peer.pods is None and peer.namespaces is None:
            return peer.block is not None and any(
                ipaddress.IPv4Address(str(pod.address)) in network for network in _without(peer.block)
            )
        if peer.namespaces is None:
            if pod.namespace != namespace:
                return False
        elif not (known := self.namespaces.get(pod.namespace)) or not peer.namespaces.accepts(known.labels):
            return False
        return peer.pods is None or peer.pods.accepts(pod.labels)


def _numbers(port: Port, receiver: Pod) -> Iterator[tuple[int, int] | None]:
    """First and last number of a port at its receiver; None for all; nothing where the name is unknown."""
    if port.number is None:
        yield None
    elif isinstance(port.number, int):
        yield port.number, port.last or port.number
    else:
        for named in receiver.ports:
            if (named.name, named.protocol) == (port.number, port.protocol):
                yield named.number, named.number


def _without(block: Block) -> list[ipaddress.IPv4Network]:
    networks = [block.network]
    for hole in block.without:
        networks = [part for network in networks for part in _subtract(network, hole)]
    return networks


def _subtract(network: ipaddress.IPv4Network, hole: ipaddress.IPv4Network) -> Iterator[ipaddress.IPv4Network]:
    if network.subnet_of(hole):
        return
    if hole.subnet_of(network):
        yield from network.address_exclude(hole)
    else:
        yield network


def _collapse(networks: Iterable[ipaddress.IPv4Network]) -> tuple[str, ...]:
    return tuple(str(network) for network in ipaddress.collapse_addresses(networks))
