from __future__ import annotations

import http.client
import ipaddress
import secrets
import socket
import ssl
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox import node
from sandbox.node.dns import query
from sandbox.node.layout import API_PORT, DNS_ADDRESS, LOOPBACK, NODE_ADDRESS
from sandbox.node.processes import Processes

from .conftest import Cluster

pytestmark = pytest.mark.sandbox

LISTENING = "0A"


def test_every_part_is_well_and_the_node_takes_pods(cluster: Cluster) -> None:
    status = node.status(cluster.layout.paths)

    assert status.problems == ()
    assert all(part.pid for part in status.parts)


def test_a_second_start_starts_nothing(cluster: Cluster) -> None:
    before = {part.name: part.pid for part in node.status(cluster.layout.paths).parts}
    said: list[str] = []

    node.start(cluster.layout.paths, lambda message: said.append(message))

    assert {part.name: part.pid for part in node.status(cluster.layout.paths).parts} == before
    assert not [line for line in said if line.startswith("starting")]


def test_the_host_reaches_a_service_and_its_pod(cluster: Cluster) -> None:
    assert query("kubernetes.default.svc.cluster.local", timeout=5) == "10.96.0.1"
    with socket.create_connection((DNS_ADDRESS, 53), timeout=5):
        pass
    address = cluster.get("endpointslices", "-n", "kube-system", "-l", "kubernetes.io/service-name=kube-dns")
    with socket.create_connection((address["items"][0]["endpoints"][0]["addresses"][0], 53), timeout=5):
        pass


def descriptors(pid: int) -> set[str]:
    """What a process has open, as far as it is still there: some live for a moment only."""
    found = set()
    with suppress(FileNotFoundError, ProcessLookupError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found.add(str(descriptor.readlink()))
    return found


def test_nothing_of_the_node_listens_beyond_this_machine(cluster: Cluster) -> None:
    """Every listening address of ours is on loopback or on the node's own interface."""
    layout = cluster.layout
    living = Processes(layout.run, layout.logs, layout.search_path()).living()
    inodes = {inode for process in living for inode in descriptors(process.pid)}
    addresses = set()
    for table, width in (("tcp", 4), ("tcp6", 16)):
        for line in Path("/proc/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and f"socket:[{fields[9]}]" in inodes:
                words = bytes.fromhex(fields[1].split(":")[0])
                raw = b"".join(struct.pack(">I", *struct.unpack("<I", words[i : i + 4])) for i in range(0, width, 4))
                addresses.add(ipaddress.ip_address(raw))

    assert ipaddress.ip_address(NODE_ADDRESS) in addresses
    assert {a for a in addresses if not a.is_loopback and str(a) != NODE_ADDRESS} == set()


@pytest.mark.parametrize(("port", "path"), [(API_PORT, "/api"), (10250, "/pods")])
def test_who_shows_no_certificate_is_refused(cluster: Cluster, port: int, path: str) -> None:
    assert ask_without_certificate(cluster, NODE_ADDRESS, port, path) == 401


def test_etcd_speaks_to_nobody_without_a_certificate(cluster: Cluster) -> None:
    with pytest.raises(ssl.SSLError, match=r"bad certificate|certificate required"):
        ask_without_certificate(cluster, LOOPBACK, 2379, "/health")


def test_a_kubelet_reads_only_the_secrets_of_its_pods(cluster: Cluster) -> None:
    cluster.apply(secret("not-the-kubelets", "irrelevant"))
    own = ("--kubeconfig", str(cluster.layout.kubeconfig("kubelet")))
    try:
        refusal = cluster.kubectl(*own, "get", "secret", "-n", "default", "not-the-kubelets", check=False)
    finally:
        cluster.kubectl("delete", "secret", "-n", "default", "not-the-kubelets")

    assert "Forbidden" in refusal.stderr
    assert cluster.kubectl(*own, "get", "node", "etl-sandbox", "-o", "name").stdout == "node/etl-sandbox\n"


def test_a_secret_lies_encrypted_on_the_disk(cluster: Cluster) -> None:
    hidden, plain = secrets.token_hex(16), secrets.token_hex(16)
    metadata = {"name": "at-rest", "namespace": "default"}
    cluster.apply(secret("at-rest", hidden))
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"value": plain}})
    try:
        stored = b"".join(p.read_bytes() for p in cluster.layout.etcd.rglob("*") if p.is_file())
    finally:
        cluster.kubectl("delete", "secret,configmap", "-n", "default", "at-rest")

    assert plain.encode() in stored
    assert hidden.encode() not in stored


def test_what_only_root_may_read_is_readable_by_root_alone(cluster: Cluster) -> None:
    layout = cluster.layout
    private = [*layout.certificates.glob("*.key"), layout.certificates / "secrets-at-rest.yaml"]
    private += [layout.paths.kubeconfig, *layout.configuration.glob("*.kubeconfig")]

    assert len(private) > 10
    assert [str(path) for path in private if path.stat().st_mode & 0o077] == []


def ask_without_certificate(cluster: Cluster, host: str, port: int, path: str) -> int:
    """The status with which a server answers a client that it cannot know; the server itself is verified."""
    trust = ssl.create_default_context(cafile=str(cluster.layout.certificates / "ca.crt"))
    connection = http.client.HTTPSConnection(host, port, timeout=5, context=trust)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def secret(name: str, value: str) -> dict[str, object]:
    metadata = {"name": name, "namespace": "default"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"value": value}}
