"""When what is no workload is ready."""

# Every check has the same signature.
# ruff: noqa: ARG001

from __future__ import annotations

from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import Object

from .status import READY, Status, condition, waiting, words


def service(obj: Object, cluster: Cluster) -> Status:
    """It has an address and, if it selects pods, at least one of them is ready."""
    spec = obj["spec"]
    kind = spec.get("type", "ClusterIP")
    if kind == "ExternalName":
        return READY
    if kind == "LoadBalancer" and not _load_balanced(obj):
        return waiting("no external address yet: has the cluster a load balancer?")
    if not spec.get("selector") or spec.get("clusterIP") == "None":
        return READY
    found = obj["metadata"]
    slices = cluster.listed(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        found["namespace"],
        labelSelector=f"kubernetes.io/service-name={found['name']}",
    )
    endpoints = [endpoint for one in slices for endpoint in one.get("endpoints") or ()]
    if any((endpoint.get("conditions") or {}).get("ready") is not False for endpoint in endpoints):
        return READY
    if endpoints:
        return waiting(f"none of its {len(endpoints)} pods is ready")
    selector = ", ".join(f"{key}={value}" for key, value in spec["selector"].items())
    return waiting(f"no pod matches its selector ({selector})")


def ingress(obj: Object, cluster: Cluster) -> Status:
    """A controller has given it an address."""
    if _load_balanced(obj):
        return READY
    return waiting("no controller has given it an address")


def volume_claim(obj: Object, cluster: Cluster) -> Status:
    """It is bound, or waits for its first pod as its class wants it."""
    phase = (obj.get("status") or {}).get("phase", "Pending")
    if phase == "Bound":
        return READY
    name = obj["spec"].get("storageClassName")
    if name and not obj["spec"].get("volumeName"):
        api = cluster.discovery.find("storage.k8s.io/v1", "StorageClass")
        found = cluster.get(api, None, name) if api else None
        if found is None:
            return waiting(f'it is not bound: there is no storage class "{name}"')
        if found.get("volumeBindingMode") == "WaitForFirstConsumer":
            return READY
    return waiting(f"it is {phase.lower()}, not bound")


def volume(obj: Object, cluster: Cluster) -> Status:
    """It can be claimed, or is."""
    phase = (obj.get("status") or {}).get("phase", "Pending")
    return READY if phase in ("Available", "Bound", "Released") else waiting(f"it is {phase.lower()}")


def quota(obj: Object, cluster: Cluster) -> Status:
    """The controller counts it; until then the namespace refuses new pods."""
    if (obj.get("status") or {}).get("hard") == obj["spec"].get("hard"):
        return READY
    return waiting("its limits are not counted yet")


def namespace(obj: Object, cluster: Cluster) -> Status:
    """It is active."""
    phase = (obj.get("status") or {}).get("phase")
    return READY if phase == "Active" else waiting(f"it is {str(phase).lower()}")


def definition(obj: Object, cluster: Cluster) -> Status:
    """The custom resource's kind is served."""
    if condition(obj, "Established").get("status") == "True":
        cluster.forget()
        return READY
    refused = condition(obj, "NamesAccepted")
    return waiting(words(refused) if refused.get("status") == "False" else "its kind is not served yet")


def _load_balanced(obj: Object) -> bool:
    return bool(((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress"))
