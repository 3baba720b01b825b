"""Up waits until things work, and says why when they do not."""

from __future__ import annotations

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE, Namespace

pytestmark = pytest.mark.sandbox

POD = """
def pod(name, timeout="120", **container):
    return k8s.core.v1.Pod(
        name,
        metadata={"namespace": namespace, "name": name, "annotations": {"pulumi.com/timeoutSeconds": timeout}},
        spec={"terminationGracePeriodSeconds": 0, "restartPolicy": container.pop("restart", "Always"), "containers": [
            {"name": "main", "image": "registry.k8s.io/pause:3.10", **container},
        ]},
        opts=ResourceOptions(depends_on=[ns]),
    )
"""


def test_pods_that_never_become_ready_give_their_reasons(project: Project) -> None:
    project.write(
        PREAMBLE
        + POD
        + """
# Without a probe a container counts as ready from its start to its end, however soon that comes.
never = {"exec": {"command": ["false"]}}
pod("missing", timeout="20", image="nowhere.example.com/nothing:1")
pod("large", timeout="5", resources={"requests": {"cpu": "1000"}})
pod("crashing", timeout="30", image="docker.io/library/debian:bookworm-slim",
    command=["sh", "-c", "echo no such table; exit 7"], readinessProbe=never)
pod("failing", restart="Never", image="docker.io/library/debian:bookworm-slim", command=["sh", "-c", "exit 3"],
    readinessProbe=never)
pod("fine")
"""
    )
    result = project.up(fails=True)
    text = result.text
    assert "nowhere.example.com/nothing:1" in text
    assert "ImagePull" in text
    assert "cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu" in text
    assert "exit code 7" in text
    assert "no such table" in text, "the last lines of the log"
    assert "exit code 3" in text
    kept = {one["urn"].rpartition("::")[2]: one for one in project.resources()}
    assert kept.keys() == {"ns", "missing", "large", "crashing", "failing", "fine"}, "what exists is in the state"
    assert "initErrors" in kept["crashing"]
    assert "initErrors" not in kept["fine"]

    project.write(PREAMBLE + POD + 'pod("missing")\npod("fine")')
    changes = project.up().changes
    assert changes["delete"] == 3
    assert changes["create-replacement"] == 1
    assert all("initErrors" not in one for one in project.resources())


def test_a_quota_that_refuses_the_pods_is_the_reason(project: Project) -> None:
    project.write(
        PREAMBLE
        + """
quota = k8s.core.v1.ResourceQuota(
    "quota", metadata={"namespace": namespace, "name": "quota"}, spec={"hard": {"pods": "0"}}, opts=inside
)
k8s.apps.v1.Deployment(
    "web",
    metadata={"namespace": namespace, "name": "web"},
    spec={
        "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [
            {"name": "main", "image": "registry.k8s.io/pause:3.10"},
        ]}},
    },
    opts=ResourceOptions(depends_on=[quota], custom_timeouts=pulumi.CustomTimeouts(create="4s")),
)
k8s.core.v1.Service(
    "lonely",
    metadata={"namespace": namespace, "name": "lonely"},
    spec={"selector": {"nobody": "here"}, "ports": [{"port": 80}]},
    opts=ResourceOptions(depends_on=[quota], custom_timeouts=pulumi.CustomTimeouts(create="2s")),
)
"""
    )
    text = project.up(fails=True).text
    assert "was not ready after 4 seconds" in text
    assert "exceeded quota: quota" in text
    assert "no pod matches its selector (nobody=here)" in text


def test_what_need_not_be_waited_for_is_not(project: Project) -> None:
    project.write(
        PREAMBLE
        + POD
        + """
k8s.core.v1.PersistentVolumeClaim(
    "claim",
    metadata={"namespace": namespace, "name": "claim"},
    spec={"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}},
    opts=inside,
)
for name, spec in {
    "headless": {"clusterIP": "None", "selector": {"a": "b"}},
    "outside": {"type": "ExternalName", "externalName": "example.com"},
    "by-hand": {"ports": [{"port": 80}]},
}.items():
    k8s.core.v1.Service(name, metadata={"namespace": namespace, "name": name}, spec=spec, opts=inside)
k8s.core.v1.Service(
    "skipped",
    metadata={"namespace": namespace, "name": "skipped", "annotations": {"pulumi.com/skipAwait": "true"}},
    spec={"selector": {"a": "b"}, "ports": [{"port": 80}]},
    opts=inside,
)
k8s.batch.v1.Job(
    "job",
    metadata={"namespace": namespace, "name": "job"},
    spec={"template": {"spec": {"restartPolicy": "Never", "containers": [
        {"name": "main", "image": "docker.io/library/debian:bookworm-slim", "command": ["true"]},
    ]}}},
    opts=inside,
)
"""
    )
    project.up()


def test_a_broken_pod_of_a_stateful_set_does_not_block_the_repair(project: Project, namespace: Namespace) -> None:
    program = (
        PREAMBLE
        + """
k8s.apps.v1.StatefulSet(
    "db",
    metadata={{"namespace": namespace, "name": "db", "annotations": {{"pulumi.com/timeoutSeconds": "{seconds}"}}}},
    spec={{
        "serviceName": "db",
        "selector": {{"matchLabels": {{"app": "db"}}}},
        "template": {{"metadata": {{"labels": {{"app": "db"}}}}, "spec": {{
            "terminationGracePeriodSeconds": 0,
            "containers": [{{"name": "main", "image": "{image}"}}],
        }}}},
    }},
    opts=inside,
)
"""
    )
    project.write(program.format(seconds=15, image="nowhere.example.com/nothing:1"))
    assert "ImagePull" in project.up(fails=True).text
    project.write(program.format(seconds=120, image="registry.k8s.io/pause:3.10"))
    assert "deleting pod db-0" in project.up().text
    found = namespace.get("apps/v1", "StatefulSet", "db")
    assert found is not None
    assert found["status"]["readyReplicas"] == 1
