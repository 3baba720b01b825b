from __future__ import annotations

from typing import Any

import pytest

from sandbox.node import access, dns
from sandbox.node.certificates import Leaf

IMAGE = "registry.example.com/coredns:v1"


def of_kind(manifests: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    [found] = [manifest for manifest in manifests if manifest["kind"] == kind]
    return found


def test_dns_runs_without_root_and_with_the_one_capability_that_its_file_asks_for() -> None:
    pod = of_kind(dns.manifests(IMAGE, forward=True), "Deployment")["spec"]["template"]["spec"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    [container] = pod["containers"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_dns_reads_and_changes_nothing() -> None:
    rules = of_kind(dns.manifests(IMAGE, forward=True), "ClusterRole")["rules"]

    assert {verb for rule in rules for verb in rule["verbs"]} == {"list", "watch"}
    assert "secrets" not in {resource for rule in rules for resource in rule["resources"]}


@pytest.mark.parametrize("forward", [True, False])
def test_other_names_are_asked_elsewhere_only_where_there_is_someone_to_ask(forward: bool) -> None:
    corefile = of_kind(dns.manifests(IMAGE, forward=forward), "ConfigMap")["data"]["Corefile"]

    assert ("forward ." in corefile) is forward


def test_the_agent_sees_no_secret_and_runs_nothing() -> None:
    manifests = access.manifests(Leaf("agent", "etl-sandbox:agent"), Leaf("kubelet-client", "client", "group"))
    rules = of_kind(manifests, "ClusterRole")["rules"]

    resources = {resource for rule in rules for resource in rule["resources"]}
    assert resources.isdisjoint({"*", "secrets", "configmaps", "pods/exec", "serviceaccounts"})
    changed = {r for rule in rules if "create" in rule["verbs"] for r in rule["resources"]}
    assert changed == {"persistentvolumes", "events"}


def test_the_storage_class_is_the_default_waits_for_a_consumer_and_grows() -> None:
    manifests = access.manifests(Leaf("agent", "etl-sandbox:agent"), Leaf("kubelet-client", "client", "group"))
    storage = of_kind(manifests, "StorageClass")

    assert storage["metadata"]["annotations"] == {"storageclass.kubernetes.io/is-default-class": "true"}
    assert storage["volumeBindingMode"] == "WaitForFirstConsumer"
    assert storage["allowVolumeExpansion"] is True
