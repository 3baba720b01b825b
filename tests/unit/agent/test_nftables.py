from __future__ import annotations

from sandbox.agent.nftables import render
from tests.unit.agent.world import rules, spec

NETWORK = "10.0.0.0/24"


def _chain(text: str, name: str) -> list[str]:
    body = text.split(f"chain {name} {{\n", 1)[1].split("\n}", 1)[0]
    return [line.strip() for line in body.splitlines()]


def test_the_table_is_replaced_as_a_whole() -> None:
    first, second, *_ = render(rules(), NETWORK).splitlines()
    assert (first, second) == ("add table inet etl_sandbox", "delete table inet etl_sandbox")


def test_before_anything_is_known_pods_may_do_nothing() -> None:
    text = render(rules(pods=()), NETWORK)
    assert "set pods { type ipv4_addr; }" in text
    assert "ip saddr 10.0.0.0/24 ip saddr != @pods counter drop" in _chain(text, "sent")
    assert "ip daddr 10.0.0.0/24 ip daddr != @pods counter drop" in _chain(text, "forward")


def test_what_pods_send_to_the_node_is_filtered_and_what_the_node_sends_is_not() -> None:
    text = render(rules(), NETWORK)
    assert "jump sent" in _chain(text, "input")
    assert "hook output" not in text


def test_a_pod_must_not_send_under_another_address_nor_over_ipv6() -> None:
    sent = _chain(render(rules(), NETWORK), "sent")
    assert "ip saddr 10.0.0.0/24 fib saddr . iif oif missing counter drop" in sent
    assert 'iifname "veth*" meta nfproto ipv6 drop' in sent


def test_answers_pass_before_anything_is_asked_of_them() -> None:
    assert _chain(render(rules(), NETWORK), "sent")[0] == "ct state established,related accept"


def test_a_selected_pod_gets_a_chain_that_ends_in_a_drop() -> None:
    ruleset = rules(
        spec("""
        podSelector: {matchLabels: {app: db}}
        ingress:
        - from: [{podSelector: {matchLabels: {app: web}}}]
          ports: [{port: 5432}, {protocol: UDP, port: 1, endPort: 9}]
        """)
    )
    text = render(ruleset, NETWORK)
    (name,) = ruleset.chains
    assert f"10.0.0.3 : jump {name}" in text
    assert _chain(text, name) == [
        "ip saddr { 10.0.0.1/32 } tcp dport 5432 return",
        "ip saddr { 10.0.0.1/32 } udp dport 1-9 return",
        "counter drop",
    ]


def test_a_chain_that_allows_everything_has_no_condition() -> None:
    ruleset = rules(spec("{podSelector: {}, policyTypes: [Egress], egress: [{}, {ports: [{protocol: SCTP}]}]}"))
    (name,) = ruleset.chains
    assert _chain(render(ruleset, NETWORK), name) == ["return", "meta l4proto sctp return", "counter drop"]


def test_the_other_side_of_egress_is_the_destination() -> None:
    block = "[{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]"
    ruleset = rules(spec(f"{{podSelector: {{}}, policyTypes: [Egress], egress: {block}}}"))
    (name,) = ruleset.chains
    assert _chain(render(ruleset, NETWORK), name)[0] == "ip daddr { 192.0.2.0/24 } return"
