"""The primary dies under writes: nothing that was acknowledged is lost, and the service comes back by itself."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.high_availability.cluster import INSTANCES, NAME, Cluster, until
from tests.high_availability.writer import Writer

pytestmark = pytest.mark.sandbox

AWAY = 90.0
"""Seconds within which somebody must have taken over; a bound against a test that never ends, no promise."""
WHOLE = 180.0
BEFORE = 50
"""Rows to write before the fault, and to see written after it."""


def test_every_write_waits_for_a_standby(running: Cluster) -> None:
    assert running.ask("SHOW synchronous_commit") == ["on"]
    assert running.ask("SHOW synchronous_standby_names")[0].startswith("ANY 1 (")
    states = running.ask("SELECT sync_state FROM pg_stat_replication", dbname="postgres", user="postgres")
    assert states == ["quorum"] * (INSTANCES - 1)


def test_the_primary_dies_under_writes_and_no_acknowledged_row_is_lost(
    running: Cluster, capsys: pytest.CaptureFixture[str]
) -> None:
    killed = running.primary
    with Writer(running) as writer:
        assert until(lambda: len(writer.acknowledged) >= BEFORE, AWAY), writer.errors[-3:]
        moment = time.monotonic()
        running.home.kubectl("delete", "pod", killed, "--grace-period=0", "--force", "--wait=false")
        assert until(lambda: running.primary != killed, AWAY), running.hindrances()
        promoted = time.monotonic()
        assert until(lambda: writer.since(promoted) >= BEFORE, AWAY), running.hindrances()
    away, rows = writer.longest_silence(), len(writer.acknowledged)

    assert writer.lost() == set()
    assert until(running.whole, WHOLE), running.hindrances()
    with capsys.disabled():
        print(
            f"\nfailover: {rows} rows acknowledged, none lost; the service was away for {away:.1f} s, "
            f"three instances were whole again after {time.monotonic() - moment:.1f} s"
        )


def test_clients_verify_the_server_by_the_platforms_authority_alone(running: Cluster) -> None:
    assert running.ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()") == [True]
    with pytest.raises(psycopg.OperationalError, match=r"certificate verify failed|root certificate"):
        running.connect(sslrootcert="/etc/ssl/certs/ca-certificates.crt")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"sslmode": "disable"}, "no encryption|rejects connection"),
        ({"dbname": "postgres"}, "rejects connection"),
        ({"password": "wrong"}, "password authentication failed"),
    ],
)
def test_what_a_single_server_refuses_is_refused_here_too(
    running: Cluster, changes: dict[str, str], refusal: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match=refusal):
        running.connect(**changes)


def test_a_drain_may_take_one_instance_at_a_time(running: Cluster) -> None:
    budgets = running.home.get("poddisruptionbudget")["items"]
    assert {one["metadata"]["name"]: one["spec"]["minAvailable"] for one in budgets} == {
        NAME: 1,
        f"{NAME}-primary": 1,
    }
