"""A job as the operator's SparkApplication: the one builder for scheduled runs and for those that people start.

Source of its fields: the operator's API reference, sparkoperator.k8s.io/v1beta2.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components import telemetry
from components.base import Owner
from components.databases.mounted import AUTHORITY, Connection
from components.spark import runtime
from components.spark.history import CLAIM
from components.spark.request import JobRequest, PodSize
from components.spark.runtime import Runtime, container_security, pod_security
from components.spark.volumes import volume

API_VERSION = "sparkoperator.k8s.io/v1beta2"
PRIORITY = "spark-job"
"""The PriorityClass of every driver and executor."""

KEPT_SECONDS = 24 * 3600
"""How long a finished run and its driver's log stay: a day to read them. What it did stays in the event log."""

# A lost node or a database that restarts is over within minutes; what fails three times needs a person.
RESTART: Mapping[str, Any] = {
    "type": "OnFailure",
    "onFailureRetries": 2,
    "onFailureRetryInterval": 60,
    "onSubmissionFailureRetries": 3,
    "onSubmissionFailureRetryInterval": 30,
}

CONF: Mapping[str, str] = {
    "spark.eventLog.enabled": "true",
    "spark.eventLog.dir": f"file://{runtime.EVENTS}",
    # The history server shows the same, and asks nobody's driver for it.
    "spark.ui.enabled": "false",
    # Tasks carry the databases' passwords from driver to executors.
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.driver.port": str(runtime.DRIVER_PORT),
    "spark.driver.blockManager.port": str(runtime.BLOCK_MANAGER_PORT),
    "spark.blockManager.port": str(runtime.BLOCK_MANAGER_PORT),
    # A job holds what it asked for: the quota is judged by that before it starts.
    "spark.dynamicAllocation.enabled": "false",
    # So that a driver needs no right on claims and Services: it makes no claim, and its Service goes with its pod.
    "spark.kubernetes.driver.ownPersistentVolumeClaim": "false",
    "spark.kubernetes.driver.reusePersistentVolumeClaim": "false",
    "spark.kubernetes.driver.service.deleteOnTermination": "false",
    "spark.sql.warehouse.dir": "/tmp/warehouse",
    # Spark's own 10 s pass by on a busy API server, and the run would end before it began.
    **{
        f"spark.kubernetes.{who}.{what}Timeout": "60000"
        for who in ("submission", "driver")
        for what in ("connection", "request")
    },
}

# Spark takes volumes of this name for its shuffle files instead of an unbounded one of its own.
LOCAL = "spark-local-dir-1"
SCRATCH: Mapping[str, tuple[str, str]] = {
    LOCAL: ("/var/data/spark-local", "20Gi"),
    "tmp": ("/tmp", "1Gi"),
    "work": (runtime.WORK, "1Gi"),
}


@dataclass(frozen=True)
class ApplicationArgs:
    """A job and where it runs.

    Args:
        config: the name of the ConfigMap with the job file.
        connections: the databases that it may name.
        owner: whose it is.
        collector: of telemetry; None where there is none.
    """

    job: JobRequest
    config: str
    runtime: Runtime
    connections: Sequence[Connection]
    owner: Owner
    collector: telemetry.Collector | None = None

    @property
    def labels(self) -> dict[str, str]:
        """Of its pods, and of everything else of the job."""
        return self.owner.labels(self.job.name, "spark-job")


def application(args: ApplicationArgs) -> dict[str, Any]:
    """The `spec` of a SparkApplication, or of a ScheduledSparkApplication's template."""
    spec: dict[str, Any] = {
        "type": "Python",
        "mode": "cluster",
        "sparkVersion": args.runtime.version,
        "image": args.runtime.job_image,
        "imagePullPolicy": "IfNotPresent",
        "mainApplicationFile": "local:///opt/transforms/run.py",
        "arguments": ["run", f"{runtime.JOB}/job.yaml"],
        "restartPolicy": dict(RESTART),
        "timeToLiveSeconds": KEPT_SECONDS,
        "sparkConf": dict(CONF),
        "volumes": _volumes(args),
        "driver": _driver(args),
        "executor": _pod(args, args.job.executor, runtime.EXECUTOR_ACCOUNT, _mounts("authorities", args))
        | {"instances": args.job.executors, "deleteOnTermination": True},
    }
    if args.runtime.pull_secrets:
        spec["imagePullSecrets"] = list(args.runtime.pull_secrets)
    return spec


def _driver(args: ApplicationArgs) -> dict[str, Any]:
    mounts = [
        *_mounts("connections", args),
        {"name": "job", "mountPath": runtime.JOB, "readOnly": True},
        {"name": "events", "mountPath": runtime.EVENTS},
    ]
    if args.collector:
        mounts.append({"name": telemetry.VOLUME, "mountPath": telemetry.FOLDER, "readOnly": True})
    pod = _pod(args, args.job.driver, runtime.ACCOUNT, mounts)
    # The library tells from the driver what a run does; executors compute, and tell their driver.
    variables = {
        "TRANSFORMS_CONNECTIONS": runtime.CONNECTIONS,
        **telemetry.variables(args.owner, args.job.name, args.collector),
    }
    return pod | {"env": [*pod["env"], *({"name": name, "value": value} for name, value in variables.items())]}


def _pod(args: ApplicationArgs, size: PodSize, account: str, mounts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    scratch = [{"name": name, "mountPath": path} for name, (path, _) in SCRATCH.items()]
    return {
        "cores": size.cores,
        "coreRequest": f"{size.cores * args.runtime.core_request}m",
        # Without a limit of its own the namespace's default, half a core, would stand below what is asked for.
        "coreLimit": str(size.cores),
        "memory": f"{size.memory}m",
        "memoryOverhead": f"{size.overhead}m",
        "serviceAccount": account,
        "labels": dict(args.labels),
        "priorityClassName": PRIORITY,
        "env": [{"name": "HOME", "value": "/tmp"}],
        "podSecurityContext": pod_security(),
        "securityContext": container_security(),
        "volumeMounts": [*scratch, *mounts],
    }


def _mounts(volume_name: str, args: ApplicationArgs) -> list[dict[str, Any]]:
    if not args.connections:
        return []
    return [{"name": volume_name, "mountPath": runtime.CONNECTIONS, "readOnly": True}]


def _volumes(args: ApplicationArgs) -> list[dict[str, Any]]:
    scratch = [{"name": name, "emptyDir": {"sizeLimit": size}} for name, (_, size) in SCRATCH.items()]
    own: list[dict[str, Any]] = [
        {"name": "job", "configMap": {"name": args.config}},
        {"name": "events", "persistentVolumeClaim": {"claimName": CLAIM}},
    ]
    if args.connections:
        # Executors open connections too; the login reaches them from the driver, the authority they read themselves.
        own += [volume("connections", args.connections), volume("authorities", args.connections, [AUTHORITY])]
    if args.collector:
        own.append({"name": telemetry.VOLUME, "configMap": {"name": telemetry.TRUST}})
    return [*scratch, *own]
