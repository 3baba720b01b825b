"""Replicas of Alertmanager find each other over TLS, and let nobody else in who is signed by the same authority."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from components.observability.alertmanager import CLUSTER, cluster
from components.observability.routing import Receivers, configuration, text
from sandbox.toolchain.paths import Paths
from tests.sandbox.authority import Authority

pytestmark = pytest.mark.sandbox
HOST = "alertmanager.platform-observability.svc"


@dataclass(frozen=True)
class Replica:
    """One that runs: where it answers, and where it speaks to others."""

    web: int
    gossip: int

    def members(self) -> float:
        """How many it sees, itself among them."""
        lines = requests.get(f"http://127.0.0.1:{self.web}/metrics", timeout=10).text.splitlines()
        [found] = [line.split()[1] for line in lines if line.startswith("alertmanager_cluster_members ")]
        return float(found)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(folder: Path, authority: Authority, name: str, peer: int | None) -> Iterator[Replica]:
    """A replica whose certificate has this name."""
    folder.mkdir()
    certificate, key = authority.issue("127.0.0.1", name)
    content = {
        "tls.crt": certificate,
        "tls.key": key,
        "ca.crt": authority.certificate,
        CLUSTER: cluster(HOST),
        "alertmanager.yaml": text(configuration(Receivers(), {})),
    }
    for file, said in content.items():
        (folder / file).write_text(said)
    replica = Replica(free_port(), free_port())
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [
                Paths.find().bin / "alertmanager",
                f"--config.file={folder / 'alertmanager.yaml'}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{replica.web}",
                f"--cluster.listen-address=127.0.0.1:{replica.gossip}",
                f"--cluster.tls-config={folder / CLUSTER}",
                "--cluster.reconnect-interval=1s",
                *([f"--cluster.peer=127.0.0.1:{peer}"] if peer else []),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield replica
    finally:
        process.terminate()
        process.wait(30)


def seen(replica: Replica, number: int, seconds: float) -> bool:
    """Whether a replica comes to see so many members in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if replica.members() == number:
                return True
        except requests.ConnectionError:
            pass
        time.sleep(0.5)
    return False


def test_two_become_a_cluster_and_a_stranger_of_the_same_authority_does_not_join(tmp_path: Path) -> None:
    authority = Authority()
    with ExitStack() as stack:
        first = stack.enter_context(running(tmp_path / "a", authority, HOST, None))
        assert seen(first, 1, 60)
        second = stack.enter_context(running(tmp_path / "b", authority, HOST, first.gossip))
        assert seen(second, 2, 60), (tmp_path / "b/log").read_text()
        assert seen(first, 2, 60)
        stranger = stack.enter_context(running(tmp_path / "c", authority, "cases.epidemiology-data.svc", first.gossip))
        assert seen(stranger, 1, 60)
        assert not seen(stranger, 2, 10)
        assert first.members() == 2
