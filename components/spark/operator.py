"""Kubeflow's Spark operator, by its official chart: it runs SparkApplications in the teams' namespaces and no other.

Source of the values: the chart's own values.yaml, release 2.5.2 (docs/spark.md tells how to move to another).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner
from components.network import Namespace, NamespaceArgs, Quota
from components.network.metrics import metrics_service
from components.network.policies import from_api_server, from_prometheus, network_policy, to_api_server
from components.spark import runtime
from components.spark.application import PRIORITY
from components.workload import Compute

NAMESPACE = "platform-spark"
RELEASE = "spark-operator"
WEBHOOK_PORT = 9443
METRICS_PORT = 8080
METRICS = "spark-operator-metrics"
"""The Service by which Prometheus finds the operator's pods."""
PODS = {"app.kubernetes.io/instance": RELEASE}
"""The labels of the controller's and of the webhook's pods, as the chart has them."""


@dataclass(frozen=True)
class OperatorSize:
    """What an environment gives the operator.

    Args:
        replicas: of the controller and of the webhook; one of each leads, the others wait.
        workers: applications that are looked after at once. Each submission is a JVM of some 250 MiB in the
            controller's pod: its memory bounds how many there may be.
    """

    replicas: int
    workers: int
    controller: Compute
    webhook: Compute


@dataclass(frozen=True)
class OperatorArgs:
    """The operator of an environment.

    Args:
        repository, version: of the chart.
        image: full name and tag.
        namespaces: the workspaces, which exist; exactly these are watched.
    """

    owner: Owner
    repository: str
    version: str
    image: str
    size: OperatorSize
    namespaces: Sequence[pulumi.Input[str]]


class Operator(Component):
    """The operator's namespace, its release, and the priority of what it runs.

    Outputs:
        namespace: its own. release: once it is there, applications can be declared.
    """

    release: k8s.helm.v3.Release

    def __init__(self, name: str, args: OperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("spark:Operator", name, opts)
        labels = args.owner.labels(RELEASE, "spark-operator")
        namespace = Namespace(NAMESPACE, NamespaceArgs(NAMESPACE, args.owner, _quota(args.size)), self.child()).name
        self.namespace = namespace
        scraped = from_prometheus(METRICS_PORT)
        policies = [
            network_policy(
                f"{RELEASE}-{component}",
                resource_name=f"{name}-{component}",
                namespace=namespace,
                labels=labels,
                select=PODS | {"app.kubernetes.io/component": component},
                ingress=[*called, scraped],
                egress=[to_api_server()],
                opts=self.child(),
            )
            for component, called in (("controller", []), ("webhook", [from_api_server(WEBHOOK_PORT)]))
        ]
        metrics_service(
            METRICS,
            resource_name=f"{name}-metrics",
            namespace=namespace,
            labels=labels,
            select=PODS,
            port=METRICS_PORT,
            opts=self.child(),
        )
        priority = k8s.scheduling.v1.PriorityClass(
            PRIORITY,
            metadata=k8s.meta.v1.ObjectMetaArgs(name=PRIORITY, labels=labels),
            # Below everything that has none: jobs wait for room and give way, servers do not.
            value=-100,
            preemption_policy="Never",
            description="Drivers and executors of Spark jobs",
            opts=self.child(),
        )
        self.release = k8s.helm.v3.Release(
            name,
            name=RELEASE,
            namespace=namespace,
            chart="spark-operator",
            version=args.version,
            repository_opts=k8s.helm.v3.RepositoryOptsArgs(repo=args.repository),
            values=values(args),
            opts=self.child(depends_on=[*policies, priority]),
        )
        self.register_outputs({})


def values(args: OperatorArgs) -> dict[str, Any]:
    """The chart's values; what it does not name here is as the chart has it."""
    registry, _, rest = args.image.partition("/")
    repository, _, tag = rest.rpartition(":")
    several = args.size.replicas > 1
    controller = _deployment(args.size.controller, args.size.replicas) | {
        "workers": args.size.workers,
        # Seconds keep the names of runs short, and no schedule comes twice in one.
        "scheduledSparkApplicationTimestampPrecision": "seconds",
        "uiService": {"enable": False},
        "uiIngress": {"enable": False},
    }
    webhook = _deployment(args.size.webhook, args.size.replicas) | {
        "enable": True,
        "port": WEBHOOK_PORT,
        # While it does not answer, no application and no Spark pod is let through unchecked.
        "failurePolicy": "Fail",
        # The most that Kubernetes allows; a slow answer is better than a refused pod.
        "timeoutSeconds": 30,
        "resourceQuotaEnforcement": {"enable": True},
    }
    return {
        "image": {"registry": registry, "repository": repository, "tag": tag, "pullPolicy": "IfNotPresent"},
        "commonLabels": {
            "app.kubernetes.io/part-of": "etl-platform",
            "etl-platform/environment": args.owner.environment,
        },
        # Its hook runs a pod that a restricted namespace refuses; docs/spark.md has the two lines that do the same.
        "hook": {"upgradeCrd": False},
        "controller": controller | {"podDisruptionBudget": {"enable": several, "minAvailable": 1}},
        "webhook": webhook | {"podDisruptionBudget": {"enable": several, "minAvailable": 1}},
        "spark": {
            "jobNamespaces": list(args.namespaces),
            "jobNamespaceSelector": "",
            # The workspaces have accounts and rights of their own, which are fewer.
            "serviceAccount": {"create": False},
            "rbac": {"create": False},
        },
        "prometheus": {
            # By team, and not by run: each run would be a series for good.
            "metrics": {"enable": True, "port": METRICS_PORT, "labels": "namespace"},
            # Its kind is Prometheus Operator's, and a cluster without that would refuse the whole release.
            "podMonitor": {"create": False},
        },
        "certManager": {"enable": False},
    }


def _deployment(compute: Compute, replicas: int) -> dict[str, Any]:
    """What controller and webhook have in common."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
    }
    return {
        "replicas": replicas,
        # With one replica too: while a new revision comes, there are two.
        "leaderElection": {"enable": True},
        "logEncoder": "json",
        "resources": compute.canonical(),
        "podSecurityContext": runtime.pod_security(),
        "securityContext": runtime.container_security(),
        "topologySpreadConstraints": [spread] if replicas > 1 else [],
    }


def _quota(size: OperatorSize) -> Quota:
    """Both deployments, and one pod more of each while a new revision rolls out."""
    pods = size.replicas + 1
    return Quota(
        cpu=pods * (size.controller.cpu_limit + size.webhook.cpu_limit),
        memory=pods * (size.controller.memory + size.webhook.memory),
        storage=1,
        pods=2 * pods,
    )
