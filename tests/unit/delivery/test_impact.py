"""What a change replaces, which data it takes away, and which protection it lifts."""

from typing import Any

import pytest

from delivery import impact
from delivery.changes import Entry
from tests.unit.delivery.renders import compared, entry, kubernetes, stateful_set


def reason(before: Entry, after: Entry, *others: Entry) -> str | None:
    found = compared([before, *others], [after, *others])
    return impact.replacement(found.resources[0], found.parents)


def of(token: str, **inputs: Any) -> Entry:
    return entry(token, "x", inputs=inputs)


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        (stateful_set(serviceName="a"), stateful_set(serviceName="b"), "spec.serviceName"),
        (stateful_set(), stateful_set(volumeClaimTemplates=[]), "spec.volumeClaimTemplates"),
        (
            kubernetes("Deployment", "x", "apps/v1", spec={"selector": {"matchLabels": {"a": "1"}}}),
            kubernetes("Deployment", "x", "apps/v1", spec={"selector": {"matchLabels": {"a": "2"}}}),
            "spec.selector.matchLabels.a",
        ),
        (
            kubernetes("Service", "x", metadata={"name": "old"}),
            kubernetes("Service", "x", metadata={"name": "new"}),
            "metadata.name",
        ),
        (
            kubernetes("Service", "x", metadata={"namespace": "old"}),
            kubernetes("Service", "x", metadata={"namespace": "new"}),
            "metadata.namespace",
        ),
        (
            kubernetes("PersistentVolumeClaim", "x", spec={"storageClassName": "a"}),
            kubernetes("PersistentVolumeClaim", "x", spec={"storageClassName": "b"}),
            "spec.storageClassName",
        ),
        (
            kubernetes("RoleBinding", "x", "rbac.authorization.k8s.io/v1", roleRef={"name": "a"}),
            kubernetes("RoleBinding", "x", "rbac.authorization.k8s.io/v1", roleRef={"name": "b"}),
            "roleRef.name",
        ),
        (
            of("kubernetes:scheduling.k8s.io/v1:PriorityClass", value=-100),
            of("kubernetes:scheduling.k8s.io/v1:PriorityClass", value=-50),
            "value",
        ),
        (
            of("kubernetes:helm.sh/v3:Release", name="x", namespace="a"),
            of("kubernetes:helm.sh/v3:Release", name="x", namespace="b"),
            "namespace",
        ),
        (kubernetes("ConfigMap", "x", data={"a": "1"}), kubernetes("ConfigMap", "x", data={"a": "2"}), "data.a"),
        (
            of("random:index/randomPassword:RandomPassword", length=24),
            of("random:index/randomPassword:RandomPassword", length=32),
            "length",
        ),
        (
            of("postgresql:index/database:Database", encoding="UTF8"),
            of("postgresql:index/database:Database", encoding="LATIN1"),
            "encoding",
        ),
        (of("keycloak:index/realm:Realm", realm="a"), of("keycloak:index/realm:Realm", realm="b"), "realm"),
    ],
)
def test_what_cannot_change_in_place_is_a_replacement(before: Entry, after: Entry, path: str) -> None:
    assert reason(before, after) == f"{path} cannot change in place"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (stateful_set(replicas=1), stateful_set(replicas=2)),
        (stateful_set(template={"a": 1}), stateful_set(template={"a": 2})),
        (
            kubernetes("Deployment", "x", "apps/v1", spec={"template": {"a": 1}}),
            kubernetes("Deployment", "x", "apps/v1", spec={"template": {"a": 2}}),
        ),
        (
            kubernetes("PersistentVolumeClaim", "x", spec={"resources": {"requests": {"storage": "1Gi"}}}),
            kubernetes("PersistentVolumeClaim", "x", spec={"resources": {"requests": {"storage": "2Gi"}}}),
        ),
        (kubernetes("Service", "x"), kubernetes("Service", "x", metadata={"labels": {"a": "b"}})),
        (
            of("tls:index/locallySignedCert:LocallySignedCert", earlyRenewalHours=1),
            of("tls:index/locallySignedCert:LocallySignedCert", earlyRenewalHours=2),
        ),
        (of("postgresql:index/database:Database", name="a"), of("postgresql:index/database:Database", name="b")),
        (of("keycloak:index/role:Role", name="a"), of("keycloak:index/role:Role", name="b")),
        (kubernetes("ConfigMap", "x"), kubernetes("ConfigMap", "x", options={"protect": True})),
    ],
)
def test_what_can_change_in_place_is_none(before: Entry, after: Entry) -> None:
    assert reason(before, after) is None


def test_a_config_map_changes_in_place_if_its_provider_says_so() -> None:
    provider = entry("pulumi:providers:kubernetes", "cluster", inputs={"enableConfigMapMutable": "true"})
    before, after = (kubernetes("ConfigMap", "x", data={"a": value}, provider=provider["urn"]) for value in ("1", "2"))
    assert reason(before, after, provider) is None
    assert reason(before, after) is not None


def test_options_of_a_resource_have_the_last_word() -> None:
    before, after = (
        kubernetes("Service", "x", spec={"type": kind}, options={"replaceOnChanges": ["spec"]}) for kind in "ab"
    )
    assert reason(before, after) == "spec.type is in replaceOnChanges"
    before, after = (
        kubernetes("Service", "x", metadata={"name": name}, options={"ignoreChanges": ["metadata"]}) for name in "ab"
    )
    assert reason(before, after) is None


@pytest.mark.parametrize(
    ("resource", "holds"),
    [
        (stateful_set(), True),
        (kubernetes("StatefulSet", "x", "apps/v1", spec={"replicas": 1}), False),
        (kubernetes("Namespace", "x"), True),
        (kubernetes("PersistentVolumeClaim", "x"), True),
        (kubernetes("Deployment", "x", "apps/v1"), False),
        (of("postgresql:index/database:Database"), True),
        (of("keycloak:index/realm:Realm"), True),
        (entry("etl-platform:databases:Database", "x", component=True), False),
    ],
)
def test_what_may_hold_data_is_told_from_what_can_be_made_again(resource: Entry, holds: bool) -> None:
    assert (impact.data(resource) is not None) == holds


def test_a_lifted_protection_is_seen() -> None:
    guarded = kubernetes("Namespace", "x", options={"protect": True, "retainOnDelete": True})
    change = compared([guarded], [{**guarded, "options": {}}]).resources[0]
    assert impact.unprotected(change) == ["protect", "retainOnDelete"]
    assert impact.guards(guarded) == ["protect", "retainOnDelete"]
    assert impact.unprotected(compared([{**guarded, "options": {}}], [guarded]).resources[0]) == []


def test_one_object_under_two_urns_is_a_move() -> None:
    old = kubernetes("Service", "cases")
    new = {**old, "name": "renamed", "urn": old["urn"] + "-renamed"}
    found = compared([old], [new]).resources
    assert [(gone.entry["urn"], come.entry["urn"]) for gone, come in impact.same_object(found)] == [
        (old["urn"], new["urn"])
    ]
    aliased = {**new, "options": {"aliases": ["name=cases"]}}
    assert impact.same_object(compared([old], [aliased]).resources) == []
    assert impact.same_object(compared([old], [kubernetes("Service", "other")]).resources) == []
