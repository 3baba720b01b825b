"""Runs of Spark in the dev stack, as people start them and the operator tells of them."""

from __future__ import annotations

import json
import time
from typing import Any

from kubernetes import client

from tests.sandbox.environment.stack import BOUND

NAMESPACE = "epidemiology-spark"
KIND = ("sparkoperator.k8s.io", "v1beta2", NAMESPACE, "sparkapplications")
ENDED = {"COMPLETED", "FAILED", "SUBMISSION_FAILED"}


def created(applications: client.CustomObjectsApi, application: dict[str, Any]) -> str:
    """The name of a run that was started."""
    made: Any = applications.create_namespaced_custom_object(*KIND, application)
    name: str = made["metadata"]["name"]
    return name


def status_of(applications: client.CustomObjectsApi, name: str) -> dict[str, Any]:
    """What the operator says of a run."""
    found: Any = applications.get_namespaced_custom_object(*KIND, name)
    status: dict[str, Any] = found.get("status", {})
    return status


def ended(applications: client.CustomObjectsApi, name: str) -> dict[str, Any]:
    """The status of a run that came to its end."""
    status: dict[str, Any] = {}
    for _ in range(BOUND):
        status = status_of(applications, name)
        if status.get("applicationState", {}).get("state") in ENDED:
            return status
        time.sleep(1)
    raise AssertionError(f"the run {name} does not end: {json.dumps(status)}")
