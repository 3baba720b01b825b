"""Parts of a cluster without nodes, and of a world around the proxy."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from components.network.edge.names import NAMESPACE
from tests.sandbox.authority import Authority
from tests.unit.program.conftest import recorded

STACK = "test"
ACCOUNT = f"system:serviceaccount:{NAMESPACE}:edge"
BOUND = 120  # seconds; a bound against hanging, not a measure
SKIPPED = ("Deployment", "PodDisruptionBudget", "NetworkPolicy", "ResourceQuota", "LimitRange")
"""What needs a node, or says nothing to the proxy."""


@dataclass(frozen=True)
class Way:
    """The running edge: where it answers, by which name, and what it writes."""

    host: str
    address: str
    https: int
    http: int
    internal: int
    authority: Path
    log: Path


class Backend(BaseHTTPRequestHandler):
    """Tells what reaches it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        said = json.dumps({"path": self.path, "headers": list(self.headers.items())}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.send_header("X-Powered-By", "a backend")
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET  # noqa: N815 - the library calls it so

    def log_message(self, *args: Any) -> None:
        """Nothing: the proxy's log is the one that counts."""


def own_address() -> str:
    """An address of this machine that is no loopback, as endpoints must be."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.connect(("198.51.100.1", 9))
        return str(asked.getsockname()[0])


@contextmanager
def program(argv: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(argv, stdout=file, stderr=file, env=os.environ | environment)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(frozen=True)
class Cluster:
    """An API server without nodes."""

    kubectl: Path
    kubeconfig: Path

    def run(self, *args: str, content: str = "") -> str:
        done = subprocess.run(
            [self.kubectl, f"--kubeconfig={self.kubeconfig}", *args],
            input=content, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"kubectl {' '.join(args)}\n{done.stderr}"
        return done.stdout


def kubeconfig(path: Path, port: int, token: str) -> Path:
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {"name": "c", "cluster": {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}}
                ],
                "users": [{"name": "u", "user": {"token": token}}],
                "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "x",
            }
        )
    )
    return path


def wait(ready: Any, log: Path) -> None:
    deadline = time.monotonic() + BOUND
    while True:
        try:
            if ready():
                return
        except (AssertionError, OSError) as error:
            last: object = error
        else:
            last = "not ready"
        if time.monotonic() > deadline:
            raise AssertionError(f"{last}\n{log.read_text()[-3000:]}")
        time.sleep(0.5)


def declared(authority: Authority, backend: tuple[str, int], ports: dict[int, int]) -> list[dict[str, Any]]:
    """What the program declares of the edge, with real certificates, and the backend's address for Keycloak's."""
    found = []
    for each in recorded(STACK).resources:
        labels = each.inputs.get("metadata", {}).get("labels", {})
        if not each.type.startswith("kubernetes:") or not labels.get("app.kubernetes.io/component", "").startswith(
            ("edge", "namespace")
        ):
            continue
        found_object = json.loads(json.dumps(dict(each.inputs)))
        kind, name = found_object["kind"], found_object["metadata"]["name"]
        if kind in SKIPPED or (kind == "Namespace" and name != NAMESPACE) or (kind == "Service" and name == "edge"):
            continue
        if "namespace" in found_object["metadata"]:
            found_object["metadata"]["namespace"] = NAMESPACE
        fill(found_object, kind, authority, backend, ports)
        found.append(found_object)
    return found


def fill(
    found: dict[str, Any], kind: str, authority: Authority, backend: tuple[str, int], ports: dict[int, int]
) -> None:
    """Put in what only a deployment knows."""
    match kind:
        case "Secret":
            listener = found["metadata"]["name"].removesuffix("-certificate")
            [hostname] = [each for each in recorded(STACK).outputs["edge"]["hosts"] if each.startswith(f"{listener}.")]
            certificate, key = authority.issue("192.0.2.250", hostname)  # not where it answers: no name, no handshake
            found["stringData"] = {"tls.crt": certificate, "tls.key": key}
        case "ConfigMap" if "ca.crt" in found["data"]:
            found["data"]["ca.crt"] = authority.certificate
        case "EndpointSlice":
            found |= {"addressType": "IPv4"}
            found["endpoints"][0]["addresses"] = [backend[0]]
            found["ports"][0]["port"] = backend[1]
        case "Gateway":
            for listener in found["spec"]["listeners"]:
                listener["port"] = ports[listener["port"]]
        case "RoleBinding" | "ClusterRoleBinding":
            found["subjects"][0] |= {"name": "edge", "namespace": NAMESPACE}
            found["roleRef"]["name"] = "edge" if kind == "RoleBinding" else "etl-platform-edge"


@contextmanager
def served(authority: Authority, folder: Path) -> Iterator[tuple[str, int]]:
    """Keycloak's place: a server that shows the certificate of its name inside the cluster."""
    address = own_address()
    certificate, key = authority.issue(address, "keycloak.platform-identity.svc")
    (folder / "backend.pem").write_text(certificate + key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "backend.pem")
    server = ThreadingHTTPServer((address, 0), Backend)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield address, server.server_port
    finally:
        server.shutdown()
        server.server_close()


def ask(
    way: Way, path: str, *, host: str | None = None, name: str | None = "", headers: str = "", method: str = "GET",
    body: bytes = b"",
) -> bytes:  # fmt: skip
    """Send a request to the letter, which no client library would, and return the whole answer."""
    context = ssl.create_default_context(cafile=str(way.authority))
    context.check_hostname = name == ""
    with (
        socket.create_connection((way.address, way.https), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=way.host if name == "" else name) as secure,
    ):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: {host or way.host}\r\nConnection: close\r\n{headers}{length}\r\n"
        secure.sendall(head.encode() + body)
        return secure.makefile("rb").read()
