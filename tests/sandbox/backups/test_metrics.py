"""What the exporter tells of backups: from the first scrape, whatever came of them, and where there are none."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from components.databases import exporter
from components.databases.configuration import CONFIGURATION
from components.databases.privileges import MONITOR
from sandbox.images import load
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions
from tests.sandbox.backups.lab import Lab, instead
from tests.sandbox.servers import cluster, wait_until_ready

pytestmark = pytest.mark.sandbox
POD = "exporter"
SAMPLE = re.compile(r'^(pg_\w+)(?:\{(?:.*?kind="(\w+)")?.*\})? (\S+)$', re.MULTILINE)


@dataclass(frozen=True)
class Scraped:
    """The samples of one scrape, by metric and kind (empty where there is none)."""

    samples: dict[tuple[str, str], float]

    def __call__(self, metric: str, kind: str = "") -> float | None:
        return self.samples.get((metric, kind))

    @property
    def of_backups(self) -> set[tuple[str, str]]:
        return {(metric, kind) for metric, kind in self.samples if metric.startswith("pg_backup")}


@dataclass(frozen=True)
class Exporter:
    """The platform's exporter, with its queries and flags, beside the lab's server."""

    lab: Lab
    address: str

    def scrape(self) -> Scraped:
        ask = (
            f"exec 3<>/dev/tcp/{self.address}/{exporter.PORT}; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        )
        text = self.lab.shell(ask).said
        return Scraped({(metric, kind): float(value) for metric, kind, value in SAMPLE.findall(text)})

    def errors(self) -> list[str]:
        log = str(cluster().read_namespaced_pod_log(POD, self.lab.server.namespace))
        return [line for line in log.splitlines() if "level=error" in line]


@pytest.fixture(scope="module")
def measured(filled: Lab) -> Exporter:
    load(Paths.find(), ["postgres-exporter"])
    api, namespace, password = cluster(), filled.server.namespace, secrets.token_urlsafe(16)
    with filled.connect("postgres") as connection:
        connection.execute(f"CREATE ROLE {MONITOR} LOGIN PASSWORD '{password}' CONNECTION LIMIT {exporter.CONNECTIONS}")
        connection.execute(f"ALTER ROLE {MONITOR} SET search_path = pg_catalog; GRANT pg_monitor TO {MONITOR}")
        connection.execute(f"GRANT CONNECT ON DATABASE platform TO {MONITOR}")
    content = {exporter.PASSWORD: password, exporter.AUTHORITY: filled.server.authority}
    api.create_namespaced_secret(namespace, {"metadata": {"name": POD}, "stringData": content})
    queries = {exporter.QUERIES: exporter.queries()}
    api.create_namespaced_config_map(namespace, {"metadata": {"name": POD}, "data": queries})
    declared = exporter.container(Versions.read().images["postgres_exporter"], filled.server.port)
    where = f"postgres.{namespace}.svc/postgres?sslmode=verify-full&sslrootcert={exporter.FILES}/{exporter.AUTHORITY}"
    variables = {
        "DATA_SOURCE_URI": where,  # the one difference: as deployed it is a neighbour of the server in its pod
        "DATA_SOURCE_USER": MONITOR,
        "DATA_SOURCE_PASS_FILE": f"{exporter.FILES}/{exporter.PASSWORD}",
    }
    container = {
        "name": POD,
        "image": declared.image,
        "imagePullPolicy": "Never",
        "args": declared.args,
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "volumeMounts": [
            {"name": "files", "mountPath": exporter.FILES},
            {"name": "queries", "mountPath": CONFIGURATION},
        ],
    }
    volumes = [
        {"name": "files", "secret": {"secretName": POD, "defaultMode": 0o440}},
        {"name": "queries", "configMap": {"name": POD}},
    ]
    security = {"runAsUser": 999, "runAsGroup": 999, "fsGroup": 999}
    spec = {"containers": [container], "volumes": volumes, "securityContext": security}
    api.create_namespaced_pod(
        namespace, {"metadata": {"name": POD}, "spec": {"terminationGracePeriodSeconds": 0, **spec}}
    )
    wait_until_ready(api, namespace, POD)
    return Exporter(filled, str(api.read_namespaced_pod(POD, namespace).status.pod_ip))


@contextmanager
def without_outcomes(lab: Lab) -> Iterator[None]:
    """As on a server without backups: it has no database for their outcomes."""

    def rename(before: str, after: str) -> None:
        with lab.connect("postgres") as connection:
            connection.execute(f"ALTER DATABASE {before} ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [before])
            connection.execute(f"ALTER DATABASE {before} RENAME TO {after}")
            connection.execute(f"ALTER DATABASE {after} ALLOW_CONNECTIONS true")

    rename("platform", "elsewhere")
    try:
        yield
    finally:
        rename("elsewhere", "platform")


def test_a_backup_that_never_succeeded_has_series_from_the_first_scrape(bench: Lab, measured: Exporter) -> None:
    scraped = measured.scrape()

    for kind in ("backup", "drill", "restore"):
        assert scraped("pg_backup_success_time_seconds", kind) == 0
        assert scraped("pg_backup_success_age_seconds", kind) == math.inf
        assert scraped("pg_backup_runs", kind) == 0
        assert scraped("pg_backup_last_run_succeeded", kind) is None, "what never ran did not fail"
    assert (scraped("pg_up"), scraped("pg_exporter_last_scrape_error")) == (1, 0)

    assert bench.run(
        "backup.sh", before=instead("pg_dump", '[[ $1 != --version ]] || exec "$real" "$@"; exit 1')
    ).status
    scraped = measured.scrape()

    assert scraped("pg_backup_success_time_seconds", "backup") == 0
    assert scraped("pg_backup_success_age_seconds", "backup") == math.inf
    assert (scraped("pg_backup_runs", "backup"), scraped("pg_backup_failed_runs", "backup")) == (1, 1)
    assert scraped("pg_backup_last_run_succeeded", "backup") == 0


def test_what_succeeded_is_told_with_its_size_and_stays_told_when_the_next_fails(
    bench: Lab, measured: Exporter
) -> None:
    name = bench.backup()
    assert bench.run("drill.sh").status == 0
    manifest = bench.manifest(name)
    with bench.connect("platform") as connection:
        asked = "SELECT kind, extract(epoch FROM finished)::float8, seconds FROM runs"
        rows = {kind: (time, seconds) for kind, time, seconds in connection.execute(asked)}

    scraped = measured.scrape()

    assert set(rows) == {"backup", "drill"}
    for kind, (time, seconds) in rows.items():
        assert scraped("pg_backup_success_time_seconds", kind) == pytest.approx(time, abs=0.01)
        assert scraped("pg_backup_duration_seconds", kind) == seconds
        assert scraped("pg_backup_size_bytes", kind) == manifest["bytes"]
        assert scraped("pg_backup_rows", kind) == manifest["rows"]
        assert scraped("pg_backup_last_run_succeeded", kind) == 1
        age = scraped("pg_backup_success_age_seconds", kind)
        assert age is not None
        assert 0 <= age < math.inf
    before = scraped("pg_backup_success_time_seconds", "drill")

    bench.shell(f"rm /backups/{name}/manifest.json")
    assert bench.run("drill.sh").status != 0
    scraped = measured.scrape()

    assert scraped("pg_backup_success_time_seconds", "drill") == before
    assert scraped("pg_backup_last_run_succeeded", "drill") == 0
    assert scraped("pg_backup_last_run_succeeded", "backup") == 1
    assert (scraped("pg_backup_runs", "drill"), scraped("pg_backup_failed_runs", "drill")) == (2, 1)


def test_a_kind_that_nobody_knows_becomes_no_series(bench: Lab, measured: Exporter) -> None:
    bench.backup()
    before = measured.scrape().of_backups
    with bench.connect("platform") as connection:
        connection.execute("INSERT INTO runs SELECT 'invented', now(), 1, true, backup, 1, 1, 'success' FROM runs")
    assert measured.scrape().of_backups == before


def test_a_server_without_backups_has_no_such_series_and_no_error(bench: Lab, measured: Exporter) -> None:
    bench.backup()
    errors = measured.errors()
    with without_outcomes(bench):
        scraped = measured.scrape()
        assert measured.errors() == errors
    assert not scraped.of_backups
    assert (scraped("pg_up"), scraped("pg_exporter_last_scrape_error")) == (1, 0)

    measured.scrape()  # finds the connection of before broken, as after any end of a server
    assert measured.scrape()("pg_backup_runs", "backup") == 1
