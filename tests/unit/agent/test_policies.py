from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.agent.objects import Namespace, Pod
from sandbox.agent.policies import Ruleset
from tests.unit.agent.world import NAMESPACES, PODS, passes, rules, spec

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_policies_mean_what_the_documentation_says(case: dict[str, Any]) -> None:
    ruleset = rules(*case["policies"])
    asked = {"allows": case.get("allows", []), "denies": case.get("denies", [])}
    assert asked["allows"] or asked["denies"]
    assert [text for text in asked["allows"] if not _passes(ruleset, text)] == []
    assert [text for text in asked["denies"] if _passes(ruleset, text)] == []


def _passes(ruleset: Ruleset, question: str) -> bool:
    sender, receiver = question.split(" > ")
    receiver, port = receiver.rsplit(":", 1)
    number, _, protocol = port.partition("/")
    return passes(ruleset, sender, receiver, int(number), protocol or "TCP")


def test_pods_with_the_same_rights_share_a_chain() -> None:
    ruleset = rules(spec("{podSelector: {}, policyTypes: [Ingress]}"))
    assert len(ruleset.ingress) == 3
    assert len(ruleset.chains) == 1


def test_the_order_of_objects_does_not_matter() -> None:
    (specs,) = (case["policies"] for case in CASES if case["case"] == "policies add up")
    reversed_order = rules(*reversed(specs), pods=tuple(reversed(PODS)), namespaces=tuple(reversed(NAMESPACES)))
    assert rules(*specs) == reversed_order


def test_a_pod_on_the_hosts_network_is_neither_protected_nor_a_peer() -> None:
    on_host = Pod("default", "proxy", {"app": "web"}, "192.0.2.1", on_host=True)
    ruleset = rules(
        spec("{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}"), pods=(*PODS, on_host)
    )
    assert "192.0.2.1" not in ruleset.addresses
    assert "192.0.2.1" not in ruleset.ingress
    assert not passes(ruleset, "192.0.2.1", "default/db")


def test_a_pod_that_ended_gives_its_rights_away_with_its_address() -> None:
    ended = Pod("default", "job", {"app": "web"}, "10.0.0.3", ended=True)
    ruleset = rules(spec("{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}"), pods=(*PODS, ended))
    assert passes(ruleset, "prod/web", "default/db")


def test_a_pod_without_an_address_is_no_peer() -> None:
    starting = Pod("default", "new", {"app": "new"})
    ruleset = rules(
        spec("{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: new}}}]}]}"), pods=(*PODS, starting)
    )
    assert set(ruleset.chains.values()) == {()}


def test_of_two_pods_at_one_address_the_one_that_stays_counts() -> None:
    leaving = Pod("prod", "old", {"app": "old"}, "10.0.0.1", leaving=True)
    ruleset = rules(spec("{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress]}"), pods=(leaving, *PODS))
    assert not passes(ruleset, "prod/monitor", "default/web")


def test_an_address_that_two_pods_claim_is_trusted_to_neither() -> None:
    ruleset = rules(pods=(*PODS, Pod("prod", "twin", {}, "10.0.0.1")))
    assert "10.0.0.1" not in ruleset.addresses


def test_a_namespace_that_is_not_known_yet_meets_no_selector() -> None:
    ruleset = rules(
        spec("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}"), namespaces=(Namespace("default"),)
    )
    assert passes(ruleset, "default/web", "default/db")
    assert not passes(ruleset, "prod/web", "default/db")
