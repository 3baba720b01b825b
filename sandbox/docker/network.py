"""What the engine adds to the machine's network, and how the machine gets rid of it.

The engine removes a network's bridge and rules with the network, and leaves its own chains for good; one that was
killed leaves all.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from pathlib import Path

from sandbox.node.commands import Commands

FORMER = "network.json"
CHAIN = "DOCKER"
TABLES = ("filter", "nat")


def remember(commands: Commands, folder: Path) -> None:
    """Write down which tables and which of Docker's chains are there before the engine is.

    What was written before an engine that was killed stays true.
    """
    file = folder / FORMER
    if file.exists():
        return
    tables = _tables(commands)
    chains = [name for name in tables if _chains(commands, name)]
    file.write_text(json.dumps({"tables": tables, "chains": chains}))


def restore(commands: Commands, folder: Path, addresses: str) -> None:
    """Remove the bridges, rules and chains that were not there before, and tables that are empty without them.

    Args:
        commands: runs ip, iptables and nft.
        folder: the one that `remember` was told.
        addresses: of the engine's networks; where another engine's chains stay, only rules about these go.

    Raises:
        NodeError: something cannot be removed.
    """
    file = folder / FORMER
    if not file.exists():
        return
    former = json.loads(file.read_text())
    bridges = _bridges(commands, addresses)
    for table in _tables(commands):
        _clear(commands, table, bridges, addresses, chains=table not in former["chains"])
        if table not in former["tables"] and not _rules(commands, table):
            commands.succeeds("nft", "delete", "table", "ip", table)
    for bridge in bridges:
        commands.run("ip", "link", "delete", bridge)
    file.unlink()


def _clear(commands: Commands, table: str, bridges: Iterable[str], addresses: str, *, chains: bool) -> None:
    ours = _chains(commands, table) if chains else []
    for rule in _rules(commands, table):
        words = rule.split()
        if {*words} & {*ours, *bridges} or any(_within(word, addresses) for word in words):
            commands.run("iptables", "--wait", "-t", table, "-D", *words[1:])
    for chain in ours:
        commands.run("iptables", "--wait", "-t", table, "-X", chain)


def _bridges(commands: Commands, addresses: str) -> list[str]:
    return [
        str(link["ifname"])
        for link in commands.listed("ip", "-j", "address", "show", "type", "bridge")
        if any(_within(str(each.get("local", "")), addresses) for each in link.get("addr_info", ()))
    ]


def _within(word: str, addresses: str) -> bool:
    """Whether a word names an address or a network of the engine's."""
    try:
        return ipaddress.IPv4Network(word, strict=False).subnet_of(ipaddress.IPv4Network(addresses))
    except ValueError:
        return False


def _tables(commands: Commands) -> list[str]:
    listed = [line.split() for line in commands.run("nft", "list", "tables", "ip").splitlines()]
    return [words[2] for words in listed if words[2:] and words[2] in TABLES]


def _chains(commands: Commands, table: str) -> list[str]:
    return [words[1] for words in _listed(commands, table) if words[0] == "-N" and words[1].startswith(CHAIN)]


def _rules(commands: Commands, table: str) -> list[str]:
    return [" ".join(words) for words in _listed(commands, table) if words[0] == "-A"]


def _listed(commands: Commands, table: str) -> list[list[str]]:
    return [line.split() for line in commands.run("iptables", "--wait", "-t", table, "-S").splitlines()]
