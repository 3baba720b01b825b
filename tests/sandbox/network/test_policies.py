from __future__ import annotations

import pytest

from tests.sandbox.network.conftest import Town
from tests.sandbox.network.lab import eventually
from tests.sandbox.network.traffic import OTHER_PORT, PORT, policy

pytestmark = pytest.mark.sandbox

DENY_INGRESS = policy("deny-ingress", policyTypes=["Ingress"])
DENY_EGRESS = policy("deny-egress", policyTypes=["Egress"])
ALLOW_DNS = policy(
    "allow-dns",
    policyTypes=["Egress"],
    egress=[
        {
            "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
            "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
        }
    ],
)
SERVER = {"matchLabels": {"name": "server"}}


def test_without_policies_everybody_reaches_everybody(town: Town) -> None:
    assert town.friend.reaches(town.server)
    assert town.foreigner.reaches(town.server)
    assert eventually(lambda: town.foreigner.resolves("kubernetes.default"))


def test_a_default_denial_closes_pods_to_all_pods_and_stays_open_to_the_node(town: Town) -> None:
    town.home.apply(DENY_INGRESS)
    assert town.friend.ceases_to_reach(town.server)
    assert not town.stranger.reaches(town.server)
    assert not town.foreigner.reaches(town.server)
    # The kubelet asks each second, and one failure would make the pod unready.
    (ready,) = (c for c in town.home.get("pod", "server")["status"]["conditions"] if c["type"] == "Ready")
    assert ready["status"] == "True"


def test_a_label_opens_the_way_and_taking_it_off_closes_it(town: Town) -> None:
    friends = {"from": [{"podSelector": {"matchLabels": {"role": "friend"}}}]}
    town.home.apply(DENY_INGRESS, policy("allow", podSelector=SERVER, ingress=[friends]))
    assert town.stranger.ceases_to_reach(town.server)
    assert town.friend.comes_to_reach(town.server)
    assert not town.foreigner.reaches(town.server)
    town.home.kubectl("label", "pod", "friend", "role-")
    try:
        assert town.friend.ceases_to_reach(town.server)
    finally:
        town.home.kubectl("label", "pod", "friend", "role=friend")
    assert town.friend.comes_to_reach(town.server)


def test_a_namespaces_label_opens_the_way_for_its_pods_alone(town: Town) -> None:
    abroad = {"from": [{"namespaceSelector": {"matchLabels": {"origin": "abroad"}}}]}
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[abroad]))
    assert town.friend.ceases_to_reach(town.server)
    assert town.foreigner.comes_to_reach(town.server)


def test_a_label_of_another_namespace_opens_nothing(town: Town) -> None:
    town.foreigner.lab.kubectl("label", "--overwrite", "pod", "foreigner", "role=friend")
    try:
        friends = {"from": [{"podSelector": {"matchLabels": {"role": "friend"}}}]}
        town.home.apply(policy("allow", podSelector=SERVER, ingress=[friends]))
        assert town.stranger.ceases_to_reach(town.server)
        assert town.friend.comes_to_reach(town.server)
        assert not town.foreigner.reaches(town.server)
    finally:
        town.foreigner.lab.kubectl("label", "pod", "foreigner", "role-")


def test_a_port_is_opened_by_number_and_by_name(town: Town) -> None:
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[{"ports": [{"port": "web"}]}]))
    assert town.friend.ceases_to_reach(town.server, OTHER_PORT)
    assert town.friend.comes_to_reach(town.server, PORT)
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[{"ports": [{"port": OTHER_PORT}]}]))
    assert town.friend.comes_to_reach(town.server, OTHER_PORT)
    assert not town.friend.reaches(town.server, PORT)


def test_a_port_range_is_opened(town: Town) -> None:
    ports = [{"port": PORT + 1, "endPort": PORT + 10}]
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[{"ports": ports}]))
    assert town.friend.ceases_to_reach(town.server, PORT)
    assert town.friend.comes_to_reach(town.server, OTHER_PORT)


def test_denied_egress_holds_for_pods_for_dns_and_for_the_api(town: Town) -> None:
    town.foreigner.lab.apply(DENY_EGRESS)
    assert town.foreigner.ceases_to_reach(town.server)
    assert not town.foreigner.resolves("kubernetes.default")
    assert not town.foreigner.reaches("10.96.0.1", 443)
    assert town.friend.comes_to_reach("10.96.0.1", 443)


def test_a_hole_for_dns_lets_names_through_and_nothing_else(town: Town) -> None:
    town.foreigner.lab.apply(DENY_EGRESS, ALLOW_DNS)
    assert town.foreigner.ceases_to_reach(town.server)
    assert eventually(lambda: town.foreigner.resolves("kubernetes.default"))
    assert not town.foreigner.reaches("10.96.0.1", 443)


def test_both_ends_must_allow(town: Town) -> None:
    to_town = {"to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": town.home.namespace}}}]}
    town.foreigner.lab.apply(DENY_EGRESS, policy("allow", policyTypes=["Egress"], egress=[to_town]))
    town.home.apply(DENY_INGRESS)
    assert town.foreigner.ceases_to_reach(town.server)
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[{"from": [{"namespaceSelector": {}}]}]))
    assert town.foreigner.comes_to_reach(town.server)


def test_a_block_of_addresses_is_opened_without_its_exceptions(town: Town) -> None:
    friend, stranger = (town.home.address(name) for name in ("friend", "stranger"))
    block = {"ipBlock": {"cidr": "10.244.0.0/16", "except": [f"{stranger}/32"]}}
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[{"from": [block]}]))
    assert town.stranger.ceases_to_reach(town.server)
    assert town.friend.comes_to_reach(town.server)
    block = {"ipBlock": {"cidr": f"{friend}/32"}}
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[{"from": [block]}]))
    assert town.foreigner.ceases_to_reach(town.server)
    assert town.friend.comes_to_reach(town.server)


def test_through_a_service_the_pods_own_port_counts(town: Town) -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "server"},
        "spec": {"selector": {"name": "server"}, "ports": [{"port": 80, "targetPort": PORT}]},
    }
    town.home.apply(service)
    address = str(town.home.get("service", "server")["spec"]["clusterIP"])
    assert town.friend.comes_to_reach(address, 80)
    friends = {"from": [{"podSelector": {"matchLabels": {"role": "friend"}}}], "ports": [{"port": PORT}]}
    town.home.apply(policy("allow", podSelector=SERVER, ingress=[friends]))
    assert town.stranger.ceases_to_reach(address, 80)
    assert town.friend.comes_to_reach(address, 80)


def test_deleting_a_policy_restores_what_it_closed(town: Town) -> None:
    town.home.apply(DENY_INGRESS)
    assert town.friend.ceases_to_reach(town.server)
    town.home.delete("networkpolicy/deny-ingress")
    assert town.friend.comes_to_reach(town.server)
