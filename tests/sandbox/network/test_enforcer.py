from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.agent import canary, nftables
from sandbox.agent.enforcer import Cluster, Enforcer
from sandbox.agent.objects import Pod
from sandbox.agent.policies import compile_policies
from sandbox.node.layout import POD_CIDR, Layout
from sandbox.toolchain.paths import Paths
from tests.sandbox.network.conftest import Town
from tests.sandbox.network.lab import eventually, pod
from tests.sandbox.network.traffic import PORT, policy
from tests.unit.agent.test_policies import CASES
from tests.unit.agent.world import rules

pytestmark = pytest.mark.sandbox

# Asks over and over from its first moment on.
ASK_AT_ONCE = (
    "for (1..20) { print qq(reached\\n) if IO::Socket::INET->new("
    "PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 0.2) }"
)


def test_a_new_pod_has_no_open_window_before_its_denial(town: Town) -> None:
    town.home.apply(policy("deny", podSelector={"matchLabels": {"role": "prisoner"}}, policyTypes=["Egress"]))
    ask = f"perl -MIO::Socket::INET -e '{ASK_AT_ONCE}' {town.server} {PORT}"
    prisoners = [f"prisoner-{number}" for number in range(3)]
    town.home.apply(
        *(pod(name, ask, labels={"role": "prisoner"}, restartPolicy="Never") for name in prisoners),
        pod("free", ask, restartPolicy="Never"),
    )
    pods = [f"pod/{name}" for name in (*prisoners, "free")]
    town.home.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=90s", *pods)
    answers = {pod: town.home.kubectl("logs", pod).stdout for pod in pods}
    town.home.delete(*pods)
    assert "reached" in answers.pop("pod/free")
    assert set(answers.values()) == {""}


def test_a_new_pod_is_not_cut_off_at_its_first_step(town: Town) -> None:
    town.home.apply(
        pod("early", f"exec 3<>/dev/tcp/{town.server}/{PORT}; cat <&3", restartPolicy="Never"),
    )
    town.home.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s", "pod/early")
    assert town.home.kubectl("logs", "early").stdout.startswith(str(PORT))
    town.home.delete("pod/early")


def test_an_address_that_belongs_to_no_pod_may_do_nothing() -> None:
    table = subprocess.run(["nft", "-j", "list", "table", "inet", "etl_sandbox"], capture_output=True, check=True)
    (pods,) = (
        entry["set"]["elem"]
        for entry in json.loads(table.stdout)["nftables"]
        if entry.get("set", {}).get("name") == "pods"
    )
    assert "10.244.0.254" not in pods


def test_the_node_says_that_policies_are_enforced_since_its_start() -> None:
    state = json.loads(Layout(Paths.find()).policy_state.read_text())
    assert state["enforced"] is True
    assert datetime.now(UTC) - datetime.fromisoformat(state["checked"]) < timedelta(days=7)


def test_the_canary_sees_when_rules_do_not_reach_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nftables, "apply", lambda _: None)
    verdict = canary.check(Enforcer(POD_CIDR, Cluster))
    assert not verdict.enforced
    assert verdict.reason == "a pod that no policy selects was refused"


def test_the_canary_leaves_no_namespace_and_no_link_behind() -> None:
    names = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    links = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    assert canary.NAME not in names
    assert "canary" not in links


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_kernel_takes_the_rules_of_every_case(case: dict[str, object]) -> None:
    specs = case["policies"]
    assert isinstance(specs, list)
    text = nftables.render(rules(*specs), "10.0.0.0/24")
    done = subprocess.run(["nft", "--check", "-f", "-"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_thousand_pods_are_one_transaction() -> None:
    pods = [Pod("team", f"pod-{n}", {"n": str(n % 7)}, f"10.0.{n // 250}.{n % 250 + 1}") for n in range(1000)]
    text = nftables.render(compile_policies(pods, (), ()), "10.0.0.0/16")
    done = subprocess.run(["nft", "--check", "-f", "-"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_the_agent_applied_is_what_the_api_says(town: Town) -> None:
    town.home.apply(policy("deny", policyTypes=["Ingress"]))

    def closed() -> bool:
        listing = subprocess.run(
            ["nft", "-j", "list", "map", "inet", "etl_sandbox", "ingress"], capture_output=True, check=True
        )
        return town.server in listing.stdout.decode()

    assert eventually(closed)
