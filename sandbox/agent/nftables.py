"""One nftables table of the enforcer's own, always replaced as a whole in one transaction."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping

from sandbox.agent.policies import LAST_PORT, Match, Ruleset

FAMILY = "inet"
TABLE = "etl_sandbox"
# Before the filters of others at `filter`; destination NAT of services has happened by then, so that rules see pods.
PRIORITY = "filter - 5"


class NftablesError(Exception):
    """The kernel or `nft` refused a ruleset."""


def render(ruleset: Ruleset, network: str) -> str:
    """Write a ruleset as input of `nft -f`.

    What reaches the hooks: traffic between pods, from pods to elsewhere and back (forward), and from pods to
    the node itself (input). What the node sends to its pods passes neither, so probes always arrive.

    Args:
        ruleset: what to enforce.
        network: the pods' network; an address of it that belongs to no known pod may do nothing.
    """
    lines = [
        f"add table {FAMILY} {TABLE}",
        f"delete table {FAMILY} {TABLE}",
        f"table {FAMILY} {TABLE} {{",
        *_set("set pods { type ipv4_addr", ruleset.addresses),
        *_set("set itself { type ipv4_addr . ipv4_addr", (f"{address} . {address}" for address in ruleset.addresses)),
        *_verdicts("ingress", ruleset.ingress),
        *_verdicts("egress", ruleset.egress),
    ]
    for name, matches in sorted(ruleset.chains.items()):
        side = "saddr" if name.startswith("ingress") else "daddr"
        lines += [
            f"chain {name} {{",
            *(f"  {_condition(match, side)}return" for match in matches),
            "  counter drop",
            "}",
        ]
    lines += [
        "chain sent {",
        "  ct state established,related accept",
        # Links of pods carry IPv4 alone; their link-local addresses would be a way around every policy.
        '  iifname "veth*" meta nfproto ipv6 drop',
        # A pod must not send under the address of another.
        f"  ip saddr {network} fib saddr . iif oif missing counter drop",
        f"  ip saddr {network} ip saddr != @pods counter drop",
        "  ip saddr . ip daddr @itself accept",
        "  ip saddr vmap @egress",
        "}",
        "chain forward {",
        f"  type filter hook forward priority {PRIORITY}; policy accept;",
        "  jump sent",
        f"  ip daddr {network} ip daddr != @pods counter drop",
        "  ip daddr vmap @ingress",
        "}",
        "chain input {",
        f"  type filter hook input priority {PRIORITY}; policy accept;",
        '  iif "lo" accept',
        "  jump sent",
        "}",
        "}",
    ]
    return "\n".join(lines) + "\n"


def apply(text: str) -> None:
    """Hand a transaction to the kernel: all of it or nothing.

    Raises:
        NftablesError: it was refused; the former rules stay.
    """
    try:
        done = subprocess.run(["nft", "-f", "-"], input=text, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NftablesError(f"nft cannot be run: {error.strerror}") from error
    if done.returncode:
        raise NftablesError(f"nft refused the rules: {done.stderr.strip()}")


def present() -> bool:
    """Whether the table exists, of this process or of one before it."""
    command = ["nft", "list", "table", FAMILY, TABLE]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _set(head: str, elements: Iterable[str]) -> list[str]:
    listed = ", ".join(elements)
    return [f"{head}; elements = {{ {listed} }}; }}" if listed else f"{head}; }}"]


def _verdicts(name: str, chains: Mapping[str, str]) -> list[str]:
    return _set(
        f"map {name} {{ type ipv4_addr : verdict",
        (f"{address} : jump {chain}" for address, chain in sorted(chains.items())),
    )


def _condition(match: Match, side: str) -> str:
    parts = []
    if match.networks is not None:
        parts.append(f"ip {side} {{ {', '.join(match.networks)} }}")
    if match.ports is not None:
        first, last = match.ports
        parts.append(f"{match.protocol} dport {first}" + (f"-{min(last, LAST_PORT)}" if last > first else ""))
    elif match.protocol:
        parts.append(f"meta l4proto {match.protocol}")
    return "".join(f"{part} " for part in parts)
