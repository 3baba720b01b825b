"""Which rules, chains and bridges are the engine's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.docker import network
from sandbox.node.commands import Commands

ADDRESSES = "172.30.0.0/16"
FILTER = """\
-P FORWARD ACCEPT
-N DOCKER
-N DOCKER-USER
-N theirs
-A FORWARD -j DOCKER-USER
-A FORWARD -i br-1 ! -o br-1 -j ACCEPT
-A FORWARD -s 10.244.0.0/24 -j ACCEPT
-A DOCKER-USER -j RETURN
"""
NAT = "-P OUTPUT ACCEPT\n-N DOCKER\n-A POSTROUTING -s 172.30.1.0/24 ! -o br-1 -j MASQUERADE\n"


class Machine(Commands):
    """Tables as they stand, and what is done to them."""

    done: list[str]

    def __init__(self) -> None:
        object.__setattr__(self, "done", [])

    def run(self, *argv: str, text: str | None = None) -> str:  # noqa: ARG002
        words = " ".join(argv)
        if words == "nft list tables ip":
            return "table ip filter\ntable ip nat\ntable ip etl-sandbox\n"
        if words.endswith("-S"):
            return FILTER if "filter" in argv else NAT
        self.done.append(words.replace("iptables --wait ", ""))
        return ""

    def listed(self, *argv: str) -> list[dict[str, Any]]:  # noqa: ARG002
        def bridge(name: str, address: str) -> dict[str, Any]:
            return {"ifname": name, "addr_info": [{"local": address}]}

        return [bridge("br-1", "172.30.1.1"), bridge("br-2", "172.17.0.1")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine()
    (tmp_path / network.FORMER).write_text(json.dumps({"tables": ["filter", "nat"], "chains": []}))
    return machine


def test_all_that_came_with_the_engine_goes(machine: Machine, tmp_path: Path) -> None:
    network.restore(machine, tmp_path, ADDRESSES)
    assert machine.done == [
        "-t filter -D FORWARD -j DOCKER-USER",
        "-t filter -D FORWARD -i br-1 ! -o br-1 -j ACCEPT",
        "-t filter -D DOCKER-USER -j RETURN",
        "-t filter -X DOCKER",
        "-t filter -X DOCKER-USER",
        "-t nat -D POSTROUTING -s 172.30.1.0/24 ! -o br-1 -j MASQUERADE",
        "-t nat -X DOCKER",
        "ip link delete br-1",
    ]


def test_another_engines_chains_stay(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / network.FORMER).write_text(json.dumps({"tables": ["filter", "nat"], "chains": ["filter", "nat"]}))
    network.restore(machine, tmp_path, ADDRESSES)
    assert machine.done == [
        "-t filter -D FORWARD -i br-1 ! -o br-1 -j ACCEPT",
        "-t nat -D POSTROUTING -s 172.30.1.0/24 ! -o br-1 -j MASQUERADE",
        "ip link delete br-1",
    ]


def test_what_was_there_before_a_killed_engine_is_remembered(machine: Machine, tmp_path: Path) -> None:
    network.remember(machine, tmp_path)
    assert json.loads((tmp_path / network.FORMER).read_text())["chains"] == []
    (tmp_path / network.FORMER).unlink()
    network.remember(machine, tmp_path)
    assert json.loads((tmp_path / network.FORMER).read_text()) == {
        "tables": ["filter", "nat"],
        "chains": ["filter", "nat"],
    }


def test_without_a_record_nothing_is_touched(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / network.FORMER).unlink()
    network.restore(machine, tmp_path, ADDRESSES)
    assert machine.done == []
