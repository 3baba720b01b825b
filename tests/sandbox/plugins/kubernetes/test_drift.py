"""What others change is seen by a refresh and repaired by an update."""

from __future__ import annotations

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE, Namespace

pytestmark = pytest.mark.sandbox

PROGRAM = (
    PREAMBLE
    + """
annotations = {annotations}
k8s.core.v1.ResourceQuota(
    "quota",
    metadata={{"namespace": namespace, "name": "quota", "annotations": annotations}},
    spec={{"hard": {{"pods": "5", "requests.cpu": "1000m"}}}},
    opts=inside,
)
k8s.core.v1.ServiceAccount("account", metadata={{"namespace": namespace, "name": "account"}}, opts=inside)
"""
)


def test_a_changed_and_a_deleted_object_are_seen_and_made_good(project: Project, namespace: Namespace) -> None:
    project.write(PROGRAM.format(annotations={}))
    project.up()
    assert project.refresh().changes == {}, "1000m is what the server writes as 1: no drift"

    namespace.patch("v1", "ResourceQuota", "quota", {"spec": {"hard": {"pods": "7"}}})
    namespace.patch("v1", "ServiceAccount", "account", {"metadata": {"labels": {"by": "hand"}}})
    assert project.up().changes == {}, "without a refresh nobody looks"
    assert project.refresh().changes == {"update": 1}, "a label that the program says nothing of is no drift"

    refused = project.up(fails=True)
    assert '"kubectl-edit" has set spec.hard.pods' in refused.text
    assert "pulumi.com/patchForce" in refused.text

    project.write(PROGRAM.format(annotations={"pulumi.com/patchForce": "true"}))
    assert project.up().changes == {"update": 1}
    quota = namespace.get("v1", "ResourceQuota", "quota")
    assert quota is not None
    assert quota["spec"]["hard"]["pods"] == "5"

    namespace.delete("v1", "ServiceAccount", "account")
    assert project.refresh().changes == {"delete": 1}
    assert project.up().changes == {"create": 1}
    assert namespace.get("v1", "ServiceAccount", "account") is not None


def test_an_existing_object_is_imported_and_from_then_on_managed(project: Project, namespace: Namespace) -> None:
    project.write(PREAMBLE)
    project.up()
    namespace.create(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "old", "labels": {"made": "by-hand"}},
            "spec": {"hard": {"pods": "3"}},
        }
    )
    program = (
        PREAMBLE
        + """
k8s.core.v1.ResourceQuota(
    "old",
    metadata={{"namespace": namespace, "name": "old", "annotations": {{"pulumi.com/patchForce": "true"}}}},
    spec={{"hard": {{"pods": "{pods}"}}}},
    opts=ResourceOptions(depends_on=[ns]{options}),
)
"""
    )
    project.write(program.format(pods=3, options="").replace('"annotations": {"pulumi.com/patchForce": "true"}', ""))
    refused = project.up(fails=True)
    assert "exists already and is not this resource's" in refused.text

    imported = project.run("import", "kubernetes:core/v1:ResourceQuota", "old", f"{namespace.name}/old", "--yes",
                           "--generate-code=false", "--protect=false")  # fmt: skip
    assert "error" not in imported.text
    project.write(program.format(pods=3, options=""))
    project.up()
    quota = namespace.get("v1", "ResourceQuota", "old")
    assert quota is not None
    assert quota["metadata"]["labels"] == {"made": "by-hand"}, "what the program says nothing of stays"
    project.write(program.format(pods=4, options=""))
    assert project.up().changes == {"update": 1}
    quota = namespace.get("v1", "ResourceQuota", "old")
    assert quota is not None
    assert quota["spec"]["hard"]["pods"] == "4"


def test_the_import_option_takes_over_an_object_that_is_as_declared(project: Project, namespace: Namespace) -> None:
    project.write(PREAMBLE)
    project.up()
    namespace.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "old"}})
    project.write(
        PREAMBLE
        + """
k8s.core.v1.ServiceAccount(
    "old",
    metadata={"namespace": namespace, "name": "old"},
    opts=ResourceOptions(import_=f"{namespace}/old"),
)
"""
    )
    assert project.up().changes == {"import": 1}
    assert project.up().changes == {}
