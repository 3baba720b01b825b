"""A cluster of three instances, declared as the platform declares a server: TLS by its own authority, scram, closed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from sandbox.toolchain.versions import Versions
from tests.high_availability.operator import NAMESPACE as OPERATOR
from tests.sandbox.authority import Authority
from tests.sandbox.network.lab import Lab, lab

NAME = "cases"
INSTANCES = 3
PASSWORD = "correct horse"
START_SECONDS = 300.0
STOP_SECONDS = 60
# Whoever waits for a dead server longer than this learns nothing more from it; seconds and milliseconds, for libpq.
PATIENCE = {"connect_timeout": 2, "tcp_user_timeout": 2000}
PG_HBA = (
    "hostssl postgres postgres all scram-sha-256",
    "hostssl postgres,template1 all all reject",
    "hostssl all all all scram-sha-256",
    "hostnossl all all all reject",
)


@dataclass(frozen=True)
class Cluster:
    """The running cluster: its namespace, and the file with the authority's certificate."""

    home: Lab
    authority: Path

    @property
    def status(self) -> dict[str, Any]:
        """What the operator says of it."""
        found: dict[str, Any] = self.home.get("cluster.postgresql.cnpg.io", NAME).get("status") or {}
        return found

    @property
    def primary(self) -> str:
        """The pod that takes writes."""
        return str(self.status["currentPrimary"])

    def whole(self) -> bool:
        """Whether the operator counts every instance as ready, and has no change of primary under way."""
        status = self.status
        settled = status.get("currentPrimary") == status.get("targetPrimary")
        return settled and status.get("readyInstances") == INSTANCES

    def connect(self, **changes: Any) -> psycopg.Connection[Any]:
        """A session with whoever is primary now, by the service's name that the certificate knows."""
        service = self.home.get("service", f"{NAME}-rw")
        settings = {
            "host": f"{NAME}-rw.{self.home.namespace}.svc",
            "hostaddr": service["spec"]["clusterIP"],
            "dbname": NAME,
            "user": f"{NAME}_owner",
            "password": PASSWORD,
            "sslmode": "verify-full",
            "sslrootcert": str(self.authority),
            "autocommit": True,
            **PATIENCE,
        }
        return psycopg.connect(**(settings | changes))

    def ask(self, sql: str, **changes: Any) -> list[Any]:
        """The first column of a query's rows."""
        with self.connect(**changes) as session:
            return [row[0] for row in session.execute(sql.encode())]

    def hindrances(self) -> str:
        """Why it is not whole, for a failing test."""
        home = self.home
        listed = home.kubectl("get", "pod,job,pvc", "-o", "wide", check=False).stdout
        events = home.kubectl("events", "--types=Warning", check=False).stdout
        logs = home.kubectl("logs", "--all-containers", "--tail=15", "-l", f"cnpg.io/cluster={NAME}", check=False)
        return "\n".join([json.dumps(self.status, indent=1), listed, events, logs.stdout])


def until(question: Callable[[], bool], patience: float) -> bool:
    """Whether something becomes true within so many seconds; asked rarely, for each question is a program's start."""
    deadline = time.monotonic() + patience
    while not (found := question()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Three instances in a closed namespace of their own; everything goes afterwards."""
    authority = Authority()
    file = folder / "authority.pem"
    file.write_text(authority.certificate)
    with lab("test-cnpg") as home:
        made = Cluster(home, file)
        home.apply(*secrets(home.namespace, authority), *policies(), described())
        if not until(made.whole, START_SECONDS):
            raise AssertionError(f"the cluster was not whole after {START_SECONDS:g} s:\n{made.hindrances()}")
        yield made
        # Before its namespace: that one looks again for pods only after half of what they may take to stop.
        home.kubectl("delete", "cluster.postgresql.cnpg.io", NAME, "--cascade=foreground", f"--timeout={STOP_SECONDS}s")


def described() -> dict[str, Any]:
    """The Cluster.

    A row that was acknowledged is on one standby at least, and a standby is promoted only when the operator can tell
    that it has every such row. Sources: cloudnative-pg.io, "Replication", "Failover".
    """
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Cluster",
        "metadata": {"name": NAME},
        "spec": {
            "instances": INSTANCES,
            "imageName": Versions.read().images["postgresql-15"],
            "imagePullPolicy": "IfNotPresent",
            "inheritedMetadata": {"labels": {"app.kubernetes.io/part-of": "etl-platform"}},
            "enablePDB": True,
            "enableSuperuserAccess": True,
            "superuserSecret": {"name": f"{NAME}-superuser"},
            "certificates": {"serverTLSSecret": f"{NAME}-server", "serverCASecret": f"{NAME}-authority"},
            "affinity": {"podAntiAffinityType": "preferred", "topologyKey": "kubernetes.io/hostname"},
            "bootstrap": {
                "initdb": {
                    "database": NAME,
                    "owner": f"{NAME}_owner",
                    "secret": {"name": f"{NAME}-owner"},
                    "dataChecksums": True,
                    "encoding": "UTF8",
                    "localeCollate": "C.UTF-8",
                    "localeCType": "C.UTF-8",
                }
            },
            "postgresql": {
                "synchronous": {
                    "method": "any",
                    "number": 1,
                    "dataDurability": "required",
                    "failoverQuorum": True,
                },
                "pg_hba": list(PG_HBA),
                # The volume is small, and a slot keeps for each standby what it still needs.
                "parameters": {"max_wal_size": "256MB", "wal_keep_size": "64MB", "shared_buffers": "64MB"},
            },
            # The smart shutdown refuses who is new and waits for who is there: away for longer than a fast one takes.
            "smartShutdownTimeout": 1,
            "stopDelay": STOP_SECONDS,
            # Asked every ten seconds, as is the default, three instances take twice as long to come.
            "probes": {"startup": {"periodSeconds": 1}, "readiness": {"periodSeconds": 1}},
            # As much memory asked for as shared_buffers has at least, or the operator's webhook refuses it.
            "resources": {"limits": {"memory": "256Mi", "cpu": "1"}, "requests": {"memory": "128Mi", "cpu": "10m"}},
            "storage": {"size": "1Gi"},
        },
    }


def secrets(namespace: str, authority: Authority) -> list[Mapping[str, Any]]:
    """The server's certificate by our authority, the superuser's password and the owner's."""
    service = f"{NAME}-rw.{namespace}.svc"
    certificate, key = authority.issue("127.0.0.1", service, f"{service}.cluster.local")
    basic, tls = "kubernetes.io/basic-auth", "kubernetes.io/tls"
    return [
        _secret("superuser", basic, {"username": "postgres", "password": PASSWORD}),
        _secret("owner", basic, {"username": f"{NAME}_owner", "password": PASSWORD}),
        _secret("server", tls, {"tls.crt": certificate, "tls.key": key}),
        _secret("authority", "Opaque", {"ca.crt": authority.certificate}),
    ]


def policies() -> list[Mapping[str, Any]]:
    """Nothing may pass but this: the instances among each other, the operator to them, they to DNS and the API."""
    instances = {"podSelector": {"matchLabels": {"cnpg.io/cluster": NAME}}}
    from_operator = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": OPERATOR}}}
    postgresql, manager = {"port": 5432, "protocol": "TCP"}, {"port": 8000, "protocol": "TCP"}
    return [
        _policy("default-deny", {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        _policy(
            "instances",
            {
                **instances,
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [instances, from_operator], "ports": [postgresql, manager]}],
                "egress": [
                    {"to": [instances], "ports": [postgresql, manager]},
                    {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]},
                    # The API server is no pod: it can be told by its port alone, before and after its service.
                    {"ports": [{"port": 443, "protocol": "TCP"}, {"port": 6443, "protocol": "TCP"}]},
                ],
            },
        ),
    ]


def _secret(suffix: str, kind: str, content: Mapping[str, str]) -> Mapping[str, Any]:
    metadata = {"name": f"{NAME}-{suffix}", "labels": {"cnpg.io/reload": "true"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": kind, "stringData": dict(content)}


def _policy(name: str, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": dict(spec),
    }
