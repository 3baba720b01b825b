"""The node's address, the route to services and the rules of its own; nothing else on the machine is touched."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from sandbox.node.commands import Commands
from sandbox.node.errors import NodeError
from sandbox.node.layout import LINK, NODE_ADDRESS, POD_CIDR, SERVICE_CIDR

TABLE = "etl-sandbox"
_TABLES = (
    ("ip", TABLE),
    ("ip", "kube-proxy"),
    ("ip6", "kube-proxy"),
    # the agent's
    ("inet", "etl_sandbox"),
)
"""Every nftables table of the sandbox: family and name."""

_CANARIES = "etl-canary-*"
"""Network namespaces in which the agent tries its rules; they outlive an agent that was killed meanwhile."""

_COMMENT = ("-m", "comment", "--comment", "etl-sandbox")
_FORWARD_RULES = (
    ("FORWARD", "-s", POD_CIDR, *_COMMENT, "-j", "ACCEPT"),
    ("FORWARD", "-d", POD_CIDR, *_COMMENT, "-j", "ACCEPT"),
)
# `add` then `delete` then the definition: one transaction that works on a fresh machine and on a repaired one.
_RULES = f"""\
add table ip {TABLE}
delete table ip {TABLE}
table ip {TABLE} {{
  chain outbound {{
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr {POD_CIDR} ip daddr != {POD_CIDR} masquerade
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Network:
    """What the sandbox adds to the machine's network.

    Attributes:
        commands: runs `ip`, `nft` and, where another program filters, `iptables`.
    """

    commands: Commands

    def refuse_collisions(self) -> None:
        """Refuse a machine on which the sandbox's addresses belong to someone else.

        Raises:
            NodeError: names the route and what to do.
        """
        ours = [ipaddress.IPv4Network(cidr) for cidr in (POD_CIDR, SERVICE_CIDR, f"{NODE_ADDRESS}/32")]
        for destination, device in self._routes():
            if device != LINK and any(destination.overlaps(network) for network in ours):
                raise NodeError(
                    f"this machine already routes {destination} through {device}, and the sandbox needs {POD_CIDR}, "
                    f"{SERVICE_CIDR} and {NODE_ADDRESS}: end what uses them, or name a cluster (make up CONTEXT=…)"
                )

    def exists(self) -> bool:
        """Whether the node's interface is there."""
        return self.commands.succeeds("ip", "link", "show", "dev", LINK)

    def ensure(self) -> None:
        """Have the interface, its address, the route to services, and the rules."""
        run = self.commands.run
        if not self.exists():
            # A bridge without ports: every kernel that runs containers has it, which cannot be said of `dummy`.
            run("ip", "link", "add", LINK, "type", "bridge")
        run("ip", "link", "set", LINK, "addrgenmode", "none", "up")
        run("ip", "address", "replace", f"{NODE_ADDRESS}/32", "dev", LINK)
        # Without it a machine that has no default route could not reach services; and it makes the host speak to
        # pods from the node's own address.
        run("ip", "route", "replace", SERVICE_CIDR, "dev", LINK, "src", NODE_ADDRESS)
        if ("ip", TABLE) not in self.tables():
            run("nft", "-f", "-", text=_RULES)
        if self._forwarding_is_refused():
            for rule in _FORWARD_RULES:
                if not self.commands.succeeds("iptables", "-C", *rule):
                    run("iptables", "-I", *rule)

    def remove(self) -> None:
        """Take away interface, routes, pods' links and every rule of the sandbox."""
        pods = ipaddress.IPv4Network(POD_CIDR)
        links = {device for route, device in self._routes() if route.subnet_of(pods) and device.startswith("veth")}
        for link in links:
            # It may go by itself just now, with its pod's namespace.
            self.commands.succeeds("ip", "link", "delete", link)
        if self.exists():
            self.commands.run("ip", "link", "delete", LINK)
        for namespace in Path("/run/netns").glob(_CANARIES):
            self.commands.run("ip", "netns", "delete", namespace.name)
        for family, name in self.tables():
            self.commands.run("nft", "delete", "table", family, name)
        for rule in _FORWARD_RULES:
            while self.commands.succeeds("iptables", "-C", *rule):
                self.commands.run("iptables", "-D", *rule)

    def tables(self) -> list[tuple[str, str]]:
        """Family and name of each nftables table that the sandbox made."""
        words = [line.split() for line in self.commands.run("nft", "list", "tables").splitlines()]
        return [table for parts in words if (table := (parts[1], parts[2])) in _TABLES]

    def _routes(self) -> list[tuple[ipaddress.IPv4Network, str]]:
        """Destination and interface of every route but the default one."""
        routes = self.commands.listed("ip", "-j", "-4", "route", "show", "table", "main")
        return [
            (ipaddress.IPv4Network(str(route["dst"]), strict=False), str(route.get("dev", "no interface")))
            for route in routes
            if route["dst"] != "default"
        ]

    def _forwarding_is_refused(self) -> bool:
        """Whether another program, Docker for one, drops by default what the machine forwards."""
        listing = ("iptables", "-S", "FORWARD")
        return self.commands.succeeds(*listing) and self.commands.run(*listing).startswith("-P FORWARD DROP")
