"""Explicit providers, each with its own options."""

from __future__ import annotations

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE, Namespace

pytestmark = pytest.mark.sandbox


def test_two_providers_put_objects_into_their_own_namespaces(project: Project, namespace: Namespace) -> None:
    project.write(
        PREAMBLE
        + """
import pathlib

first = k8s.Provider("first", kubeconfig=pathlib.Path(os.environ["KUBECONFIG"]).read_text(), namespace=namespace)
second = k8s.Provider("second", context="etl-sandbox", namespace="default", suppress_deprecation_warnings=True)
for name, provider in {"first": first, "second": second}.items():
    made = k8s.core.v1.ConfigMap(name, data={"a": "b"}, opts=ResourceOptions(provider=provider, depends_on=[ns]))
    pulumi.export(name, made.id)
"""
    )
    project.preview()
    project.up()
    outputs = project.outputs()
    assert outputs["first"].startswith(f"{namespace.name}/first-")
    assert outputs["second"].startswith("default/second-")
    assert project.up().changes == {}
    project.destroy()


def test_an_option_that_has_no_effect_here_is_refused_by_name(project: Project) -> None:
    project.write(PREAMBLE + 'k8s.Provider("files", render_yaml_to_directory="out")')
    assert "it cannot render to files" in project.preview(fails=True).text


def test_a_provider_of_a_cluster_yet_to_come_can_be_previewed(project: Project) -> None:
    project.write(
        PREAMBLE
        + """
made = k8s.core.v1.Service("made", metadata={"name": "made", "namespace": namespace}, spec={"ports": [{"port": 80}]})
config = made.spec.cluster_ip.apply(lambda address: open(os.environ["KUBECONFIG"]).read())
later = k8s.Provider("later", kubeconfig=config, namespace="default")
k8s.core.v1.ConfigMap("inside", data={"a": "b"}, opts=ResourceOptions(provider=later))
"""
    )
    assert project.preview().changes == {"create": 3}
