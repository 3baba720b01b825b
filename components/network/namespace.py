"""A namespace that starts closed: restricted pods, no traffic but DNS, a quota."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner
from components.network.policies import POLICY_TYPES, namespace, ports
from components.workload import Compute

DNS_NAMESPACE = "kube-system"
DNS_LABELS = {"k8s-app": "kube-dns"}


@dataclass(frozen=True)
class Quota:
    """What all pods and claims of a namespace may ask for together.

    CPU in millicores, memory in MiB, storage in GiB; what a container gets that names no limit of its own is the
    limit range's default below.
    """

    cpu: int
    memory: int
    storage: int
    pods: int

    @classmethod
    def of(cls, pods: Sequence[Compute], storage: int) -> "Quota":
        """What these pods were given together, and `storage`."""
        return cls(sum(each.cpu_limit for each in pods), sum(each.memory for each in pods), storage, len(pods))

    def __add__(self, other: "Quota") -> "Quota":
        return Quota(
            self.cpu + other.cpu, self.memory + other.memory, self.storage + other.storage, self.pods + other.pods
        )


@dataclass(frozen=True)
class NamespaceArgs:
    """A namespace's name, its owner, and its bounds; `retain`: it stays in the cluster when its resource is deleted."""

    name: str
    owner: Owner
    quota: Quota
    retain: bool = False


class Namespace(Component):
    """Namespace, default-deny network policy with a hole for DNS, quota and limit range.

    Outputs:
        name: known once the namespace's guards exist too, so that no pod of ours starts before its policy.
    """

    name: pulumi.Output[str]

    def __init__(self, name: str, args: NamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("network:Namespace", name, opts)
        labels = args.owner.labels(args.name, "namespace")
        created = k8s.core.v1.Namespace(
            name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=args.name,
                labels=labels
                | {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")},
            ),
            opts=self.child(retain_on_delete=args.retain or None),
        )
        within = created.metadata.name
        policy = k8s.networking.v1.NetworkPolicy(
            f"{name}-default-deny",
            metadata=k8s.meta.v1.ObjectMetaArgs(name="default-deny-but-dns", namespace=within, labels=labels),
            spec=k8s.networking.v1.NetworkPolicySpecArgs(
                pod_selector=k8s.meta.v1.LabelSelectorArgs(),
                policy_types=list(POLICY_TYPES),
                egress=[
                    k8s.networking.v1.NetworkPolicyEgressRuleArgs(
                        to=[
                            k8s.networking.v1.NetworkPolicyPeerArgs(
                                namespace_selector=namespace(DNS_NAMESPACE).to_args().namespace_selector,
                                pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=DNS_LABELS),
                            )
                        ],
                        ports=ports(53, protocol="UDP") + ports(53),
                    )
                ],
            ),
            opts=self.child(),
        )
        quota = k8s.core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=k8s.meta.v1.ObjectMetaArgs(name="quota", namespace=within, labels=labels),
            spec=k8s.core.v1.ResourceQuotaSpecArgs(
                hard={
                    "limits.cpu": f"{args.quota.cpu}m",
                    "limits.memory": f"{args.quota.memory}Mi",
                    "requests.storage": f"{args.quota.storage}Gi",
                    "pods": str(args.quota.pods),
                }
            ),
            opts=self.child(),
        )
        limits = k8s.core.v1.LimitRange(
            f"{name}-limits",
            metadata=k8s.meta.v1.ObjectMetaArgs(name="limits", namespace=within, labels=labels),
            spec=k8s.core.v1.LimitRangeSpecArgs(
                limits=[
                    k8s.core.v1.LimitRangeItemArgs(
                        type="Container",
                        default={"cpu": "500m", "memory": "256Mi"},
                        default_request={"cpu": "50m", "memory": "64Mi"},
                    )
                ]
            ),
            opts=self.child(),
        )
        guards = [guard.metadata.name for guard in (policy, quota, limits)]
        self.name = pulumi.Output.all(within, *guards).apply(lambda names: str(names[0]))
        self.register_outputs({"name": self.name})
