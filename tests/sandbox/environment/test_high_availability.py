"""A database on three instances: it fails over under writes, and is otherwise like any. One story, in order."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from kubernetes import client

from components.databases.privileges import Declared
from delivery.access import live
from delivery.access.actual import read
from delivery.access.compare import against
from sandbox import operators
from sandbox.toolchain.session import Session
from tests.sandbox.environment.stack import BOUND, Stack
from tests.sandbox.environment.writer import Writer

pytestmark = pytest.mark.sandbox
TEAM, NAME, INSTANCES = "reporting", "steady", 3
NAMESPACE = f"{TEAM}-data"
ENTRY: dict[str, Any] = {
    "name": NAME,
    "high_availability": True,
    "readers": ["epidemiology"],
    "backup": {"schedule": "15 1 * * *", "keep": {"daily": 1}},
}
LARGER = ENTRY | {"size": "medium"}
# Whoever waits for a dead server longer than this learns nothing more from it; seconds and milliseconds, for libpq.
PATIENCE: dict[str, Any] = {"connect_timeout": 2, "tcp_user_timeout": 2000}
ROWS = 50
"""To write before the fault, and to see written after it."""


@pytest.fixture(scope="module")
def steady(stack: Stack) -> Iterator[Stack]:
    """The dev stack with such a database more; the operator is built and installed first."""
    operators.install_cloudnative_pg(Session.open())
    stack.up_with(ENTRY)
    yield stack
    if any(each["name"] == NAME for each in stack.outputs["databases"]):
        stack.remove(LARGER)


def cluster(stack: Stack) -> dict[str, Any]:
    """The Cluster as the operator sees it."""
    api: Any = client.CustomObjectsApi(stack.cluster.api_client)
    found: dict[str, Any] = api.get_namespaced_custom_object("postgresql.cnpg.io", "v1", NAMESPACE, "clusters", NAME)
    return found


def primary(stack: Stack) -> str:
    return str(cluster(stack)["status"]["currentPrimary"])


def whole(stack: Stack) -> bool:
    """Whether every instance counts as ready, and no change of primary is under way."""
    status = cluster(stack)["status"]
    settled = status.get("currentPrimary") == status.get("targetPrimary")
    return bool(settled and status.get("readyInstances") == INSTANCES)


def wait_for(question: Callable[[], bool], what: Callable[[], object]) -> None:
    deadline = time.monotonic() + BOUND
    while not question():
        assert time.monotonic() < deadline, what()
        time.sleep(0.5)


def superuser(stack: Stack, database: str = NAME) -> psycopg.Connection[Any]:
    password = stack.secret(f"{NAMESPACE}/{NAME}-server")["superuser-password"]
    return stack.connect(NAME, "owner", user="postgres", password=password, dbname=database)


def test_each_commit_waits_for_a_standby(steady: Stack) -> None:
    with superuser(steady, "postgres") as session:
        [(names,)] = session.execute("SHOW synchronous_standby_names").fetchall()
        states = session.execute("SELECT sync_state FROM pg_stat_replication").fetchall()
        [(checksums,)] = session.execute("SHOW data_checksums").fetchall()
    assert names.startswith("ANY 1 (")
    assert states == [("quorum",)] * (INSTANCES - 1)
    assert checksums == "on"


def test_its_roles_may_what_those_of_any_database_may(steady: Stack) -> None:
    with steady.connect(NAME, "owner") as owner:
        owner.execute("CREATE TABLE public.kept AS SELECT n AS number FROM generate_series(1, 1000) n")
    with steady.connect(NAME, "writer") as writer:
        writer.execute("INSERT INTO public.kept VALUES (1001)")
    remote = f"epidemiology-data/{TEAM}-{NAME}-connection"
    for secret in (None, remote):
        with steady.connect(NAME, "reader", secret=secret) as reader:
            assert reader.execute("SELECT count(*) FROM public.kept").fetchall() == [(1001,)]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("INSERT INTO public.kept VALUES (0)")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sslmode": "disable"}, "no encryption|rejects connection"),
        ({"dbname": "postgres"}, "rejects connection"),
        ({"password": "wrong"}, "password authentication failed"),
        ({"user": "streaming_replica"}, "password authentication failed"),
        ({"sslrootcert": "/etc/ssl/certs/ca-certificates.crt"}, "certificate verify failed|root certificate"),
    ],
)
def test_what_a_single_server_refuses_is_refused_here_too(steady: Stack, changes: dict[str, str], refusal: str) -> None:
    with pytest.raises(psycopg.OperationalError, match=refusal):
        steady.connect(NAME, "owner", **changes).close()


def test_the_access_report_finds_it_as_declared(steady: Stack) -> None:
    place = live.servers(steady.outputs)[f"{TEAM}/{NAME}"]
    declared = Declared(NAME, readers=("epidemiology",), backup=True, major=15, high_availability=True)
    with live.connected(place, NAME, steady.outputs["ca_certificate"], None) as connection:
        found = against(declared, read(connection))
    assert found.as_declared, found


def test_the_exporter_shows_whoever_is_primary(steady: Stack) -> None:
    pods = steady.cluster.list_namespaced_pod(NAMESPACE, label_selector=f"app.kubernetes.io/name={NAME}-exporter").items
    [address] = [pod.status.pod_ip for pod in pods if pod.status.phase == "Running"]
    text = subprocess.run(
        [sys.executable, "-c", f"import urllib.request as u; print(u.urlopen('http://{address}:9187/metrics').read().decode())"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert re.search(r"^pg_up 1$", text, re.MULTILINE)
    assert re.search(rf'^pg_database_size_bytes\{{datname="{NAME}".*\}} [1-9]', text, re.MULTILINE)


def test_a_second_up_changes_nothing(steady: Stack) -> None:
    steady.up("--refresh", "--expect-no-changes", "--config-file", str(steady.config(ENTRY)))


def test_it_is_backed_up_and_the_backup_restores(steady: Stack) -> None:
    who = f"{TEAM}/{NAME}"
    assert "is whole" in steady.operate("backup", who)
    assert "are as they were" in steady.operate("drill", who)
    steady.operate("restore", who, "--to", f"{NAME}_beside")
    with steady.connect(NAME, "reader", dbname=f"{NAME}_beside") as reader:
        assert reader.execute("SELECT count(*) FROM public.kept").fetchall() == [(1001,)]
    with superuser(steady) as session:
        session.execute(f"DROP DATABASE {NAME}_beside")


def test_the_primary_dies_under_writes_and_no_acknowledged_row_is_lost(
    steady: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    wait_for(lambda: whole(steady), lambda: cluster(steady)["status"])
    killed = primary(steady)
    with Writer(lambda: steady.connect(NAME, "owner", **PATIENCE)) as writer:
        wait_for(lambda: len(writer.acknowledged) >= ROWS, lambda: writer.errors[-3:])
        moment = time.monotonic()
        steady.cluster.delete_namespaced_pod(killed, NAMESPACE, grace_period_seconds=0)
        wait_for(lambda: primary(steady) != killed, lambda: cluster(steady)["status"])
        promoted = time.monotonic()
        wait_for(lambda: writer.since(promoted) >= ROWS, lambda: writer.errors[-3:])
    assert writer.lost() == set()
    wait_for(lambda: whole(steady), lambda: cluster(steady)["status"])
    again = time.monotonic() - moment
    with capsys.disabled():
        print(
            f"\nfailover: {len(writer.acknowledged)} rows acknowledged, none lost; the service was away for "
            f"{writer.longest_silence():.1f} s, three instances were whole again after {again:.1f} s"
        )


def test_a_drain_may_take_one_instance_at_a_time(steady: Stack) -> None:
    budgets: Any = client.PolicyV1Api(steady.cluster.api_client).list_namespaced_pod_disruption_budget(NAMESPACE)
    assert {one.metadata.name: one.spec.min_available for one in budgets.items} == {NAME: 1, f"{NAME}-primary": 1}


def test_a_larger_size_grows_every_volume_and_the_data_stays(steady: Stack) -> None:
    def sizes() -> set[str]:
        claims = steady.cluster.list_namespaced_persistent_volume_claim(
            NAMESPACE, label_selector=f"cnpg.io/cluster={NAME}"
        ).items
        return {claim.status.capacity["storage"] for claim in claims}

    def memory() -> set[str]:
        pods = steady.cluster.list_namespaced_pod(NAMESPACE, label_selector=f"cnpg.io/cluster={NAME}").items
        return {pod.spec.containers[0].resources.limits["memory"] for pod in pods}

    steady.up_with(LARGER)
    wait_for(lambda: sizes() == {"2Gi"}, sizes)
    wait_for(lambda: memory() == {"512Mi"} and whole(steady), lambda: cluster(steady)["status"])
    with steady.connect(NAME, "owner") as owner:
        assert owner.execute("SELECT count(*) FROM public.kept").fetchall() == [(1001,)]


def test_it_cannot_become_a_single_server_in_place(steady: Stack) -> None:
    alone = {key: value for key, value in LARGER.items() if key != "high_availability"}
    done = steady.pulumi("preview", "--config-file", str(steady.config(alone)), check=False)
    assert done.returncode != 0
    assert "`high_availability` would move it from a cluster of three to one server" in done.stdout + done.stderr


def test_it_goes_in_two_steps_and_its_volumes_with_it(steady: Stack) -> None:
    steady.remove(LARGER)

    def left() -> list[str]:
        claims = steady.cluster.list_namespaced_persistent_volume_claim(
            NAMESPACE, label_selector=f"cnpg.io/cluster={NAME}"
        ).items
        return [claim.metadata.name for claim in claims]

    wait_for(lambda: left() == [], left)
    for kind in ("persistent_volume_claim", "secret"):
        listed = getattr(steady.cluster, f"list_namespaced_{kind}")("platform-backup").items
        for each in listed:
            if each.metadata.name.startswith(f"{TEAM}-{NAME}-"):
                getattr(steady.cluster, f"delete_namespaced_{kind}")(each.metadata.name, "platform-backup")
