"""Create, leave alone, update, replace, delete."""

from __future__ import annotations

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import PREAMBLE, Namespace

pytestmark = pytest.mark.sandbox

PROGRAM = (
    PREAMBLE
    + """
labels = {{"app": "web"}}
web = k8s.apps.v1.Deployment(
    "web",
    metadata={{"namespace": namespace, "name": "web"}},
    spec={{
        "replicas": {replicas},
        "selector": {{"match_labels": {selector}}},
        "template": {{
            "metadata": {{"labels": {{**labels, **{selector}}}}},
            "spec": {{"terminationGracePeriodSeconds": 0, "containers": [{{
                "name": "pause",
                "image": "registry.k8s.io/pause:3.10",
                "resources": {{"requests": {{"cpu": "{cpu}"}}}},
            }}]}},
        }},
    }},
    opts=inside,
)
service = k8s.core.v1.Service(
    "web",
    metadata={{"namespace": namespace, "name": "web"}},
    spec={{"selector": labels, "ports": [{{"port": 80}}]}},
    opts=inside,
)
settings = k8s.core.v1.ConfigMap(
    "settings", metadata={{"namespace": namespace}}, data={{"a": "{setting}"}}, opts=inside
)
pulumi.export("address", service.spec.cluster_ip)
pulumi.export("settings", settings.metadata.name)
pulumi.export("id", web.id)
"""
)


def program(replicas: int = 1, cpu: str = "10m", setting: str = "1", selector: dict[str, str] | None = None) -> str:
    return PROGRAM.format(replicas=replicas, cpu=cpu, setting=setting, selector=selector or {"app": "web"})


def test_objects_are_made_left_alone_updated_replaced_and_deleted(project: Project, namespace: Namespace) -> None:
    project.write(program())
    previewed = project.preview()
    assert previewed.changes == {"create": 4}
    made = project.up()
    assert made.changes == {"create": 4}
    deployment = namespace.get("apps/v1", "Deployment", "web")
    assert deployment is not None
    assert deployment["status"]["availableReplicas"] == 1, "up returned before the deployment was available"
    outputs = project.outputs()
    assert outputs["address"].startswith("10.96.")
    assert outputs["id"] == f"{namespace.name}/web"
    assert outputs["settings"].startswith("settings-")

    assert project.up().changes == {}, "a second up changes nothing"
    assert project.up("--refresh").changes == {}, "nor after a look at the cluster"

    project.write(program(replicas=2, cpu="0.01"))
    updated = project.up()
    assert updated.changes == {"update": 1}
    (step,) = [step for step in updated.steps if step["op"] == "update"]
    assert list(step["detailedDiff"]) == ["spec.replicas"], "0.01 and 10m are the same amount of CPU"
    deployment = namespace.get("apps/v1", "Deployment", "web")
    assert deployment is not None
    assert deployment["status"]["availableReplicas"] == 2

    project.write(program(replicas=2, cpu="0.01", setting="2", selector={"app": "web", "tier": "front"}))
    replaced = project.up()
    operations = [(step["op"], step["type"].rpartition(":")[2]) for step in replaced.steps if step["op"] != "same"]
    assert operations.index(("delete-replaced", "Deployment")) < operations.index(
        ("create-replacement", "Deployment")
    ), "a fixed name can be given again only after the deletion"
    assert operations.index(("create-replacement", "ConfigMap")) < operations.index(("delete-replaced", "ConfigMap")), (
        "a generated name lets the new object come first"
    )
    assert project.outputs()["settings"] != outputs["settings"]

    assert project.destroy().changes == {"delete": 4}
    assert not project.resources()


def test_a_field_that_only_the_server_knows_to_be_immutable_replaces(project: Project) -> None:
    text = (
        PREAMBLE
        + """
k8s.scheduling.v1.PriorityClass("priority", metadata={{"name": namespace}}, value={value}, description="{text}")
"""
    )
    project.write(text.format(value=10, text="first"))
    project.up()
    project.write(text.format(value=10, text="second"))
    assert project.up().changes == {"update": 1}
    project.write(text.format(value=20, text="second"))
    changes = project.up().changes
    assert changes["create-replacement"] == 1
    assert "update" not in changes
    project.destroy()


def test_what_is_unknown_in_a_preview_does_not_stop_it(project: Project) -> None:
    project.write(
        PREAMBLE
        + """
source = k8s.core.v1.Service(
    "source", metadata={"namespace": namespace, "name": "source"}, spec={"ports": [{"port": 80}]}, opts=inside
)
k8s.core.v1.ConfigMap("copy", metadata={"namespace": namespace}, data={"address": source.spec.cluster_ip}, opts=inside)
k8s.core.v1.Secret(
    "hidden", metadata={"namespace": namespace}, string_data={"address": source.spec.cluster_ip}, opts=inside
)
k8s.apiextensions.CustomResource(
    "custom", api_version="etl.example.com/v1", kind="Late", metadata={"namespace": namespace}, spec={"a": 1}
)
"""
    )
    assert project.preview().changes == {"create": 5}


def test_a_custom_resource_follows_its_definition_in_the_same_program(project: Project) -> None:
    project.write(
        PREAMBLE
        + """
kind = "K" + namespace.replace("-", "")
definition = k8s.apiextensions.v1.CustomResourceDefinition(
    "definition",
    metadata={"name": f"{kind.lower()}s.etl.example.com"},
    spec={
        "group": "etl.example.com",
        "names": {"kind": kind, "plural": f"{kind.lower()}s"},
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
            "type": "object",
            "properties": {"spec": {"type": "object", "properties": {
                "size": {"type": "integer"}, "free": {"type": "object", "x_kubernetes_preserve_unknown_fields": True}
            }}},
        }}}],
    },
)
k8s.apiextensions.CustomResource(
    "one",
    api_version="etl.example.com/v1",
    kind=kind,
    metadata={"namespace": namespace, "name": "one"},
    spec={"size": 1, "free": {"any": "thing"}},
    opts=ResourceOptions(depends_on=[definition, ns]),
)
"""
    )
    assert project.up().changes == {"create": 3}
    assert project.up().changes == {}
    project.destroy()


def test_a_claim_grows_in_place_without_being_waited_for_and_does_not_shrink(
    project: Project, namespace: Namespace
) -> None:
    def program(size: str) -> str:
        return (
            PREAMBLE
            + f"""
claim = k8s.core.v1.PersistentVolumeClaim(
    "claim",
    metadata=dict(name="claim", namespace=namespace, annotations={{"pulumi.com/skipAwait": "true"}}),
    spec=dict(accessModes=["ReadWriteOnce"], resources=dict(requests=dict(storage="{size}"))),
    opts=inside,
)
k8s.core.v1.Pod(
    "user",
    metadata=dict(name="user", namespace=namespace),
    spec=dict(
        terminationGracePeriodSeconds=0,
        containers=[
            dict(name="main", image="registry.k8s.io/pause:3.10", volumeMounts=[dict(name="data", mountPath="/d")])
        ],
        volumes=[dict(name="data", persistentVolumeClaim=dict(claimName=claim.metadata.name))],
    ),
    opts=inside,
)
"""
        )

    project.write(program("16Mi"))
    project.up()
    before = namespace.get("v1", "PersistentVolumeClaim", "claim")
    assert before is not None
    project.write(program("64Mi"))
    assert project.up().changes == {"update": 1}
    after = namespace.get("v1", "PersistentVolumeClaim", "claim")
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["spec"]["resources"]["requests"]["storage"] == "64Mi"
    assert project.up().changes == {}

    project.write(program("8Mi"))
    assert "can not be less than" in project.up(fails=True).text
