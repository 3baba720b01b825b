"""A StatefulSet whose broken pod keeps a new revision from being tried.

Kubernetes waits for the pod to become ready before it replaces it, which a broken one never does (a known limitation:
the documentation's "forced rollback"). Deleting that pod is what a person would have to do.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sandbox.plugins.host import PluginError, warn
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.objects import Object

from .pods import is_ready, owned_pods, stuck
from .status import condition

# A pod of the old revision that merely starts slowly is given this long.
_GRACE_SECONDS = 60


def free_stuck_pod(obj: Object, cluster: Cluster, already: set[str]) -> None:
    """Delete the pod of an older revision that cannot become ready; `already` holds the uids of those deleted."""
    status = obj.get("status") or {}
    newest = status.get("updateRevision")
    if obj["kind"] != "StatefulSet" or not newest or newest == status.get("currentRevision"):
        return
    api = cluster.discovery.find("v1", "Pod")
    for one in owned_pods(obj, cluster):
        metadata = one["metadata"]
        revision = metadata.get("labels", {}).get("controller-revision-hash")
        if api is None or revision == newest or is_ready(one) or metadata["uid"] in already:
            continue
        if metadata.get("deletionTimestamp"):
            continue
        reason = stuck(one) or _too_long_unready(one)
        if reason is None:
            continue
        already.add(metadata["uid"])
        warn(f"deleting pod {metadata['name']} ({reason}): it is of the old revision and would block the new one")
        try:
            cluster.connection.request("DELETE", api.path(metadata["namespace"], metadata["name"]))
        except PluginError:
            return


def _too_long_unready(one: Object) -> str | None:
    since = condition(one, "Ready").get("lastTransitionTime")
    if not isinstance(since, str):
        return None
    age = time.time() - datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp()
    return f"not ready for {age:.0f} seconds" if age > _GRACE_SECONDS else None
