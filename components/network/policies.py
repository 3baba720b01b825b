"""Network policies in the words of this platform: who may reach whom, on which port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pulumi
import pulumi_kubernetes as k8s

NetworkPolicyPeer = k8s.networking.v1.NetworkPolicyPeerArgs
POLICY_TYPES = ("Ingress", "Egress")
API_SERVER = (443, 6443)  # its service's port, and the one behind it that policies see

OBSERVABILITY = "platform-observability"
"""The namespace of what watches the platform: Prometheus, the collector, and what these feed."""

COLLECTOR: Mapping[str, str] = MappingProxyType({"app.kubernetes.io/name": "otel-collector"})
"""The labels of the collector's pods that take telemetry."""

PROMETHEUS: Mapping[str, str] = MappingProxyType(
    {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/component": "metrics"}
)
"""The labels of Prometheus' pods, which ask everything else for its figures."""

OTLP_PORTS = (4317, 4318)
"""OTLP over gRPC and over HTTP. Source: the OTLP specification."""


@dataclass(frozen=True)
class Peer:
    """One side of a connection: pods by label, in one namespace or in the policy's own, or an address range."""

    namespace: str | None = None
    labels: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    cidr: str | None = None

    def to_args(self) -> NetworkPolicyPeer:
        """This peer as the API has it."""
        if self.cidr is not None:
            return NetworkPolicyPeer(ip_block=k8s.networking.v1.IPBlockArgs(cidr=self.cidr))
        # The API server sets this label itself, so a namespace cannot claim another's name.
        by_name = {"kubernetes.io/metadata.name": self.namespace} if self.namespace else None
        return NetworkPolicyPeer(
            namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=by_name) if by_name else None,
            pod_selector=_selector(self.labels) if self.labels or not by_name else None,
        )


def namespace(name: str) -> Peer:
    """Every pod of the namespace called `name`."""
    return Peer(namespace=name)


def pods(labels: Mapping[str, str | Sequence[str]], *, of: str | None = None) -> Peer:
    """The pods with these labels, of the namespace `of` or of the policy's own; several values mean any of them."""
    return Peer(namespace=of, labels=labels)


def cidr(block: str) -> Peer:
    """An address range outside the cluster, in CIDR notation."""
    return Peer(cidr=block)


def ports(*numbers: int, protocol: str = "TCP") -> list[k8s.networking.v1.NetworkPolicyPortArgs]:
    """Ports of one protocol, as the API has them."""
    return [k8s.networking.v1.NetworkPolicyPortArgs(port=number, protocol=protocol) for number in numbers]


def allow_in(peers: Sequence[Peer], *numbers: int) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    """A rule that lets `peers` in on TCP ports. `peers` must not be empty: that would mean everyone."""
    _refuse_everyone(peers)
    return k8s.networking.v1.NetworkPolicyIngressRuleArgs(
        from_=[peer.to_args() for peer in peers], ports=ports(*numbers)
    )


def allow_out(peers: Sequence[Peer], *numbers: int) -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """A rule that lets pods out to `peers` on TCP ports. `peers` must not be empty: that would mean anywhere."""
    _refuse_everyone(peers)
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(to=[peer.to_args() for peer in peers], ports=ports(*numbers))


def to_api_server() -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """A rule that lets pods out to the API server: no pod, at an address that is the cluster's own affair.

    Its ports are all that is known of it.
    """
    return k8s.networking.v1.NetworkPolicyEgressRuleArgs(ports=ports(*API_SERVER))


def to_collector() -> k8s.networking.v1.NetworkPolicyEgressRuleArgs:
    """A rule that lets pods send telemetry to the platform's collector; who may arrive there is its own affair."""
    return allow_out([pods(COLLECTOR, of=OBSERVABILITY)], *OTLP_PORTS)


def from_prometheus(*numbers: int) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    """A rule that lets Prometheus ask pods for their figures on these ports, whether or not there is one."""
    return allow_in([pods(PROMETHEUS, of=OBSERVABILITY)], *numbers)


def from_api_server(*numbers: int) -> k8s.networking.v1.NetworkPolicyIngressRuleArgs:
    """A rule that lets the API server call a webhook on these ports; who else may is up to the webhook's TLS."""
    return k8s.networking.v1.NetworkPolicyIngressRuleArgs(ports=ports(*numbers))


def network_policy(
    name: str,
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    select: Mapping[str, str | Sequence[str]],
    ingress: Sequence[k8s.networking.v1.NetworkPolicyIngressRuleArgs] = (),
    egress: Sequence[k8s.networking.v1.NetworkPolicyEgressRuleArgs] = (),
    resource_name: str | None = None,
    opts: pulumi.ResourceOptions,
) -> k8s.networking.v1.NetworkPolicy:
    """A policy that adds holes, for the pods that `select` names (all of the namespace when empty).

    Several values of a label in `select` mean any of them. A direction without a rule is left to the namespace's
    default-deny policy.
    """
    return k8s.networking.v1.NetworkPolicy(
        resource_name or name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=namespace, labels=dict(labels)),
        spec=k8s.networking.v1.NetworkPolicySpecArgs(
            pod_selector=_selector(select),
            policy_types=[kind for kind, rules in zip(POLICY_TYPES, (ingress, egress), strict=True) if rules],
            ingress=list(ingress) or None,
            egress=list(egress) or None,
        ),
        opts=opts,
    )


def _refuse_everyone(peers: Sequence[Peer]) -> None:
    if not peers:
        raise ValueError("a network rule without peers would allow everyone; leave the rule out instead")


def _selector(labels: Mapping[str, str | Sequence[str]]) -> k8s.meta.v1.LabelSelectorArgs:
    exact = {key: value for key, value in labels.items() if isinstance(value, str)}
    any_of = [
        k8s.meta.v1.LabelSelectorRequirementArgs(key=key, operator="In", values=list(values))
        for key, values in labels.items()
        if not isinstance(values, str)
    ]
    return k8s.meta.v1.LabelSelectorArgs(
        match_labels=exact or ({} if not any_of else None), match_expressions=any_of or None
    )
