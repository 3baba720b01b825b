"""What jobs did, after they ended: the event log on a claim of the team's, and the server that shows it."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import pulumi
import pulumi_kubernetes as k8s

from components.base import Component, Owner, selector
from components.spark import runtime
from components.volumes import claim, claimed, configured
from components.workload import Compute, checksum, container_security, http_probe, mount, pod_template, scratch

core = k8s.core.v1

AccessMode = Literal["ReadWriteOnce", "ReadWriteMany"]

NAME = "spark-history"
CLAIM = "spark-events"
PORT = 18080
EVENT_LOG = 20  # GiB
COMPUTE = Compute(cpu=50, cpu_limit=1000, memory=1024)
HEAP = "640m"
CONFIGURATION = "/etc/spark-history"

PROPERTIES = f"""\
spark.history.fs.logDirectory file://{runtime.EVENTS}
spark.history.ui.port {PORT}
spark.history.fs.cleaner.enabled true
spark.history.fs.cleaner.interval 1h
spark.history.fs.cleaner.maxAge 14d
# Two thousand runs fit into a third of the claim; beyond that the oldest go first.
spark.history.fs.cleaner.maxNum 2000
"""


@dataclass(frozen=True)
class EventLog:
    """How the event logs of an environment are kept.

    Args:
        access_mode: ReadWriteMany where a driver may run on another node than the history server.
        storage_class: the cluster's default when None; for ReadWriteMany one that can do that.
    """

    access_mode: AccessMode
    storage_class: str | None


@dataclass(frozen=True)
class HistoryArgs:
    """A history server for one workspace; `image` has Spark in it."""

    namespace: pulumi.Input[str]
    owner: Owner
    image: str
    event_log: EventLog


class History(Component):
    """The claim with the event log, and a server that reads it and throws old runs away.

    Nobody is let in by a network policy: people reach it by `kubectl port-forward`, which asks for their own rights.
    """

    def __init__(self, name: str, args: HistoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("spark:History", name, opts)
        self.args = args
        self.labels = args.owner.labels(NAME, "spark-history")
        events = claim(
            f"{name}-events",
            metadata=self._metadata(CLAIM),
            storage=EVENT_LOG,
            storage_class=args.event_log.storage_class,
            access_mode=args.event_log.access_mode,
            opts=self.child(),
        )
        config = core.ConfigMap(
            f"{name}-history", metadata=self._metadata(), data={"history.conf": PROPERTIES}, opts=self.child()
        )
        self._server(name, events, config)
        core.Service(
            f"{name}-history",
            metadata=self._metadata(),
            spec=core.ServiceSpecArgs(
                type="ClusterIP",
                selector=selector(self.labels),
                ports=[core.ServicePortArgs(name="http", port=PORT, target_port="http")],
            ),
            opts=self.child(),
        )
        self.register_outputs({})

    def _metadata(self, name: str = NAME) -> k8s.meta.v1.ObjectMetaArgs:
        return k8s.meta.v1.ObjectMetaArgs(name=name, namespace=self.args.namespace, labels=self.labels)

    def _server(self, name: str, events: k8s.core.v1.PersistentVolumeClaim, config: k8s.core.v1.ConfigMap) -> None:
        k8s.apps.v1.Deployment(
            f"{name}-history",
            metadata=self._metadata(),
            spec=k8s.apps.v1.DeploymentSpecArgs(
                replicas=1,
                # A second one could not mount a claim of one node, and two cleaners would stand in each other's way.
                strategy=k8s.apps.v1.DeploymentStrategyArgs(type="Recreate"),
                selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selector(self.labels)),
                template=pod_template(
                    self.labels,
                    uid=runtime.UID,
                    digest=checksum({"history.conf": PROPERTIES}),
                    containers=[self._container()],
                    volumes=[
                        claimed("events", events),
                        configured("config", config),
                        scratch("tmp", size="256Mi"),
                        scratch("work", size="64Mi"),
                    ],
                ),
            ),
            opts=self.child(),
        )

    def _container(self) -> k8s.core.v1.ContainerArgs:
        probe = partial(http_probe, "/api/v1/version", port="http")

        return core.ContainerArgs(
            name="history",
            image=self.args.image,
            image_pull_policy="IfNotPresent",
            command=["/opt/spark/bin/spark-class"],
            args=[
                "org.apache.spark.deploy.history.HistoryServer",
                "--properties-file",
                f"{CONFIGURATION}/history.conf",
            ],
            env=[
                core.EnvVarArgs(name="SPARK_DAEMON_MEMORY", value=HEAP),
                core.EnvVarArgs(name="HOME", value="/tmp"),
            ],
            ports=[core.ContainerPortArgs(name="http", container_port=PORT)],
            resources=COMPUTE.to_args(),
            security_context=container_security(),
            startup_probe=probe(2, 90),
            readiness_probe=probe(10, 3),
            liveness_probe=probe(30, 5),
            volume_mounts=[
                # Not read-only: the cleaner removes what is old.
                mount("events", runtime.EVENTS),
                mount("config", CONFIGURATION, read_only=True),
                mount("tmp", "/tmp"),
                mount("work", runtime.WORK),
            ],
        )
