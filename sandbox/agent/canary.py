"""Proof at start that policies are enforced: two network namespaces act as pods, and one asks the other.

They get addresses of the pods' network that are free and pass the same code, rules and kernel hooks as pods do.
"""

from __future__ import annotations

import ipaddress
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from sandbox.agent.enforcer import Cluster, Enforcer
from sandbox.agent.label_selectors import Requirement, Selector
from sandbox.agent.objects import Namespace, Peer, Pod, Policy, Port, Rule

NAME = "etl-canary"
PORT = 7777
GATEWAY = "169.254.77.1"
"""The host's end of both links."""
PATIENCE = 0.7
"""Seconds that an asker waits; a denied packet is dropped, so a refusal always takes as long."""
LISTEN = f"import socket; server = socket.create_server(('', {PORT})); print(flush=True)\nwhile True: server.accept()"
ASK = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), float(sys.argv[3]))"


class CanaryError(Exception):
    """The canary could not be set up, so nothing is proven."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the canary saw.

    Attributes:
        enforced: every question was answered as the policies say.
        reason: which was not; empty when enforced.
    """

    enforced: bool
    reason: str = ""


def check(enforcer: Enforcer) -> Verdict:
    """Ask four times: unknown, known and open, denied, allowed.

    Args:
        enforcer: a running one; its other rules stay in force.
    """
    try:
        with ExitStack() as stack:
            stack.callback(lambda: enforcer.apply_with(Cluster()))
            taken = {str(pod.address) for pod in enforcer.observe().pods} | _routed()
            asker, server = _free(enforcer.network, taken)
            stack.enter_context(_lent(f"{NAME}-a", asker))
            stack.enter_context(_lent(f"{NAME}-b", server))
            stack.enter_context(_listening(f"{NAME}-b"))
            return _ask_all(enforcer, asker, server)
    except (CanaryError, OSError) as error:
        return Verdict(enforced=False, reason=f"the canary could not be set up: {error}")


def _ask_all(enforcer: Enforcer, asker: str, server: str) -> Verdict:
    everyone = Cluster(
        pods=(
            Pod(NAME, "asker", {"role": "asker"}, asker),
            Pod(NAME, "server", {"role": "server"}, server),
        ),
        namespaces=(Namespace(NAME),),
    )
    closed = Policy(NAME, "closed", Selector(), ingress=(), egress=())
    asks, serves = (Selector((Requirement("role", "In", frozenset({role})),)) for role in ("asker", "server"))
    port = (Port("TCP", PORT),)
    out = Policy(NAME, "out", asks, egress=(Rule((Peer(pods=serves),), port),))
    into = Policy(NAME, "into", serves, ingress=(Rule((Peer(pods=asks),), port),))
    for cluster, expected, situation in (
        (Cluster(), False, "an address that belongs to no known pod"),
        (everyone, True, "a pod that no policy selects"),
        (replace(everyone, policies=(closed,)), False, "a pod under a default denial"),
        (replace(everyone, policies=(closed, out)), False, "a pod that is allowed to send but not to be received"),
        (replace(everyone, policies=(closed, out, into)), True, "a pod that is allowed to send and to be received"),
    ):
        enforcer.apply_with(cluster)
        if _reaches(server) != expected:
            return Verdict(enforced=False, reason=f"{situation} {'was refused' if expected else 'got through'}")
    return Verdict(enforced=True)


def _reaches(server: str) -> bool:
    question = [sys.executable, "-c", ASK, server, str(PORT), str(PATIENCE)]
    done = subprocess.run(["ip", "netns", "exec", f"{NAME}-a", *question], capture_output=True, check=False)
    return done.returncode == 0


def _free(network: str, taken: set[str]) -> tuple[str, str]:
    """Two free addresses from the end of the network, which the address plugin gives out last."""
    hosts = reversed(list(ipaddress.IPv4Network(network).hosts()))
    free = [str(host) for host in hosts if str(host) not in taken]
    if len(free) < 2:
        raise CanaryError(f"{network} has no two free addresses")
    return free[0], free[1]


def _routed() -> set[str]:
    return {line.split()[0] for line in _run("ip", "-4", "route", "show").splitlines() if line}


@contextmanager
def _lent(name: str, address: str) -> Iterator[None]:
    """A network namespace that looks to the host like a pod of the `ptp` plugin."""
    _run("ip", "netns", "delete", name, check=False)
    _run("ip", "netns", "add", name)
    link = f"veth-{name[-8:]}"
    try:
        _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name)
        _run("ip", "link", "set", link, "up")
        _run("ip", "route", "add", f"{address}/32", "dev", link)
        _run("ip", "address", "add", f"{GATEWAY}/32", "dev", link)
        _run("ip", "-n", name, "address", "add", f"{address}/32", "dev", "eth0")
        _run("ip", "-n", name, "link", "set", "eth0", "up")
        _run("ip", "-n", name, "link", "set", "lo", "up")
        _run("ip", "-n", name, "route", "add", f"{GATEWAY}/32", "dev", "eth0")
        _run("ip", "-n", name, "route", "add", "default", "via", GATEWAY)
        yield
    finally:
        _run("ip", "link", "delete", link, check=False)
        _run("ip", "netns", "delete", name, check=False)


@contextmanager
def _listening(name: str) -> Iterator[None]:
    command = ["ip", "netns", "exec", name, sys.executable, "-c", LISTEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise CanaryError("its server did not start")
            yield
        finally:
            process.kill()


def _run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise CanaryError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
