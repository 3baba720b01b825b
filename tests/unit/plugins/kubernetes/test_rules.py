"""Options, immutability, refusals: what is decided without a cluster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.host import PluginError
from sandbox.plugins.kubernetes.connection import Connection
from sandbox.plugins.kubernetes.failures import ApiError
from sandbox.plugins.kubernetes.immutable import replaces
from sandbox.plugins.kubernetes.options import TYPES, Options, refusals
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.kubernetes.refusals import foreign, refusal


def test_the_vendors_options_are_all_known_and_those_without_effect_refused() -> None:
    assert refusals({"renderYamlToDirectory": "out"}) == {"renderYamlToDirectory": "it cannot render to files"}
    assert refusals({"enableServerSideApply": False}) == {"enableServerSideApply": "it always uses server-side apply"}
    assert refusals({"enableServerSideApply": True, "suppressDeprecationWarnings": True}) == {}
    assert {"kubeconfig", "context", "cluster", "namespace", "deleteUnreachable"} <= TYPES.keys()


def test_an_option_of_the_program_wins_over_the_environment() -> None:
    environment = {"PULUMI_K8S_ENABLE_PATCH_FORCE": "true"}
    assert Options.read({}, environment).enable_patch_force
    assert not Options.read({"enablePatchForce": False}, environment).enable_patch_force


@pytest.mark.parametrize(
    ("api_version", "kind", "path", "expected"),
    [
        ("v1", "ConfigMap", ("metadata", "name"), True),
        ("v1", "ConfigMap", ("metadata", "labels", "a"), False),
        ("v1", "ConfigMap", ("data", "a"), True),
        ("v1", "Secret", ("data",), True),
        ("v1", "Service", ("spec", "clusterIP"), True),
        ("v1", "Service", ("spec", "ports", 0), False),
        ("apps/v1", "Deployment", ("spec", "selector", "matchLabels", "a"), True),
        ("apps/v1", "Deployment", ("spec", "template"), False),
        ("apps/v1", "StatefulSet", ("spec", "volumeClaimTemplates", 0, "spec"), True),
        ("apps/v1", "StatefulSet", ("spec", "replicas"), False),
        ("batch/v1", "Job", ("spec", "template", "spec"), True),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", ("roleRef", "name"), True),
        ("v1", "PersistentVolumeClaim", ("spec", "storageClassName"), True),
        ("v1", "PersistentVolumeClaim", ("spec", "resources", "requests", "storage"), False),
        ("storage.k8s.io/v1", "StorageClass", ("parameters", "a"), True),
    ],
)
def test_fields_that_only_a_new_object_can_change(
    api_version: str, kind: str, path: tuple[str | int, ...], *, expected: bool
) -> None:
    assert replaces(path, {"apiVersion": api_version, "kind": kind}, {}, Options(), []) is expected


def test_contents_may_be_changed_in_place_where_the_option_says_so_unless_the_object_is_frozen() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret"}
    mutable = Options(enable_secret_mutable=True)
    assert not replaces(("data", "a"), secret, {}, mutable, [])
    assert replaces(("data", "a"), secret, {"immutable": True}, mutable, [])


def test_the_servers_own_refusal_decides_for_what_the_table_does_not_know() -> None:
    obj = {"apiVersion": "apps/v1", "kind": "StatefulSet"}
    assert replaces(("spec", "something"), obj, {}, Options(), ["spec"])
    assert not replaces(("spec", "template", "spec"), obj, {}, Options(), ["spec"])
    assert not replaces(("metadata", "labels"), obj, {}, Options(), ["spec"])


def status(code: int, **answer: Any) -> ApiError:
    return ApiError.parse(code, json.dumps({"kind": "Status", "message": "no", **answer}).encode())


def test_a_conflict_names_the_other_manager_its_fields_and_the_ways_out() -> None:
    message = 'conflict with "kubectl-edit" using v1'
    cause = {"reason": "FieldManagerConflict", "message": message, "field": ".spec.replicas"}
    error = status(409, reason="Conflict", details={"causes": [cause]})
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}}
    text = str(refusal(error, obj))
    assert text.startswith("apps/v1 Deployment shop/web: another field manager holds other values: ")
    assert '"kubectl-edit" has set spec.replicas' in text
    assert "pulumi.com/patchForce" in text


def test_immutable_fields_are_read_from_the_servers_answer() -> None:
    causes = [
        {"reason": "FieldValueInvalid", "message": "Invalid value: 1: field is immutable", "field": "spec.selector"},
        {"reason": "FieldValueInvalid", "message": "must be positive", "field": "spec.replicas"},
    ]
    assert status(422, details={"causes": causes}).immutable_fields == ["spec.selector"]
    assert status(409, details={"causes": causes}).immutable_fields == []


def test_an_answer_that_is_no_status_is_quoted() -> None:
    found = ApiError.parse(502, b"<html>bad gateway</html>")
    assert str(found) == "the API server answered 502: <html>bad gateway</html>"
    assert found.transient


def test_an_object_is_ones_own_if_any_of_its_fields_is() -> None:
    live = {"metadata": {"managedFields": [{"manager": "kubectl"}, {"manager": "pulumi-kubernetes-1"}]}}
    assert not foreign(live, "pulumi-kubernetes-1")
    assert foreign(live, "pulumi-kubernetes-2")


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("kubernetes:helm.sh/v4:Chart", "single objects and Helm releases"),
        ("kubernetes:yaml:ConfigFile", "single objects and Helm releases"),
        ("kubernetes:yaml/v2:ConfigGroup", "single objects and Helm releases"),
        ("kubernetes:kustomize/v2:Directory", "single objects and Helm releases"),
        ("kubernetes:apps/v1:DeploymentPatch", "does not serve patches"),
        ("kubernetes:core/v1:PodList", "declare the Pods themselves"),
    ],
)
def test_what_is_no_single_object_is_refused(token: str, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        KubernetesProvider().resource_type(token)


def test_kubeconfigs_that_are_none_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PluginError, match="there is no kubeconfig at /nowhere/config"):
        Connection(Options(kubeconfig="/nowhere/config"))
    with pytest.raises(PluginError, match="is no kubeconfig: expected YAML"):
        Connection(Options(kubeconfig="just\nwords"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    with pytest.raises(PluginError, match="missing: set KUBECONFIG"):
        Connection(Options())
    file = tmp_path / "config"
    file.write_text("apiVersion: v1\nkind: Config\n")
    with pytest.raises(PluginError, match="cannot be used"):
        Connection(Options(kubeconfig=str(file)))


def test_the_contexts_namespace_is_the_default_unless_the_provider_names_one(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(
        "{apiVersion: v1, kind: Config, clusters: [{name: c, cluster: {server: 'https://127.0.0.1:1'}}], "
        "users: [{name: u, user: {}}], current-context: x, contexts: ["
        "{name: x, context: {cluster: c, user: u, namespace: shop}}, {name: y, context: {cluster: c, user: u}}]}\n"
    )
    assert Connection(Options(kubeconfig=str(file))).namespace == "shop"
    assert Connection(Options(kubeconfig=str(file), context="y")).namespace == "default"
    assert Connection(Options(kubeconfig=file.read_text(), namespace="mine")).namespace == "mine"
