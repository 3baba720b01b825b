"""Pods that serve and pods that ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.sandbox.network.lab import Lab, eventually, pod

PORT = 8080
OTHER_PORT = 8081
# perl-base is in every Debian image. A server tells each connection its port; a question counts the time of the
# connection alone, so that a busy machine is not mistaken for a closed way.
SERVER = (
    "$s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 9, ReuseAddr => 1) or die; "
    'while (1) { $c = $s->accept or next; print $c "$ARGV[0]\\n"; close $c }'
)
SERVE = f"for port in {PORT} {OTHER_PORT}; do perl -MIO::Socket::INET -e '{SERVER}' $port & done; wait"
QUESTION = "exit !IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 1)"
ASK = ("perl", "-MIO::Socket::INET", "-e", QUESTION)


def server(name: str, **labels: str) -> dict[str, Any]:
    """A pod that serves two ports, of which the first is called `web`, and is ready when the node reaches it."""
    return pod(
        name,
        SERVE,
        labels=labels,
        container={
            "ports": [{"name": "web", "containerPort": PORT}],
            "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1, "failureThreshold": 1},
        },
    )


@dataclass(frozen=True, slots=True)
class Asker:
    """A pod that asks."""

    lab: Lab
    name: str

    def reaches(self, address: str, port: int = PORT) -> bool:
        """Whether a connection is accepted within a second; denied packets are dropped without an answer."""
        return self.lab.run(self.name, *ASK, address, str(port), check=False).returncode == 0

    def resolves(self, name: str) -> bool:
        """Whether the cluster's DNS answers within three seconds."""
        return self.lab.run(self.name, "timeout", "3", "getent", "hosts", name, check=False).returncode == 0

    def comes_to_reach(self, address: str, port: int = PORT) -> bool:
        """Whether it reaches the address soon."""
        return eventually(lambda: self.reaches(address, port))

    def ceases_to_reach(self, address: str, port: int = PORT) -> bool:
        """Whether it soon no longer reaches the address."""
        return eventually(lambda: not self.reaches(address, port))


def policy(name: str, **spec: Any) -> dict[str, Any]:
    """A network policy; for every pod of its namespace unless a selector is given."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": {}, **spec},
    }
