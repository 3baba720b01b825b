"""A database on three instances: it fails over under writes, and is otherwise like any. One story, in order."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import psycopg
import pytest
from kubernetes import client

from components.databases.privileges import Declared
from delivery.access import live
from delivery.access.actual import read
from delivery.access.compare import against
from sandbox import demands
from sandbox.toolchain.session import Session
from tests.sandbox.environment.stack import BOUND, Stack
from tests.sandbox.environment.writer import Writer
from tests.sandbox.servers import BUCKET, object_store

pytestmark = pytest.mark.sandbox
TEAM, NAME, INSTANCES = "reporting", "steady", 3
NAMESPACE, VAULT = f"{TEAM}-data", "platform-backup"
WHO = f"{TEAM}/{NAME}"
ENTRY: dict[str, Any] = {
    "name": NAME,
    "high_availability": True,
    "readers": ["epidemiology"],
    "backup": {"schedule": "15 1 * * *", "keep": {"daily": 1}},
}
LARGER = ENTRY | {"size": "medium"}
STORE = "backup-store"
# Whoever waits for a dead server longer than this learns nothing more from it; seconds and milliseconds, for libpq.
PATIENCE: dict[str, Any] = {"connect_timeout": 2, "tcp_user_timeout": 2000}
ROWS = 50
"""To write before the fault, and to see written after it."""


@pytest.fixture(scope="module")
def settings(stack: Stack) -> Iterator[dict[str, Any]]:
    """The config that names an object store, whose keys lie where jobs and instances look for them."""
    with object_store() as store:
        keys = {"access-key-id": store.username, "secret-access-key": store.password}
        for namespace in (VAULT, NAMESPACE):
            stack.cluster.create_namespaced_secret(namespace, {"metadata": {"name": STORE}, "stringData": keys})
        endpoint = f"https://rclone.{store.namespace}.svc:{store.port}"
        try:
            yield {
                "backup_store": {
                    "endpoint": endpoint,
                    "bucket": BUCKET,
                    "secret": STORE,
                    "ca_certificate": store.authority,
                }
            }
        finally:
            for namespace in (VAULT, NAMESPACE):
                stack.cluster.delete_namespaced_secret(STORE, namespace)


@pytest.fixture(scope="module")
def steady(stack: Stack, settings: dict[str, Any]) -> Iterator[Stack]:
    """The dev stack with such a database more; the operator is built and installed first."""
    session = Session.open()
    demands.load(session, demands.CLOUDNATIVE_PG)
    demands.install_cloudnative_pg(session)
    try:
        stack.up_with(ENTRY, **settings)
        yield stack
    finally:
        take_away(stack, settings)


def take_away(stack: Stack, settings: dict[str, Any]) -> None:
    """The stack as it was, whatever became of the entry."""
    stack.__dict__.pop("outputs", None)
    if any(each["name"] == NAME for each in stack.outputs["databases"]):
        grown = cluster(stack)["spec"]["storage"]["size"] != "1Gi"
        stack.up_with((LARGER if grown else ENTRY) | {"retired": True}, **settings)
    stack.up_with()
    clear_vault(stack)


def clear_vault(stack: Stack) -> None:
    """Remove the last backup's key, which outlives the entry by design."""
    for each in stack.cluster.list_namespaced_secret(VAULT).items:
        if each.metadata.name.startswith(f"{TEAM}-{NAME}-"):
            stack.cluster.delete_namespaced_secret(each.metadata.name, VAULT)


def memory(stack: Stack) -> set[str]:
    """What the instances may use."""
    pods = stack.cluster.list_namespaced_pod(NAMESPACE, label_selector=f"cnpg.io/cluster={NAME}").items
    return {pod.spec.containers[0].resources.limits["memory"] for pod in pods}


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
    assert re.search(r'^pg_backup_success_time_seconds\{.*kind="backup".*\} ', text, re.MULTILINE)


def test_a_second_up_changes_nothing(steady: Stack, settings: dict[str, Any]) -> None:
    steady.up("--refresh", "--expect-no-changes", "--config-file", str(steady.config(ENTRY, **settings)))


def test_it_is_backed_up_to_the_store_and_the_backup_restores(steady: Stack) -> None:
    assert "is whole" in steady.operate("backup", WHO)
    assert "are as they were" in steady.operate("drill", WHO)
    steady.operate("restore", WHO, "--to", f"{NAME}_beside")
    with steady.connect(NAME, "reader", dbname=f"{NAME}_beside") as reader:
        assert reader.execute("SELECT count(*) FROM public.kept").fetchall() == [(1001,)]
    with superuser(steady) as session:
        session.execute(f"DROP DATABASE {NAME}_beside")


def test_the_first_copy_of_its_files_lies_in_the_archive(steady: Stack) -> None:
    # One that is taken from a standby ends once the primary has archived what was written meanwhile: within five
    # minutes, or as soon as it begins a new segment.
    with superuser(steady) as session:
        session.execute("SELECT txid_current(), pg_switch_wal()")
    wait_for(lambda: "firstRecoverabilityPoint" in cluster(steady)["status"], lambda: cluster(steady)["status"])


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


def test_any_moment_since_then_can_be_recovered_also_behind_a_failover(steady: Stack) -> None:
    with steady.connect(NAME, "owner") as owner:
        owner.execute("CREATE TABLE public.moments AS SELECT 'before' AS word")
        [(moment,)] = owner.execute("SELECT clock_timestamp()").fetchall()
        time.sleep(1)
        owner.execute("UPDATE public.moments SET word = 'after'")

    made = recovered(steady, moment)

    steady.operate("restore", WHO, "--at", made, "--to", f"{NAME}_then")
    for database, word in ((NAME, "after"), (f"{NAME}_then", "before")):
        with steady.connect(NAME, "reader", dbname=database) as reader:
            assert reader.execute("SELECT word FROM public.moments").fetchall() == [(word,)]
    with superuser(steady) as session:
        session.execute(f"DROP DATABASE {NAME}_then")
    pods = steady.cluster.list_namespaced_pod(NAMESPACE, label_selector=f"cnpg.io/cluster={NAME}-recovered").items
    assert pods == [], "what was recovered goes again"
    assert ", as of " in steady.operate("backups", WHO)


def recovered(stack: Stack, moment: datetime) -> str:
    """The name of the backup that a recovery to this moment makes."""
    said = stack.operate("recover", WHO, "--at", moment.isoformat())
    found = re.search(rf"the backup (\S+) holds {WHO} as it was", said)
    assert found, said
    return found[1]


def test_a_moment_after_which_nobody_wrote_can_be_recovered_too(steady: Stack) -> None:
    with steady.connect(NAME, "reader") as reader:
        [(moment,)] = reader.execute("SELECT clock_timestamp()").fetchall()
    assert recovered(steady, moment)


@pytest.mark.parametrize(
    ("who", "moment", "reason"),
    [
        (WHO, "2100-01-01T00:00:00Z", "is still to come"),
        (WHO, "2020-01-01T00:00:00Z", "the archive of reporting/steady begins at"),
        (WHO, "yesterday", '"yesterday" is no moment; write one such as'),
        ("epidemiology/cases", "2026-01-01T00:00:00Z", "there is no cluster cases in epidemiology-data."),
    ],
)
def test_what_cannot_be_recovered_is_refused_with_its_reason(steady: Stack, who: str, moment: str, reason: str) -> None:
    with pytest.raises(AssertionError, match=f"^recover: .*{re.escape(reason)}"):  # its status is not 0
        steady.operate("recover", who, "--at", moment)
    assert "recovered" not in str(steady.cluster.list_namespaced_pod(NAMESPACE).items)


def test_no_log_holds_a_password(steady: Stack) -> None:
    instances = [f"{NAME}-{number}" for number in range(1, INSTANCES + 1)]
    [operator] = steady.cluster.list_namespaced_pod(demands.NAMESPACE).items
    logs = [steady.cluster.read_namespaced_pod_log(pod, NAMESPACE, container="postgres") for pod in instances]
    logs.append(steady.cluster.read_namespaced_pod_log(operator.metadata.name, demands.NAMESPACE))
    for reference in (f"{NAMESPACE}/{NAME}-server", f"{NAMESPACE}/{NAME}-connection"):
        for key, value in steady.secret(reference).items():
            assert not key.endswith("password") or not any(value in log for log in logs), key


def test_a_drain_may_take_one_instance_at_a_time(steady: Stack) -> None:
    budgets: Any = client.PolicyV1Api(steady.cluster.api_client).list_namespaced_pod_disruption_budget(NAMESPACE)
    assert {one.metadata.name: one.spec.min_available for one in budgets.items} == {NAME: 1, f"{NAME}-primary": 1}


def test_a_larger_size_grows_every_volume_and_the_data_stays(steady: Stack, settings: dict[str, Any]) -> None:
    def sizes() -> set[str]:
        claims = steady.cluster.list_namespaced_persistent_volume_claim(
            NAMESPACE, label_selector=f"cnpg.io/cluster={NAME}"
        ).items
        return {claim.status.capacity["storage"] for claim in claims}

    steady.up_with(LARGER, **settings)
    wait_for(lambda: sizes() == {"2Gi"}, sizes)
    wait_for(lambda: memory(steady) == {"512Mi"} and whole(steady), lambda: cluster(steady)["status"])
    with steady.connect(NAME, "owner") as owner:
        assert owner.execute("SELECT count(*) FROM public.kept").fetchall() == [(1001,)]


def test_it_cannot_become_a_single_server_in_place(steady: Stack, settings: dict[str, Any]) -> None:
    alone = {key: value for key, value in LARGER.items() if key != "high_availability"}
    done = steady.pulumi("preview", "--config-file", str(steady.config(alone, **settings)), check=False)
    assert done.returncode != 0
    assert "`high_availability` would move it from a cluster of three to one server" in done.stdout + done.stderr


def test_it_goes_in_two_steps_and_its_volumes_with_it(steady: Stack, settings: dict[str, Any]) -> None:
    steady.up_with(LARGER | {"retired": True}, **settings)
    steady.up_with(**settings)

    def left() -> list[str]:
        claims = steady.cluster.list_namespaced_persistent_volume_claim(
            NAMESPACE, label_selector=f"cnpg.io/cluster={NAME}"
        ).items
        return [claim.metadata.name for claim in claims]

    wait_for(lambda: left() == [], left)
