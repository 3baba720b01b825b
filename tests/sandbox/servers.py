"""Servers in the sandbox, for tests of what speaks to them.

    with postgresql() as server:
        psycopg.connect(host=server.host, port=server.port, user=server.username, password=server.password, …)

Each has a namespace, an authority and a certificate of its own; all of it is removed afterwards. Keycloak runs outside
the cluster, as a process (tests/sandbox/identity/server.py).
"""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kubernetes import client, config

from sandbox.images import load
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.session import Session
from sandbox.toolchain.versions import Versions
from tests.sandbox.authority import Authority

START_SECONDS = 600
END_SECONDS = 120
PASSWORD = "password"
TLS = "/tls"
BUCKET = "etl-backups"
SERVE = f"""
mkdir -p /data/{BUCKET}
# Without --no-cleanup the bucket goes with its last object. Whoever kills the server has it start anew.
while true; do
    rclone serve s3 /data --config= --addr=:9000 --cert={TLS}/tls.crt --key={TLS}/tls.key --no-cleanup \\
        --cache-dir=/tmp --auth-key="test-store,$(cat {TLS}/{PASSWORD})" &
    echo $! >/tmp/rclone.pid
    wait
done
"""


@dataclass(frozen=True)
class Server:
    """Where a server is, who may do everything on it, and which authority signed its certificate (PEM)."""

    host: str
    port: int
    username: str
    password: str
    authority: str


@dataclass(frozen=True)
class Throwaway(Server):
    """A server of the tests' own, which runs as `pod` in `namespace`."""

    namespace: str
    pod: str

    def log(self) -> str:
        """All that the server has logged."""
        return str(cluster().read_namespaced_pod_log(self.pod, self.namespace))


OFTEN = {"periodSeconds": 1, "timeoutSeconds": 10, "failureThreshold": 30}
"""Of a readiness probe: ready as soon as it answers, and slow answers of a busy machine take it out of nothing."""


@contextmanager
def postgresql() -> Iterator[Throwaway]:
    """A PostgreSQL server over TLS, which logs every statement."""
    settings = {
        "ssl": "on",
        "ssl_cert_file": f"{TLS}/tls.crt",
        "ssl_key_file": f"{TLS}/tls.key",
        "log_statement": "all",
        "password_encryption": "scram-sha-256",
    }
    container = {
        "image": Versions.read().images["postgres-15"],
        "args": [word for name, value in settings.items() for word in ("-c", f"{name}={value}")],
        "env": [
            {"name": "POSTGRES_PASSWORD_FILE", "value": f"{TLS}/{PASSWORD}"},
            {"name": "POSTGRES_INITDB_ARGS", "value": "--auth-host=scram-sha-256"},
            {"name": "PGDATA", "value": "/data/pgdata"},
        ],
        # Over the socket the server is ready before its first start is over, and closes again.
        "readinessProbe": {"exec": {"command": ["pg_isready", "-h", "127.0.0.1"]}} | OFTEN,
        "resources": {"limits": {"memory": "256Mi"}},
    }
    with _server("postgres", "postgres", 5432, container, user=999) as server:
        yield server


@contextmanager
def object_store() -> Iterator[Throwaway]:
    """An S3-compatible store over TLS with one empty bucket, `BUCKET`; username and password are its pair of keys.

    Its objects are files under /data in its pod. What is not built of it yet is built.
    """
    Session.open().build(["image-rclone"])
    container = {
        "image": Versions.read().images["rclone"],
        "command": ["sh", "-ec", SERVE],
        "readinessProbe": {"tcpSocket": {"port": 9000}} | OFTEN,
        "resources": {"limits": {"memory": "256Mi"}},
    }
    with _server("rclone", "test-store", 9000, container, user=1009) as store:
        yield store


@contextmanager
def _server(name: str, username: str, port: int, container: Mapping[str, Any], *, user: int) -> Iterator[Throwaway]:
    load(Paths.find(), [name])
    api = cluster()
    namespace = f"test-{name}-{secrets.token_hex(3)}"
    api.create_namespace({"metadata": {"name": namespace}})
    try:
        service = {"metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": [{"port": port}]}}
        host = api.create_namespaced_service(namespace, service).spec.cluster_ip
        authority, password = Authority(), secrets.token_urlsafe(16)
        certificate, key = authority.issue(host, f"{name}.{namespace}.svc")
        content = {"tls.crt": certificate, "tls.key": key, PASSWORD: password}
        api.create_namespaced_secret(namespace, {"metadata": {"name": name}, "stringData": content})
        api.create_namespaced_pod(namespace, _pod(name, container, user))
        wait_until_ready(api, namespace, name)
        _wait_until_reached(host, port)
        yield Throwaway(host, port, username, password, authority.certificate, namespace, name)
    finally:
        api.delete_namespace(namespace, grace_period_seconds=0)
        _wait_until_gone(api, namespace)


def _pod(name: str, container: Mapping[str, Any], user: int) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {"runAsUser": user, "fsGroup": user},
            "containers": [
                {
                    "name": name,
                    "imagePullPolicy": "Never",
                    "volumeMounts": [{"name": "tls", "mountPath": TLS}, {"name": "data", "mountPath": "/data"}],
                    **container,
                }
            ],
            "volumes": [
                {"name": "tls", "secret": {"secretName": name, "defaultMode": 0o440}},
                {"name": "data", "emptyDir": {}},
            ],
        },
    }


def cluster() -> Any:
    """The cluster's API."""
    return client.CoreV1Api(config.new_client_from_config(str(Paths.find().kubeconfig)))  # type: ignore[no-untyped-call]


def wait_until_ready(api: Any, namespace: str, name: str) -> None:
    """Wait for a pod; its log is told when it does not come."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        status = api.read_namespaced_pod(name, namespace).status
        if any(one.type == "Ready" and one.status == "True" for one in status.conditions or []):
            return
        if any(one.restart_count for one in status.container_statuses or []):
            break
        time.sleep(0.5)
    log = api.read_namespaced_pod_log(name, namespace, previous=False, tail_lines=30)
    raise AssertionError(f"{name} did not become ready within {START_SECONDS} s; its log ends with:\n{log}")


def _wait_until_reached(host: str, port: int) -> None:
    """The node's proxy learns of a ready pod a moment later, and refuses connections until then."""
    end = time.monotonic() + END_SECONDS
    while not _reached(host, port):
        assert time.monotonic() < end, f"{host}:{port} cannot be reached after {END_SECONDS} s"
        time.sleep(0.2)


def _reached(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def _wait_until_gone(api: Any, namespace: str) -> None:
    end = time.monotonic() + END_SECONDS
    while any(one.metadata.name == namespace for one in api.list_namespace().items):
        assert time.monotonic() < end, f"the namespace {namespace} is still there after {END_SECONDS} s"
        time.sleep(0.5)
