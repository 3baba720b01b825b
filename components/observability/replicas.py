"""Replicas of a server that keeps data, each with a claim of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, selector
from components.network.metrics import metrics_service
from components.volumes import claim, claimed
from components.workload import apart, disruption_budget, pod_template

core = k8s.core.v1
UID = 65534  # nobody, as the official images of Prometheus and Alertmanager run
REPLICA = "etl-platform/replica"
DATA = "data"


@dataclass(frozen=True)
class ReplicasArgs:
    """`count` replicas of the server `name`.

    Args:
        storage: of each, GiB; the cluster's default class when None.
        container: of one replica, by its letter.
        volumes: beside the one with the data.
        digest: of what they read at their start alone.
        port: on which each is found by itself.
    """

    name: str
    namespace: pulumi.Input[str]
    labels: Mapping[str, str]
    count: int
    storage: int
    storage_class: str | None
    container: Callable[[str], k8s.core.v1.ContainerArgs]
    volumes: Sequence[k8s.core.v1.VolumeArgs]
    digest: pulumi.Input[str]
    port: int
    grace_seconds: int


def each_by_itself(name: str) -> str:
    """The Service behind which each replica is found."""
    return f"{name}-replicas"


def pod(name: str, letter: str, namespace: str) -> str:
    """The DNS name of one replica's pod."""
    return f"{name}-{letter}-0.{each_by_itself(name)}.{namespace}.svc"


def letters(count: int) -> str:
    """What tells replicas apart."""
    return ascii_lowercase[:count]


class Replicas(Component):
    """A StatefulSet and a claim for each, one after the other, and a disruption budget over all of them.

    No template of claims, which could never grow; so each replica is a StatefulSet of its own.
    """

    def __init__(
        self,
        name: str,
        args: ReplicasArgs,
        depends_on: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("observability:Replicas", name, opts)
        self.args = args
        metrics_service(
            each_by_itself(args.name),
            resource_name=f"{name}-replicas",
            namespace=args.namespace,
            labels=args.labels,
            select=selector(args.labels),
            port=args.port,
            opts=self.child(),
        )
        before = list(depends_on)
        for letter in letters(args.count):
            # The next one waits until this one is ready: a new version never takes both away.
            before = [*depends_on, self._replica(name, letter, before)]
        if args.count > 1:
            disruption_budget(name, self._metadata(args.name), selector(args.labels), self.child())
        self.register_outputs({})

    def _metadata(self, name: str) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=dict(self.args.labels))

    def _replica(self, name: str, letter: str, after: Sequence[pulumi.Resource]) -> k8s.apps.v1.StatefulSet:
        args, called = self.args, f"{self.args.name}-{letter}"
        labels = {**args.labels, REPLICA: letter}
        data = claim(
            f"{name}-{letter}",
            metadata=self._metadata(called),
            storage=args.storage,
            storage_class=args.storage_class,
            opts=self.child(),
        )
        return k8s.apps.v1.StatefulSet(
            f"{name}-{letter}",
            metadata=self._metadata(called),
            spec=k8s.apps.v1.StatefulSetSpecArgs(
                replicas=1,
                service_name=each_by_itself(args.name),
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels={**selector(labels), REPLICA: letter}),
                template=pod_template(
                    labels,
                    uid=UID,
                    digest=args.digest,
                    grace_seconds=args.grace_seconds,
                    affinity=apart(selector(labels)) if args.count > 1 else None,
                    containers=[args.container(letter)],
                    volumes=[*args.volumes, claimed(DATA, data)],
                ),
            ),
            opts=self.child(depends_on=list(after)),
        )
