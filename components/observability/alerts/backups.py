"""Alerts about backups and the drills that prove them.

Which database is to have them, and how often, the program declared (`declared:…`): a database whose figures are simply
not there is heard of as one whose backup fails is.
"""

from components.observability.alerts.alert import Alert

BACKUPS = (
    Alert(
        name="BackupFailed",
        job="postgres",
        expression='pg_backup_last_run_succeeded{kind="backup"} == 0',
        severity="warning",
        owner="platform",
        summary="The last backup of database {{ $labels.database }} of team {{ $labels.team }} failed.",
    ),
    Alert(
        name="BackupLate",
        job="postgres",
        expression="""
pg_backup_success_age_seconds{kind="backup"} < +Inf
  > on (team, namespace, database) (declared:backup_interval_seconds + {backup_slack})
""",
        severity="critical",
        owner="platform",
        summary="The last good backup of database {{ $labels.database }} of team {{ $labels.team }} is "
        "{{ $value | humanizeDuration }} old.",
    ),
    Alert(
        name="BackupNeverSucceeded",
        job="postgres",
        expression="""
pg_backup_success_age_seconds{kind="backup"} == +Inf
  and on (team, namespace, database) declared:backup_interval_seconds
""",
        lasts="{backup_never}",
        severity="critical",
        owner="platform",
        summary="No backup of database {{ $labels.database }} of team {{ $labels.team }} has ever succeeded.",
    ),
    Alert(
        name="BackupUnknown",
        job="postgres",
        expression="""
declared:backup_interval_seconds
  unless on (team, namespace, database) pg_backup_success_age_seconds{kind="backup"}
""",
        lasts="1h",
        severity="critical",
        owner="platform",
        summary="Nobody can tell whether database {{ $labels.database }} of team {{ $labels.team }} is backed up: "
        "it is to be, and there are no figures.",
    ),
    Alert(
        name="BackupSuspiciouslySmall",
        job="postgres",
        expression="""
pg_backup_size_bytes{kind="backup"} < {backup_small} * avg_over_time(pg_backup_size_bytes{kind="backup"}[7d])
  and avg_over_time(pg_backup_size_bytes{kind="backup"}[7d]) > {backup_small_floor}
""",
        severity="warning",
        owner="platform",
        summary="The last backup of database {{ $labels.database }} of team {{ $labels.team }} has "
        "{{ $value | humanize1024 }}B, less than half of what they had this week.",
    ),
    Alert(
        name="RestoreDrillFailed",
        job="postgres",
        expression='pg_backup_last_run_succeeded{kind="drill"} == 0',
        severity="warning",
        owner="platform",
        summary="The backup of database {{ $labels.database }} of team {{ $labels.team }} could not be restored "
        "on trial.",
    ),
    Alert(
        name="RestoreDrillLate",
        job="postgres",
        expression="""
pg_backup_success_age_seconds{kind="drill"} < +Inf
  > on (team, namespace, database) (declared:drill_interval_seconds + {drill_slack})
""",
        severity="warning",
        owner="platform",
        summary="It is {{ $value | humanizeDuration }} since a backup of database {{ $labels.database }} of team "
        "{{ $labels.team }} was last restored on trial.",
    ),
    Alert(
        name="RestoreDrillNeverSucceeded",
        job="postgres",
        # Both now and then: a database that is new has not had its first drill.
        expression="""
pg_backup_success_age_seconds{kind="drill"} == +Inf
  and on (team, namespace, database) pg_backup_success_age_seconds{kind="drill"} offset {drill_never} == +Inf
  and on (team, namespace, database) declared:drill_interval_seconds
""",
        severity="warning",
        owner="platform",
        summary="No backup of database {{ $labels.database }} of team {{ $labels.team }} has ever been restored "
        "on trial.",
    ),
)
