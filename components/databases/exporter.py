"""postgres_exporter beside a server: what it measures, and how it logs in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_kubernetes as k8s

from components.databases import outcomes
from components.databases.configuration import CONFIGURATION, MONITORING
from components.databases.privileges import MONITOR, STATUS_DATABASE
from components.workload import Compute, container_security, mount

core = k8s.core.v1
PORT = 9187
FILES = "/etc/postgres-exporter"
QUERIES = "exporter.yaml"
PASSWORD, AUTHORITY = "monitor-password", "ca.crt"
KEYS = {key: key for key in (PASSWORD, AUTHORITY)}  # of the server's Secret, and as files
CONNECTIONS = 2 * MONITORING  # what scrapes keep open, and as many again that a broken connection left
STATEMENT_MILLISECONDS = 10_000
COMPUTE = Compute(cpu=10, cpu_limit=100, memory=48)  # it held 18 MiB at most in 200 scrapes


@dataclass(frozen=True)
class Query:
    """A group of metrics `pg_<group>_<column>`: a row of the result for each combination of labels.

    Args:
        sql: pins nothing by itself; the role's search_path is pg_catalog alone.
        labels: columns that tell rows apart. Each is a name out of a catalog that clients cannot extend, or a word of
            PostgreSQL's own: what a client chooses (an application_name, a query's text) would be a series for each
            of its whims.
        metrics: columns, each with its type and what it says.
        everywhere: whether each database is asked that the exporter reads; one database knows of the whole server.
    """

    sql: str
    labels: Mapping[str, str]
    metrics: Mapping[str, tuple[str, str]]
    everywhere: bool = False

    def to_dict(self) -> dict[str, object]:
        """The query as the exporter's file has it."""
        columns = {label: ("LABEL", about) for label, about in self.labels.items()} | dict(self.metrics)
        metrics = [{name: {"usage": usage, "description": about}} for name, (usage, about) in columns.items()]
        return {"query": self.sql, "master": not self.everywhere, "metrics": metrics}


_DATABASE = {"datname": "the database"}
_KIND = {"kind": "backup, drill (a verified restore on trial) or restore"}

# The exporter's own metrics are off: they carry application_name, and those of the background writer fail on 17, where
# their columns moved. These hold on 15 to 18, under the names that the exporter's would have.
MEASURED: Mapping[str, Query] = {
    "postmaster": Query(
        "SELECT extract(epoch FROM pg_postmaster_start_time()) AS start_time_seconds",
        {},
        {"start_time_seconds": ("GAUGE", "When the server started, in seconds since 1970")},
    ),
    "settings": Query(
        "SELECT current_setting('max_connections')::int AS max_connections",
        {},
        {"max_connections": ("GAUGE", "How many connections there are, the reserved ones included")},
    ),
    "stat_activity": Query(
        "SELECT usename, coalesce(state, 'unknown') AS state, count(*) AS count,"
        " coalesce(max(extract(epoch FROM now() - xact_start)), 0) AS max_tx_duration"
        " FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename IS NOT NULL GROUP BY 1, 2",
        {"usename": "the role", "state": "what its sessions are doing"},
        {
            "count": ("GAUGE", "Sessions"),
            "max_tx_duration": ("GAUGE", "The age of their oldest transaction, in seconds"),
        },
    ),
    "stat_database": Query(
        "SELECT datname, numbackends, xact_commit, xact_rollback, blks_read, blks_hit, tup_returned, tup_fetched,"
        " tup_inserted, tup_updated, tup_deleted, temp_files, temp_bytes, deadlocks, sessions_abandoned, sessions_fatal"
        " FROM pg_stat_database WHERE datname NOT IN ('template0', 'template1')",
        _DATABASE,
        {
            "numbackends": ("GAUGE", "Sessions"),
            "xact_commit": ("COUNTER", "Transactions committed"),
            "xact_rollback": ("COUNTER", "Transactions rolled back"),
            "blks_read": ("COUNTER", "Blocks read from disk"),
            "blks_hit": ("COUNTER", "Blocks found in memory"),
            "tup_returned": ("COUNTER", "Rows that scans went over"),
            "tup_fetched": ("COUNTER", "Rows that queries fetched by an index"),
            "tup_inserted": ("COUNTER", "Rows inserted"),
            "tup_updated": ("COUNTER", "Rows updated"),
            "tup_deleted": ("COUNTER", "Rows deleted"),
            "temp_files": ("COUNTER", "Temporary files"),
            "temp_bytes": ("COUNTER", "Bytes written to temporary files"),
            "deadlocks": ("COUNTER", "Deadlocks"),
            "sessions_abandoned": ("COUNTER", "Sessions whose client vanished"),
            "sessions_fatal": ("COUNTER", "Sessions that an error ended"),
        },
    ),
    "database": Query(
        "SELECT datname, pg_database_size(oid) AS size_bytes, datconnlimit AS connection_limit"
        " FROM pg_database WHERE NOT datistemplate",
        _DATABASE,
        {
            "size_bytes": ("GAUGE", "Bytes on disk"),
            "connection_limit": ("GAUGE", "How many sessions it takes; -1 is no limit"),
        },
    ),
    "locks": Query(
        "SELECT datname, lower(mode) AS mode, count(*) AS count"
        " FROM pg_locks l JOIN pg_database d ON d.oid = l.database GROUP BY 1, 2",
        _DATABASE | {"mode": "the kind of lock"},
        {"count": ("GAUGE", "Locks held or waited for")},
    ),
    # Of use where there are several instances; a server alone has no standby, and its archive stays at nought.
    "stat_replication": Query(
        "SELECT count(*) AS standbys, count(*) FILTER (WHERE sync_state IN ('sync', 'quorum')) AS synchronous,"
        " coalesce(max(extract(epoch FROM replay_lag)), 0) AS replay_lag_seconds FROM pg_stat_replication",
        {},
        {
            "standbys": ("GAUGE", "Standbys that follow this server"),
            "synchronous": ("GAUGE", "Those of them that a commit may wait for"),
            "replay_lag_seconds": ("GAUGE", "How far behind the last of them is"),
        },
    ),
    "stat_archiver": Query(
        "SELECT archived_count, failed_count,"
        " coalesce(extract(epoch FROM last_archived_time), 0) AS last_archived_time_seconds,"
        " coalesce(extract(epoch FROM last_failed_time), 0) AS last_failed_time_seconds FROM pg_stat_archiver",
        {},
        {
            "archived_count": ("COUNTER", "Segments of the log that were archived"),
            "failed_count": ("COUNTER", "Tries to archive one that failed"),
            "last_archived_time_seconds": ("GAUGE", "When one last was, in seconds since 1970; 0 is never"),
            "last_failed_time_seconds": ("GAUGE", "When a try last failed, in seconds since 1970; 0 is never"),
        },
    ),
    "roles": Query(
        "SELECT rolname, rolconnlimit AS connection_limit FROM pg_roles WHERE rolcanlogin",
        {"rolname": "the role"},
        {"connection_limit": ("GAUGE", "How many sessions it may have; -1 is no limit")},
    ),
    "backup": Query(
        outcomes.SUCCESSES,
        _KIND,
        {
            "success_time_seconds": ("GAUGE", "When one last succeeded, in seconds since 1970; 0 is never"),
            "success_age_seconds": ("GAUGE", "Seconds since then by the server's clock; infinite is never"),
            "duration_seconds": ("GAUGE", "How long that one took; 0 when there is none"),
            "size_bytes": ("GAUGE", "Bytes of its encrypted dump; 0 when there is none"),
            "rows": ("GAUGE", "Rows in all of its tables; 0 when there is none"),
            "runs": ("GAUGE", "Runs of the last year"),
            "failed_runs": ("GAUGE", "Those of them that failed"),
        },
        everywhere=True,
    ),
    "backup_last_run": Query(
        outcomes.LAST_RUNS,
        _KIND,
        {
            "time_seconds": ("GAUGE", "When the last one ended, in seconds since 1970"),
            "succeeded": ("GAUGE", "Whether it succeeded, 1 or 0"),
        },
        everywhere=True,
    ),
}


def service_name(server: str) -> str:
    """The Service by which the exporter of the server called `server` is found."""
    return f"{server}-metrics"


def queries() -> str:
    """The exporter's file of queries: YAML, of which JSON is a part."""
    return json.dumps({f"pg_{group}": query.to_dict() for group, query in MEASURED.items()}, indent=1)


def container(image: str, port: int, *, host: str = "localhost") -> k8s.core.v1.ContainerArgs:
    """The exporter of the server on `port` of the same pod, or of another `host`.

    It logs in over TLS as any client does: the server's socket, where the superuser needs no password, it never sees.
    Until its role exists it serves pg_up 0; no probe makes the server wait for it.
    """
    where = f"{host}:{port}/postgres?sslmode=verify-full&sslrootcert={FILES}/{AUTHORITY}&connect_timeout=5"
    return core.ContainerArgs(
        name="exporter",
        image=image,
        image_pull_policy="IfNotPresent",
        args=[
            "--disable-default-metrics",
            "--disable-settings-metrics",
            "--no-collector.bgwriter",
            "--no-collector.database",
            # The database of outcomes as well, as long as there is one: it comes and goes with the backups.
            "--auto-discover-databases",
            f"--include-databases={STATUS_DATABASE}",
            f"--extend.query-path={CONFIGURATION}/{QUERIES}",
            f"--web.listen-address=:{PORT}",
        ],
        env=[
            core.EnvVarArgs(name="DATA_SOURCE_URI", value=where),
            core.EnvVarArgs(name="DATA_SOURCE_USER", value=MONITOR),
            core.EnvVarArgs(name="DATA_SOURCE_PASS_FILE", value=f"{FILES}/{PASSWORD}"),
        ],
        ports=[core.ContainerPortArgs(name="metrics", container_port=PORT)],
        resources=COMPUTE.to_args(),
        security_context=container_security(),
        volume_mounts=[mount("exporter", FILES, read_only=True), mount("config", CONFIGURATION, read_only=True)],
    )
