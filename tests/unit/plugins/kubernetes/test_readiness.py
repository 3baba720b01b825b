"""The rules of readiness, on objects as a server reports them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.host import PluginError
from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.options import Options
from sandbox.plugins.kubernetes.readiness import check_now

# None of these rules asks the cluster.
NO_CLUSTER = Cluster(Options())


def status_of(api_version: str, kind: str, spec: dict[str, Any], status: dict[str, Any], **metadata: Any) -> Any:
    obj = {"apiVersion": api_version, "kind": kind, "spec": spec, "status": status}
    return check_now({**obj, "metadata": {"name": "a", "namespace": "b", "generation": 2, **metadata}}, NO_CLUSTER)


def condition(name: str, value: str, **rest: str) -> dict[str, Any]:
    return {"type": name, "status": value, **rest}


@pytest.mark.parametrize(
    ("seen", "updated", "available", "all_", "ready"),
    [(1, 2, 2, 2, False), (2, 1, 2, 2, False), (2, 2, 2, 3, False), (2, 2, 1, 2, False), (2, 2, 2, 2, True)],
)
def test_a_deployment_is_ready_when_all_its_replicas_are_new_and_available(
    seen: int, updated: int, available: int, all_: int, *, ready: bool
) -> None:
    status = {
        "observedGeneration": seen,
        "updatedReplicas": updated,
        "availableReplicas": available,
        "replicas": all_,
    }
    assert status_of("apps/v1", "Deployment", {"replicas": 2}, status).ready is ready


def test_a_deployment_past_its_own_deadline_has_failed() -> None:
    late = condition("Progressing", "False", reason="ProgressDeadlineExceeded", message="timed out")
    found = status_of("apps/v1", "Deployment", {"replicas": 1}, {"observedGeneration": 2, "conditions": [late]})
    assert found.failed
    assert "timed out" in found.message


def test_a_refused_replica_is_the_message() -> None:
    refused = condition("ReplicaFailure", "True", reason="FailedCreate", message="exceeded quota")
    found = status_of("apps/v1", "Deployment", {"replicas": 1}, {"observedGeneration": 2, "conditions": [refused]})
    assert not found.failed
    assert "exceeded quota" in found.message


def test_a_stateful_set_waits_for_the_new_revision() -> None:
    status = {"observedGeneration": 2, "readyReplicas": 2, "replicas": 2, "updatedReplicas": 1}
    rolling = {**status, "currentRevision": "a", "updateRevision": "b"}
    assert not status_of("apps/v1", "StatefulSet", {"replicas": 2}, rolling).ready
    partition = {"replicas": 2, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 1}}}
    assert status_of("apps/v1", "StatefulSet", partition, rolling).ready
    on_delete = {"replicas": 2, "updateStrategy": {"type": "OnDelete"}}
    assert status_of("apps/v1", "StatefulSet", on_delete, rolling).ready
    done = {**status, "currentRevision": "b", "updateRevision": "b"}
    assert status_of("apps/v1", "StatefulSet", {"replicas": 2}, done).ready
    assert not status_of("apps/v1", "StatefulSet", {"replicas": 2}, {**done, "readyReplicas": 1}).ready


@pytest.mark.parametrize(
    ("status", "ready", "failed"),
    [
        ({}, False, False),
        ({"phase": "Running", "conditions": [condition("Ready", "True")]}, True, False),
        ({"phase": "Running", "conditions": [condition("Ready", "False")]}, False, False),
        ({"phase": "Succeeded"}, True, False),
        ({"phase": "Failed", "reason": "Evicted"}, False, True),
    ],
)
def test_a_pod_is_ready_when_it_says_so_or_is_done(status: dict[str, Any], *, ready: bool, failed: bool) -> None:
    found = status_of("v1", "Pod", {}, status)
    assert (found.ready, found.failed) == (ready, failed)


def test_a_job_is_ready_when_it_is_complete_or_suspended() -> None:
    assert status_of("batch/v1", "Job", {"suspend": True}, {}).ready
    assert status_of("batch/v1", "Job", {}, {"conditions": [condition("Complete", "True")]}).ready
    end = condition("Failed", "True", reason="BackoffLimitExceeded", message="too often")
    assert status_of("batch/v1", "Job", {}, {"conditions": [end]}).failed
    assert not status_of("batch/v1", "Job", {}, {"active": 1}).ready


def test_a_daemon_set_waits_for_every_node() -> None:
    status = {"observedGeneration": 2, "desiredNumberScheduled": 2, "updatedNumberScheduled": 2}
    assert not status_of("apps/v1", "DaemonSet", {}, {**status, "numberAvailable": 1}).ready
    assert status_of("apps/v1", "DaemonSet", {}, {**status, "numberAvailable": 2}).ready


@pytest.mark.parametrize(
    "spec", [{"type": "ExternalName"}, {"clusterIP": "None", "selector": {"a": "b"}}, {"clusterIP": "10.0.0.1"}]
)
def test_a_service_without_pods_of_its_own_needs_none(spec: dict[str, Any]) -> None:
    assert status_of("v1", "Service", spec, {}).ready


def test_a_quota_is_ready_when_it_is_counted() -> None:
    assert not status_of("v1", "ResourceQuota", {"hard": {"pods": "1"}}, {}).ready
    assert status_of("v1", "ResourceQuota", {"hard": {"pods": "1"}}, {"hard": {"pods": "1"}}).ready


def test_what_is_marked_or_has_no_rule_is_not_waited_for() -> None:
    assert status_of("v1", "Pod", {}, {}, annotations={"pulumi.com/skipAwait": "true"}).ready
    assert status_of("v1", "ConfigMap", {}, {}).ready


def test_a_program_may_name_what_it_waits_for() -> None:
    def custom(wanted: str, status: dict[str, Any]) -> Any:
        return status_of("etl.example.com/v1", "Thing", {}, status, annotations={"pulumi.com/waitFor": wanted})

    done = {"phase": "Done", "conditions": [condition("Ready", "True")]}
    assert custom("condition=Ready", done).ready
    assert not custom("condition=Ready", {}).ready
    assert custom("jsonpath={.status.phase}=Done", done).ready
    assert "not Done" in custom("jsonpath={.status.phase}=Done", {"phase": "Busy"}).message
    assert not custom('["condition=Ready", "jsonpath={.status.phase}=Over"]', done).ready
    with pytest.raises(PluginError, match="is not understood"):
        custom("sometime", done)
