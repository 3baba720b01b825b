from __future__ import annotations

import base64

import pytest

from sandbox.plugins.host import UNKNOWN, PluginError
from sandbox.plugins.host.context import Call, enter
from sandbox.plugins.kubernetes import objects
from sandbox.plugins.kubernetes.naming import assign_name, is_autonamed


@pytest.fixture(autouse=True)
def _no_call() -> None:
    enter(Call())


def test_tokens_name_an_api_version_and_a_kind() -> None:
    assert objects.kind_of("kubernetes:core/v1:Secret") == ("v1", "Secret")
    assert objects.kind_of("kubernetes:apps/v1:StatefulSet") == ("apps/v1", "StatefulSet")
    assert objects.kind_of("kubernetes:etl.example.com/v1:Job") == ("etl.example.com/v1", "Job")


def test_ids_hold_the_namespace_if_there_is_one() -> None:
    assert objects.split_id("shop/web") == ("shop", "web")
    assert objects.split_id("web") == (None, "web")
    assert objects.id_of({"metadata": {"name": "web", "namespace": "shop"}}) == "shop/web"


def test_a_secrets_plain_strings_are_folded_into_its_data() -> None:
    folded = objects.from_program(
        {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA==\n"}, "stringData": {"b": "y", "c": UNKNOWN}}
    )
    assert folded["data"] == {"a": "eA==", "b": base64.b64encode(b"y").decode(), "c": UNKNOWN}
    assert "stringData" not in folded


def test_what_only_the_server_sets_is_not_sent() -> None:
    sent = objects.from_program(
        {"kind": "Pod", "metadata": {"name": "a", "uid": "1", "managedFields": []}, "spec": {"x": None}}
    )
    assert sent == {"kind": "Pod", "metadata": {"name": "a"}, "spec": {}}


def test_schema_extensions_are_spelled_as_each_side_knows_them() -> None:
    program = {"spec": {"x_kubernetes_list_type": "map", "x_other": 1}}
    server = {"spec": {"x-kubernetes-list-type": "map", "x_other": 1}}
    assert objects.from_program(program) == server
    assert objects.to_program(server) == program


def test_outputs_leave_out_what_would_repeat_a_secret() -> None:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "hush", "b": "c"}
    live = {"metadata": {"name": "a", "managedFields": [1], "annotations": annotations}}
    assert objects.outputs(live, {"x": 1}, "manager", "v1") == {
        "metadata": {"name": "a", "annotations": {"b": "c"}},
        "__inputs": {"x": 1},
        "__fieldManager": "manager",
        "__initialApiVersion": "v1",
    }
    assert "managedFields" in live["metadata"], "the live object is left alone"


def test_a_declared_value_that_the_server_writes_in_another_way_is_no_drift() -> None:
    declared = {"cpu": "1000m", "pods": "5", "gone": "1", "ports": [{"port": 1}, {"port": 2}]}
    expected = {"cpu": "1", "pods": "5", "gone": "1", "ports": [{"port": 1, "p": "TCP"}, {"port": 2, "p": "TCP"}]}
    live = {"cpu": "1", "pods": "7", "extra": "x", "ports": [{"port": 1, "p": "TCP"}, {"port": 3, "p": "TCP"}]}
    found = objects.observed(declared, expected, live)
    assert found == {"cpu": "1000m", "pods": "7", "ports": [{"port": 1}, {"port": 3}]}


def test_an_import_takes_what_a_program_could_have_said() -> None:
    annotations = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    live = {
        "kind": "ConfigMap",
        "metadata": {"name": "a", "uid": "1", "resourceVersion": "2", "annotations": annotations},
        "data": {"k": "v"},
        "status": {},
    }
    assert objects.imported_inputs(live) == {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}}


def test_a_nameless_object_gets_the_resources_name_and_eight_hex_digits_that_a_preview_foresees() -> None:
    enter(Call(random_seed=b"seed"))
    first: objects.Object = {"kind": "Pod"}
    second: objects.Object = {"kind": "Pod", "metadata": {}}
    assign_name(first, "web", None)
    assign_name(second, "web", None)
    assert first["metadata"]["name"] == second["metadata"]["name"]
    name, _, suffix = first["metadata"]["name"].rpartition("-")
    assert name == "web"
    assert len(bytes.fromhex(suffix)) == 4
    assert is_autonamed(first)


def test_a_generated_name_is_kept() -> None:
    olds = {"metadata": {"name": "web-1234", "annotations": {"pulumi.com/autonamed": "true"}}}
    obj: objects.Object = {"metadata": {"labels": {"a": "b"}}}
    assign_name(obj, "web", olds)
    assert obj["metadata"]["name"] == "web-1234"
    assert is_autonamed(obj)


def test_given_and_unknown_names_are_left_alone() -> None:
    for metadata in ({"name": "a"}, {"name": UNKNOWN}, UNKNOWN):
        obj: objects.Object = {"metadata": metadata}
        assign_name(obj, "web", None)
        assert obj == {"metadata": metadata}


def test_the_stacks_naming_rules_are_followed() -> None:
    enter(Call(proposed="shop-web"))
    obj: objects.Object = {}
    assign_name(obj, "web", None)
    assert obj["metadata"]["name"] == "shop-web"
    enter(Call(autonaming=False))
    with pytest.raises(PluginError, match="autonaming is disabled"):
        assign_name({}, "web", None)


def test_names_made_by_the_server_are_refused() -> None:
    with pytest.raises(PluginError, match="generateName"):
        assign_name({"metadata": {"generateName": "a-"}}, "web", None)
