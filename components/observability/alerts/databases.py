"""Alerts about databases, all of them on figures that `components/databases/exporter.py` declares."""

from components.observability.alerts.alert import Alert

# Unusual is what is far above the busiest ten minutes of the two hours around this time last week, and above a floor:
# what comes every week is no news, and where there was nothing last week the floor alone decides.
UNUSUAL = """
sum by (team, namespace, database, datname) (increase({metric}{{datname!~"postgres|platform"}}[10m]))
  > {{{name}}}
and
sum by (team, namespace, database, datname) (increase({metric}{{datname!~"postgres|platform"}}[10m]))
  > {{{name}_factor}} * (
    max_over_time(sum by (team, namespace, database, datname) (increase({metric}[10m]))[2h:10m] offset 167h)
    or 0 * sum by (team, namespace, database, datname) (increase({metric}[10m]))
  )
"""

DATABASES = (
    Alert(
        name="DatabaseDown",
        job="postgres",
        # The exporter is in the server's own pod: when it does not answer either, the pod is gone.
        expression='pg_up == 0 or up{job="postgres"} == 0',
        lasts="{database_down}",
        severity="critical",
        owner="platform",
        summary="The server of database {{ $labels.database }} of team {{ $labels.team }} does not answer.",
    ),
    Alert(
        name="DatabaseExporterFailing",
        job="postgres",
        expression="pg_exporter_last_scrape_error == 1 and on (instance) pg_up == 1",
        lasts="15m",
        severity="warning",
        owner="platform",
        summary="Some figures of database {{ $labels.database }} of team {{ $labels.team }} cannot be read: "
        "alerts on them stay silent.",
    ),
    Alert(
        name="DatabaseConnectionsNearLimit",
        job="postgres",
        expression="""
pg_stat_database_numbackends
  / on (team, namespace, database, datname) (pg_database_connection_limit > 0)
> {connections}
""",
        lasts="5m",
        severity="warning",
        owner="team",
        summary="Database {{ $labels.datname }} of team {{ $labels.team }} has given out "
        "{{ $value | humanizePercentage }} of its connections.",
    ),
    Alert(
        name="RoleConnectionsNearLimit",
        job="postgres",
        expression="""
sum by (team, namespace, database, usename) (pg_stat_activity_count)
  / on (team, namespace, database, usename)
  label_replace(pg_roles_connection_limit > 0, "usename", "$1", "rolname", "(.+)")
> {role_connections}
""",
        lasts="5m",
        severity="warning",
        owner="team",
        summary="The role {{ $labels.usename }} of team {{ $labels.team }} holds "
        "{{ $value | humanizePercentage }} of the connections that it may have.",
    ),
    Alert(
        name="LongTransaction",
        job="postgres",
        # A backup reads everything in one transaction, for as long as that takes.
        expression="""
max by (team, namespace, database, usename) (pg_stat_activity_max_tx_duration{usename!~".+_backup"})
> {long_transaction}
""",
        severity="warning",
        owner="team",
        summary="A transaction of {{ $labels.usename }} on database {{ $labels.database }} of team "
        "{{ $labels.team }} has been open for {{ $value | humanizeDuration }}.",
    ),
    Alert(
        name="UnusualDeletes",
        job="postgres",
        expression=UNUSUAL.format(metric="pg_stat_database_tup_deleted", name="deletes"),
        severity="warning",
        owner="team",
        summary="{{ $value | humanize }} rows were deleted from database {{ $labels.datname }} of team "
        "{{ $labels.team }} within ten minutes, far more than last week.",
    ),
    Alert(
        name="UnusualReads",
        job="postgres",
        # While a backup runs, and until its rows have left the ten minutes, reading everything is what it is for.
        expression=UNUSUAL.format(metric="pg_stat_database_tup_returned", name="reads").rstrip()
        + """
unless on (team, namespace, database)
  max_over_time(pg_stat_activity_count{usename=~".+_backup"}[15m]) > 0
""",
        severity="warning",
        owner="team",
        summary="{{ $value | humanize }} rows of database {{ $labels.datname }} of team {{ $labels.team }} were read "
        "within ten minutes, far more than last week.",
    ),
    Alert(
        name="DatabaseVolumeFilling",
        job="postgres",
        # Of the data alone, against the disk that was asked for.
        expression="""
sum by (team, namespace, database) (pg_database_size_bytes)
  > on (team, namespace, database) {storage} * declared:storage_bytes
or (
  predict_linear(sum by (team, namespace, database) (pg_database_size_bytes)[6h:10m], {storage_days} * 86400)
    > on (team, namespace, database) declared:storage_bytes
  and on (team, namespace, database)
  sum by (team, namespace, database) (pg_database_size_bytes)
    > on (team, namespace, database) 0.5 * declared:storage_bytes
)
""",
        lasts="30m",
        severity="warning",
        owner="team",
        summary="The disk of database {{ $labels.database }} of team {{ $labels.team }} is nearly full, "
        "or will be in a few days.",
    ),
    Alert(
        name="StandbyMissing",
        job="postgres",
        expression="pg_stat_replication_standbys < on (team, namespace, database) declared:standbys",
        lasts="{replicas_missing}",
        severity="warning",
        owner="platform",
        summary="Database {{ $labels.database }} of team {{ $labels.team }} has {{ $value }} of its standbys: "
        "one more lost, and its writes stop.",
    ),
    Alert(
        name="ArchiveFailing",
        job="postgres",
        expression="pg_stat_archiver_last_failed_time_seconds > pg_stat_archiver_last_archived_time_seconds",
        lasts="15m",
        severity="warning",
        owner="platform",
        summary="The log of database {{ $labels.database }} of team {{ $labels.team }} cannot be archived: it could "
        "not be brought back to any moment since.",
    ),
)
