"""The waiting itself."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.plugins.host import Cancelled, Deadline, PluginError, sleep, status, warn
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.discovery import Api
from sandbox.plugins.kubernetes.failures import Unreachable
from sandbox.plugins.kubernetes.objects import Object, annotation, describe

from . import others, wait_for, workloads
from .pods import explain
from .rollouts import free_stuck_pod
from .status import READY, Check, Status

SKIP = "pulumi.com/skipAwait"
TIMEOUT = "pulumi.com/timeoutSeconds"
_DEFAULT_SECONDS = 600.0
_SILENCE_SECONDS = 30.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0

_CHECKS: Mapping[tuple[str, str], Check] = {
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("", "Pod"): workloads.pod,
    ("batch", "Job"): workloads.job,
    ("", "Service"): others.service,
    ("networking.k8s.io", "Ingress"): others.ingress,
    ("", "PersistentVolumeClaim"): others.volume_claim,
    ("", "PersistentVolume"): others.volume,
    ("", "ResourceQuota"): others.quota,
    ("", "Namespace"): others.namespace,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): others.definition,
}


class NotReady(PluginError):  # noqa: N818 - it describes the object
    """The object exists and is not ready; `live` is its last known state."""

    def __init__(self, reasons: list[str], live: Object) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.live = live


def check_now(obj: Object, cluster: Cluster) -> Status:
    """How far the object is at this moment; what need not be waited for is ready."""
    if annotation(obj, SKIP) == "true":
        return READY
    group = str(obj["apiVersion"]).rpartition("/")[0]
    check = wait_for.chosen(obj) or _CHECKS.get((group, obj["kind"]))
    return check(obj, cluster) if check else READY


def await_ready(cluster: Cluster, api: Api, obj: Object, timeout: float | None) -> Object:
    """Wait for the object; returns it as it then is.

    Raises `NotReady` at the time-out, when it cannot become ready any more, and when the engine cancels.
    `timeout` in seconds is the program's (custom timeouts); then the annotation's; then ten minutes.
    """
    deadline = Deadline(timeout or _annotated(obj) or _DEFAULT_SECONDS)
    live, pause, freed, said = obj, _FIRST_PAUSE, set[str](), ""
    silence: Deadline | None = None
    while True:
        try:
            found = check_now(live, cluster)
            if found.ready:
                return live
            if found.failed:
                raise NotReady(_reasons(live, cluster, f"{describe(live)} failed: {found.message}"), live)
            free_stuck_pod(live, cluster, freed)
            if found.message != said:
                said = found.message
                status(said)
            if deadline.passed:
                text = f"{describe(live)} was not ready after {deadline.seconds:g} seconds: {said}"
                raise NotReady(_reasons(live, cluster, text), live)
            sleep(min(pause, deadline.remaining))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            live = _again(cluster, api, live)
            silence = None
        except Unreachable as error:
            silence = silence or Deadline(_SILENCE_SECONDS)
            if silence.passed:
                raise NotReady([f"{describe(live)}: {error}"], live) from None
            _pause_or_give_up(live, said)
        except Cancelled:
            raise NotReady([f"{describe(live)}: cancelled while waiting ({said})"], live) from None


def await_gone(cluster: Cluster, api: Api, live: Object, timeout: float | None) -> None:
    """Wait until the object is deleted (another of the same name counts as gone).

    Raises `PluginError` with what holds it back at the time-out.
    """
    deadline = Deadline(timeout or _annotated(live) or _DEFAULT_SECONDS)
    metadata, pause, said = live["metadata"], 0.05, False
    while True:
        found = cluster.get(api, metadata.get("namespace"), metadata["name"])
        if found is None or found["metadata"]["uid"] != metadata["uid"]:
            return
        if deadline.passed:
            raise PluginError(
                f"{describe(live)} was not deleted after {deadline.seconds:g} seconds: {_held_back(found)}"
            )
        if not said and pause == _LONGEST_PAUSE:
            said = True
            status(f"waiting for it to end: {_held_back(found)}")
        sleep(min(pause, deadline.remaining))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _again(cluster: Cluster, api: Api, live: Object) -> Object:
    metadata = live["metadata"]
    found = cluster.get(api, metadata.get("namespace"), metadata["name"])
    if found is None:
        raise NotReady([f"{describe(live)} was deleted by someone else while it was waited for"], live)
    return found


def _pause_or_give_up(live: Object, said: str) -> None:
    try:
        sleep(1.0)
    except Cancelled:
        raise NotReady([f"{describe(live)}: cancelled while waiting ({said})"], live) from None


def _reasons(live: Object, cluster: Cluster, first: str) -> list[str]:
    try:
        return [first, *explain(live, cluster)]
    except PluginError:
        return [first]


def _held_back(obj: Object) -> str:
    metadata = obj["metadata"]
    finalizers = [*(metadata.get("finalizers") or ()), *((obj.get("spec") or {}).get("finalizers") or ())]
    conditions = [
        f"{one.get('reason')}: {one.get('message')}"
        for one in (obj.get("status") or {}).get("conditions") or ()
        if obj["kind"] == "Namespace" and one.get("status") == "True"
    ]
    if finalizers:
        text = f"its finalizers are not done ({', '.join(finalizers)})"
        return f"{text}; {'; '.join(conditions)}" if conditions else text
    return "it is still ending" if metadata.get("deletionTimestamp") else "the server has not begun to delete it"


def _annotated(obj: Object) -> float | None:
    text = annotation(obj, TIMEOUT)
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        warn(f'annotation {TIMEOUT}: "{text}" is no number of seconds; {_DEFAULT_SECONDS:g} is used')
        return None
