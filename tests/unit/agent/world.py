"""A small cluster, and what a ruleset lets its pods do: a second reading of the rules, beside nftables' own."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Any

import yaml

from sandbox.agent.objects import NamedPort, Namespace, Pod, parse_policy
from sandbox.agent.policies import Match, Ruleset, compile_policies

NAMESPACES = (
    Namespace("default", {"kubernetes.io/metadata.name": "default", "purpose": "test"}),
    Namespace("prod", {"kubernetes.io/metadata.name": "prod", "purpose": "production", "team": "operations"}),
    Namespace("kube-system", {"kubernetes.io/metadata.name": "kube-system"}),
)
PODS = (
    Pod("default", "web", {"app": "web"}, "10.0.0.1", (NamedPort("http", "TCP", 8080),)),
    Pod("default", "api", {"app": "api", "role": "backend"}, "10.0.0.2", (NamedPort("http", "TCP", 9090),)),
    Pod("default", "db", {"app": "db", "role": "backend"}, "10.0.0.3", (NamedPort("sql", "TCP", 5432),)),
    Pod("prod", "web", {"app": "web"}, "10.0.0.11", (NamedPort("http", "TCP", 80),)),
    Pod("prod", "monitor", {"type": "monitoring"}, "10.0.0.12"),
    Pod("kube-system", "dns", {"k8s-app": "kube-dns"}, "10.0.0.53", (NamedPort("dns", "UDP", 53),)),
)
ADDRESSES = {f"{pod.namespace}/{pod.name}": str(pod.address) for pod in PODS}
OUTSIDE = "203.0.113.7"


def spec(text: str) -> dict[str, Any]:
    """The `spec` of a policy, from YAML."""
    parsed: dict[str, Any] = yaml.safe_load(text)
    return parsed


def rules(*specs: dict[str, Any], pods: Iterable[Pod] = PODS, namespaces: Iterable[Namespace] = NAMESPACES) -> Ruleset:
    """Compile policies for the small cluster; they lie in the namespace `default` unless `in` says another."""
    policies = [
        parse_policy(
            {
                "metadata": {"namespace": spec.get("in", "default"), "name": f"policy-{number}"},
                "spec": {key: value for key, value in spec.items() if key != "in"},
            }
        )
        for number, spec in enumerate(specs)
    ]
    return compile_policies(pods, namespaces, policies)


def passes(ruleset: Ruleset, sender: str, receiver: str, port: int = 80, protocol: str = "TCP") -> bool:
    """Whether a first packet gets from one to the other; each is a pod of the cluster or an address."""
    source, target = ADDRESSES.get(sender, sender), ADDRESSES.get(receiver, receiver)
    if source == target:
        return True
    sent = _allows(ruleset, ruleset.egress.get(source), target, port, protocol)
    return sent and _allows(ruleset, ruleset.ingress.get(target), source, port, protocol)


def _allows(ruleset: Ruleset, chain: str | None, other: str, port: int, protocol: str) -> bool:
    return chain is None or any(_matches(match, other, port, protocol) for match in ruleset.chains[chain])


def _matches(match: Match, other: str, port: int, protocol: str) -> bool:
    if match.networks is not None and not any(
        ipaddress.ip_address(other) in ipaddress.ip_network(network) for network in match.networks
    ):
        return False
    if match.protocol and match.protocol != protocol.lower():
        return False
    return match.ports is None or match.ports[0] <= port <= match.ports[1]
