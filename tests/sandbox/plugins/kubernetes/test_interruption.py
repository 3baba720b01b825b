"""A run that is stopped or killed is completed by the next."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE, Namespace

pytestmark = pytest.mark.sandbox

PROGRAM = (
    PREAMBLE
    + """
gate = k8s.core.v1.ConfigMap("gate", metadata={{"namespace": namespace, "name": "gate"}}, opts=inside)
k8s.core.v1.Pod(
    "slow",
    metadata={{"namespace": namespace, "name": "slow"}},
    spec={{"terminationGracePeriodSeconds": 0, "containers": [{{
        "name": "main",
        "image": "docker.io/library/debian:bookworm-slim",
        "command": ["sleep", "infinity"],
        "readinessProbe": {{"exec": {{"command": ["test", "-e", "/tmp/ready"]}}, "periodSeconds": 1}},
        **{extra},
    }}]}},
    opts=ResourceOptions(depends_on=[gate]),
)
k8s.core.v1.ConfigMap("other", metadata={{"namespace": namespace, "name": "other"}}, data={{"a": "b"}}, opts=inside)
"""
)
NEVER = PROGRAM.format(extra={})
SOON = PROGRAM.format(extra={"command": ["sh", "-c", "touch /tmp/ready; sleep infinity"]})


def until_pod_exists(namespace: Namespace) -> None:
    end = time.monotonic() + 60
    while namespace.get("v1", "Pod", "slow") is None:
        assert time.monotonic() < end, "the pod never came"
        time.sleep(0.1)


def plugins_of(project: Project) -> list[int]:
    """The processes that were started from the project's plugin folder."""
    mark = str(project.folder.parent / "home").encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"PULUMI_HOME=" + mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


def test_an_engine_that_is_killed_leaves_no_process_and_the_next_up_completes(
    project: Project, namespace: Namespace
) -> None:
    project.write(NEVER)
    engine = project.start("up", "--yes", "--skip-preview")
    until_pod_exists(namespace)
    os.kill(engine.pid, signal.SIGKILL)
    engine.communicate()
    end = time.monotonic() + 20
    while plugins_of(project):
        assert time.monotonic() < end, "plugins outlive their engine"
        time.sleep(0.2)

    project.run("cancel", "--yes")
    project.write(SOON)
    namespace.delete("v1", "Pod", "slow")
    end = time.monotonic() + 60
    while namespace.get("v1", "Pod", "slow") is not None:
        assert time.monotonic() < end, "the pod never went"
        time.sleep(0.2)
    project.up()
    assert {one["urn"].rpartition("::")[2] for one in project.resources()} == {"ns", "gate", "slow", "other"}
    assert project.up().changes == {}


def test_what_a_killed_run_had_made_is_taken_up_by_the_next(project: Project, namespace: Namespace) -> None:
    project.write(NEVER)
    engine = project.start("up", "--yes", "--skip-preview")
    until_pod_exists(namespace)
    os.kill(engine.pid, signal.SIGKILL)
    engine.communicate()
    project.run("cancel", "--yes")
    assert "slow" not in {one["urn"].rpartition("::")[2] for one in project.resources()}
    project.write(NEVER.replace('"name": "slow"', '"name": "slow", "annotations": {"pulumi.com/skipAwait": "true"}'))
    project.up()
    assert "slow" in {one["urn"].rpartition("::")[2] for one in project.resources()}


def test_a_cancelled_run_keeps_what_exists_and_says_what_it_waited_for(project: Project, namespace: Namespace) -> None:
    project.write(NEVER)
    engine = project.start("up", "--yes", "--skip-preview")
    until_pod_exists(namespace)
    time.sleep(1)
    os.kill(engine.pid, signal.SIGINT)
    text, _ = engine.communicate(timeout=60)
    assert "cancelled while waiting" in text
    kept = {one["urn"].rpartition("::")[2]: one for one in project.resources()}
    assert "initErrors" in kept["slow"]
    assert not plugins_of(project)
