"""What cannot be is refused in words that help."""

from __future__ import annotations

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE

pytestmark = pytest.mark.sandbox


def test_unknown_properties_are_named_with_their_path_and_the_nearest_name(project: Project) -> None:
    project.write(
        PREAMBLE
        + """
k8s.apps.v1.Deployment("web", metadata={"namespace": namespace, "name": "web"}, spec={
    "replicas": "2",
    "selector": {"matchLabels": {"a": "b"}},
    "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [
        {"name": "pause", "image": "registry.k8s.io/pause:3.10", "imagePullPolice": "Never"},
    ]}},
})
"""
    )
    text = project.preview(fails=True).text
    assert 'unknown property "imagePullPolice" (did you mean "imagePullPolicy"?)' in text
    assert "spec.template.spec.containers[0].imagePullPolice" in text
    assert "expected a whole number, found a string" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        (
            'k8s.apiextensions.CustomResource("x", api_version="apps/v1", kind="Deploymnt", metadata={"name": "x"})',
            'no kind Deploymnt (did you mean "Deployment"?)',
        ),
        (
            'k8s.rbac.v1.ClusterRole("x", metadata={"namespace": namespace, "name": "x"}, rules=[])',
            "belongs to no namespace",
        ),
    ],
)
def test_what_the_plugin_cannot_serve_is_refused_by_name(project: Project, declaration: str, message: str) -> None:
    project.write(PREAMBLE + declaration)
    text = project.preview(fails=True).text
    assert message in text
    assert "Traceback" not in text


def test_a_namespace_that_is_not_there_is_named(project: Project) -> None:
    project.write(PREAMBLE + 'k8s.core.v1.ConfigMap("x", metadata={"namespace": "nowhere", "name": "x"}, data={})')
    project.preview()
    assert "there is no namespace nowhere" in project.up(fails=True).text


def test_what_the_server_refuses_is_told_in_the_preview(project: Project) -> None:
    project.write(PREAMBLE)
    project.up()
    project.write(
        PREAMBLE
        + """
k8s.core.v1.Service("x", metadata={"namespace": namespace, "name": "x"}, spec={"ports": [{"port": 70000}]}, opts=inside)
"""
    )
    text = project.preview(fails=True).text
    assert "spec.ports[0].port" in text
    assert "is refused by the cluster" in text


def test_a_cluster_that_does_not_answer_is_one_line(project: Project) -> None:
    project.write(PREAMBLE)
    project.up()
    dead = project.folder / "dead.yaml"
    dead.write_text(
        "{clusters: [{name: c, cluster: {server: 'https://127.0.0.1:9'}}], users: [{name: u, user: {}}], "
        "contexts: [{name: c, context: {cluster: c, user: u}}], current-context: c}"
    )
    project.environment["KUBECONFIG"] = str(dead)
    text = project.up(fails=True).text
    assert f"cannot reach the Kubernetes API server https://127.0.0.1:9 (kubeconfig {dead}): " in text
    assert "Traceback" not in text
    project.environment["KUBECONFIG"] = str(project.folder / "none.yaml")
    assert "there is no kubeconfig at" in project.up(fails=True).text


QUOTA = """
quota = k8s.core.v1.ResourceQuota(
    "quota",
    metadata={{"namespace": namespace, "name": "quota"}},
    spec={{"hard": {{"count/secrets": "{most}"}}}},
    opts=inside,
)
for number in range({wanted}):
    name = f"one-{{number}}"
    k8s.core.v1.Secret(
        name, metadata={{"namespace": namespace, "name": name}}, opts=ResourceOptions(depends_on=[quota])
    )
"""


def test_a_quota_that_the_same_program_raises_refuses_no_preview(project: Project) -> None:
    project.write(PREAMBLE + QUOTA.format(most=1, wanted=1))
    project.up()

    project.write(PREAMBLE + QUOTA.format(most=2, wanted=2))
    project.preview()
    assert project.up().changes["create"] == 1

    project.write(PREAMBLE + QUOTA.format(most=2, wanted=3))
    assert "exceeded quota" in project.up(fails=True).text
