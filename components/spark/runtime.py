"""What every Spark pod of the platform shares: its user, its ports, its folders, and its restrictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

UID = 185  # the official image's spark user

DRIVER_PORT, BLOCK_MANAGER_PORT = 7078, 7079
"""Fixed, so that network policies can name them. Source: the defaults of Spark's own driver service."""

DRIVER: Mapping[str, str] = MappingProxyType({"spark-role": "driver"})
EXECUTOR: Mapping[str, str] = MappingProxyType({"spark-role": "executor"})
PODS: Mapping[str, Sequence[str]] = MappingProxyType({"spark-role": ("driver", "executor")})
"""Labels that Spark itself gives, and lets no job take away."""

ACCOUNT, EXECUTOR_ACCOUNT = "spark", "spark-executor"
"""The service accounts of a workspace."""

WORK = "/opt/spark/work-dir"
CONNECTIONS = "/etc/transforms/connections"
JOB = "/etc/transforms/job"
EVENTS = "/var/log/spark-events"


@dataclass(frozen=True)
class Runtime:
    """What runs the jobs of an environment.

    Args:
        version: of Spark.
        image: with Spark alone; the history servers run it.
        job_image: with the transform core in it.
        core_request: millicores that a pod is sure of for each of its cores.
        pull_secrets: names of Secrets in each workspace, with which nodes pull the job image.
    """

    version: str
    image: str
    job_image: str
    core_request: int
    pull_secrets: Sequence[str] = ()


def pod_security() -> dict[str, Any]:
    """Never root; volumes belong to Spark's group, so mounted secrets stay unreadable to others."""
    return {
        "runAsNonRoot": True,
        "runAsUser": UID,
        "runAsGroup": UID,
        "fsGroup": UID,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> dict[str, Any]:
    """No privilege to gain, no capability, nothing to write outside the mounted volumes."""
    return {
        "runAsNonRoot": True,
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
