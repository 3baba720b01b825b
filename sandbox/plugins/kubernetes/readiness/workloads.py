"""When Deployments, StatefulSets, DaemonSets, Pods and Jobs are ready: the rules of `kubectl rollout status`."""

# Every check has the same signature.
# ruff: noqa: ARG001

from __future__ import annotations

from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import Object

from .status import READY, Status, condition, failed, waiting, words


def deployment(obj: Object, cluster: Cluster) -> Status:
    """All replicas are of the newest revision and available, the old ones gone."""
    status = obj.get("status") or {}
    if not _observed(obj):
        return waiting("waiting for the controller to see the change")
    progress = condition(obj, "Progressing")
    if progress.get("reason") == "ProgressDeadlineExceeded":
        return failed(words(progress))
    wanted = obj["spec"].get("replicas", 1)
    updated = status.get("updatedReplicas", 0)
    available = status.get("availableReplicas", 0)
    refused = condition(obj, "ReplicaFailure")
    if refused.get("status") == "True":
        return waiting(f"{available} of {wanted} replicas available; {words(refused)}")
    if updated < wanted:
        return waiting(f"{updated} of {wanted} replicas updated")
    if status.get("replicas", 0) > updated:
        return waiting(f"{status['replicas'] - updated} old replicas still to end")
    if available < updated:
        return waiting(f"{available} of {wanted} replicas available")
    return READY


def replica_set(obj: Object, cluster: Cluster) -> Status:
    """All replicas are available."""
    wanted = obj["spec"].get("replicas", 1)
    available = (obj.get("status") or {}).get("availableReplicas", 0)
    if not _observed(obj) or available < wanted:
        return waiting(f"{available} of {wanted} replicas available")
    return READY


def stateful_set(obj: Object, cluster: Cluster) -> Status:
    """All replicas are ready and, unless it updates on deletion only, of the newest revision."""
    status = obj.get("status") or {}
    if not _observed(obj):
        return waiting("waiting for the controller to see the change")
    spec = obj["spec"]
    wanted = spec.get("replicas", 1)
    ready = status.get("readyReplicas", 0)
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") == "RollingUpdate":
        partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
        updated = status.get("updatedReplicas", 0)
        if status.get("currentRevision") == status.get("updateRevision"):
            updated = status.get("replicas", 0)
        if updated < wanted - partition:
            return waiting(f"{updated} of {wanted - partition} replicas updated")
    if ready < wanted:
        return waiting(f"{ready} of {wanted} replicas ready")
    return READY


def daemon_set(obj: Object, cluster: Cluster) -> Status:
    """Every node that should run it runs the newest revision, available."""
    status = obj.get("status") or {}
    if not _observed(obj):
        return waiting("waiting for the controller to see the change")
    wanted = status.get("desiredNumberScheduled", 0)
    on_delete = (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete"
    updated = wanted if on_delete else status.get("updatedNumberScheduled", 0)
    available = status.get("numberAvailable", 0)
    if updated < wanted:
        return waiting(f"{updated} of {wanted} nodes updated")
    if available < wanted:
        return waiting(f"{available} of {wanted} nodes available")
    return READY


def pod(obj: Object, cluster: Cluster) -> Status:
    """The pod is Ready, or has done its work."""
    status = obj.get("status") or {}
    phase = status.get("phase", "Pending")
    if phase == "Succeeded" or condition(obj, "Ready").get("status") == "True":
        return READY
    if phase == "Failed":
        return failed(words(status) or "the pod failed")
    return waiting(f"the pod is {phase.lower()}, not ready")


def job(obj: Object, cluster: Cluster) -> Status:
    """The job is complete; a suspended one has nothing to wait for."""
    if obj["spec"].get("suspend"):
        return READY
    if condition(obj, "Complete").get("status") == "True":
        return READY
    end = condition(obj, "Failed")
    if end.get("status") == "True":
        return failed(words(end))
    status = obj.get("status") or {}
    wanted = obj["spec"].get("completions", 1)
    return waiting(f"{status.get('succeeded', 0)} of {wanted} pods succeeded, {status.get('failed', 0)} failed")


def _observed(obj: Object) -> bool:
    seen: int = (obj.get("status") or {}).get("observedGeneration", 0)
    generation: int = obj["metadata"].get("generation", 0)
    return seen >= generation
