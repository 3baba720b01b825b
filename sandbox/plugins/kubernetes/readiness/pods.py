"""Why pods do not become ready: what their containers wait for, how they ended, what the events say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.plugins.host import PluginError
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import Object

from .status import condition, words

_MOST_PODS = 2
_MOST_EVENTS = 3
_LOG_LINES = 8
# Waiting for these ends only when something else changes.
BROKEN = frozenset(
    {
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
    }
)


def explain(obj: Object, cluster: Cluster) -> list[str]:
    """The reasons that can be found for an object that is not ready; empty when nothing is known."""
    reasons = []
    for one in _pods(obj, cluster)[:_MOST_PODS]:
        reasons += _of_pod(one, cluster)
    for one in [obj, *_replica_sets(obj, cluster)]:
        reasons += _events(one, cluster)
    return list(dict.fromkeys(reasons))


def owned_pods(obj: Object, cluster: Cluster) -> list[Object]:
    """The pods that the object's selector finds."""
    selector = (obj.get("spec") or {}).get("selector") or {}
    labels = selector.get("matchLabels", {} if "matchExpressions" in selector else selector)
    if not labels:
        return []
    query = ",".join(f"{key}={value}" for key, value in labels.items())
    return cluster.listed("v1", "Pod", obj["metadata"].get("namespace"), labelSelector=query)


def is_ready(one: Object) -> bool:
    """Whether the pod's condition says so."""
    return condition(one, "Ready").get("status") == "True"


def stuck(one: Object) -> str | None:
    """The reason for which a container of the pod will not start, None if there is none."""
    for state in _container_states(one):
        reason = (state.get("state", {}).get("waiting") or {}).get("reason")
        if reason in BROKEN:
            return str(reason)
    return None


def _pods(obj: Object, cluster: Cluster) -> list[Object]:
    if obj["kind"] == "Pod":
        return [obj]
    found = [one for one in owned_pods(obj, cluster) if not is_ready(one)]
    found.sort(key=lambda one: str(one["metadata"]["creationTimestamp"]), reverse=True)
    return found


def _of_pod(one: Object, cluster: Cluster) -> list[str]:
    name = one["metadata"]["name"]
    scheduled = condition(one, "PodScheduled")
    if scheduled.get("status") == "False":
        return [f"pod {name} cannot be scheduled: {scheduled.get('message')}"]
    reasons = []
    for state in _container_states(one):
        text = _of_container(state)
        if text:
            reasons.append(f"pod {name}, container {state['name']}: {text}")
            log = _log(one, state, cluster)
            if log:
                reasons.append(f"pod {name}, container {state['name']}, last log lines:\n{log}")
    return reasons + [f"pod {name}: {event}" for event in _events(one, cluster)]


def _of_container(state: Mapping[str, Any]) -> str:
    found = state.get("state") or {}
    last = (state.get("lastState") or {}).get("terminated")
    if "waiting" in found and found["waiting"].get("reason") not in (None, "ContainerCreating", "PodInitializing"):
        text = words(found["waiting"])
        return f"{text}; it ended with {_ending(last)}" if last else text
    if "terminated" in found and found["terminated"].get("exitCode", 0) != 0:
        return f"ended with {_ending(found['terminated'])}"
    if "running" in found and not state.get("ready"):
        return "runs but is not ready"
    return ""


def _ending(terminated: Mapping[str, Any]) -> str:
    details = words(terminated)
    return f"exit code {terminated.get('exitCode')}" + (f" ({details})" if details else "")


def _container_states(one: Object) -> list[dict[str, Any]]:
    status = one.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _log(one: Object, state: Mapping[str, Any], cluster: Cluster) -> str:
    if not state.get("restartCount") and "waiting" in (state.get("state") or {}):
        return ""
    metadata = one["metadata"]
    api = cluster.discovery.find("v1", "Pod")
    if api is None:
        return ""
    query = {"container": state["name"], "tailLines": str(_LOG_LINES)}
    if "waiting" in (state.get("state") or {}):
        query["previous"] = "true"
    try:
        text = cluster.connection.text(api.path(metadata["namespace"], metadata["name"]) + "/log", **query)
    except PluginError:
        return ""
    return "\n".join(f"    {line}" for line in text.strip().splitlines())


def _replica_sets(obj: Object, cluster: Cluster) -> list[Object]:
    if obj["kind"] != "Deployment":
        return []
    uid = obj["metadata"].get("uid")
    found = cluster.listed("apps/v1", "ReplicaSet", obj["metadata"].get("namespace"))
    return [
        one for one in found if any(owner.get("uid") == uid for owner in one["metadata"].get("ownerReferences") or ())
    ]


def _events(obj: Object, cluster: Cluster) -> list[str]:
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    if not namespace:
        return []
    found = cluster.listed("v1", "Event", namespace, fieldSelector=f"involvedObject.uid={metadata.get('uid')}")
    warnings = [event for event in found if event.get("type") == "Warning"]
    warnings.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return list(dict.fromkeys(words(event) for event in warnings[-_MOST_EVENTS:]))
