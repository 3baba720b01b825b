"""A team's jobs: each its file, its SQL and its application in a ConfigMap, and a schedule where it asks for one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import yaml

from components import telemetry
from components.base import Component, Owner
from components.databases.mounted import Connection
from components.spark.application import API_VERSION, ApplicationArgs, application
from components.spark.request import JobRequest
from components.spark.runtime import Runtime

# The last good run and the last bad ones, to compare.
SUCCESSFUL_RUNS, FAILED_RUNS = 1, 3


@dataclass(frozen=True)
class JobsArgs:
    """The jobs of a workspace.

    Args:
        connections: the databases that every job of the team may name.
        collector: of telemetry; None where there is none. The namespace then has what it is verified by.
        after: what must exist before an application can be declared or run.
    """

    namespace: pulumi.Input[str]
    namespace_name: str
    owner: Owner
    runtime: Runtime
    jobs: Sequence[JobRequest]
    connections: Sequence[Connection]
    after: Sequence[pulumi.Resource]
    collector: telemetry.Collector | None = None


class Jobs(Component):
    """For each job a ConfigMap, and a ScheduledSparkApplication for one with a schedule."""

    def __init__(self, name: str, args: JobsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("spark:Jobs", name, opts)
        self.args = args
        for job in args.jobs:
            self._job(name, job)
        self.register_outputs({})

    def _job(self, name: str, job: JobRequest) -> None:
        args = self.args
        config = f"job-{job.name}"
        asked = ApplicationArgs(job, config, args.runtime, args.connections, args.owner, args.collector)
        labels, spec = asked.labels, application(asked)
        content = k8s.core.v1.ConfigMap(
            f"{name}-{job.name}",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=config, namespace=args.namespace, labels=labels),
            data={
                "job.yaml": job.content,
                # For people: what a review shows, and what a run by hand is made from.
                "job.sql": job.sql,
                "application.yaml": _text(by_hand(job.name, args.namespace_name, labels, spec)),
            },
            opts=self.child(),
        )
        if job.schedule is None:
            return
        k8s.apiextensions.CustomResource(
            f"{name}-{job.name}",
            api_version=API_VERSION,
            kind="ScheduledSparkApplication",
            metadata=k8s.meta.v1.ObjectMetaArgs(name=job.name, namespace=args.namespace, labels=labels),
            spec={
                "schedule": job.schedule,
                "timeZone": job.time_zone,
                "suspend": job.suspend,
                "concurrencyPolicy": "Forbid",
                "successfulRunHistoryLimit": SUCCESSFUL_RUNS,
                "failedRunHistoryLimit": FAILED_RUNS,
                "template": spec,
            },
            opts=self.child(depends_on=[*args.after, content]),
        )


def by_hand(name: str, namespace: str, labels: dict[str, str], spec: dict[str, Any]) -> dict[str, Any]:
    """The SparkApplication of one run that a person starts by `kubectl create`."""
    return {
        "apiVersion": API_VERSION,
        "kind": "SparkApplication",
        "metadata": {"generateName": f"{name}-", "namespace": namespace, "labels": labels},
        "spec": spec,
    }


def _text(value: dict[str, Any]) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=120)
