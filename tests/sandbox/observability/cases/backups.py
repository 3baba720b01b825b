"""Backups and drills."""

from tests.sandbox.observability.cases.case import EPIDEMIOLOGY, SERVER, fires, series, silent

DAY = 24 * 3600


def never(times: int) -> str:
    """An age that is infinite, so many times; the notation has no shorter way."""
    return " ".join(["Inf"] * times)


ALWAYS = never(300)


def _last_run(kind: str, succeeded: int) -> dict[str, str]:
    return {series("pg_backup_last_run_succeeded", SERVER, kind=kind): f"{succeeded}x20"}


def _age(kind: str, values: str, interval: int | None = None) -> dict[str, str]:
    found = {series("pg_backup_success_age_seconds", SERVER, kind=kind): values}
    return found | (_declared(kind, interval) if interval else {})


def _declared(kind: str, interval: int) -> dict[str, str]:
    return {series(f"declared:{kind}_interval_seconds", EPIDEMIOLOGY): f"{interval}x300"}


def _size(values: str) -> dict[str, str]:
    return {series("pg_backup_size_bytes", SERVER, kind="backup"): values}


BACKUP, DRILL = {**SERVER, "kind": "backup"}, {**SERVER, "kind": "drill"}
BACKUP_CASES = (
    fires(
        "BackupFailed", "the last one failed", _last_run("backup", 0), "1m", BACKUP,
        "The last backup of database cases of team epidemiology failed.",
    ),
    silent("BackupFailed", "it succeeded", _last_run("backup", 1), "1m"),
    silent("BackupFailed", "a drill failed, of which another alert tells", _last_run("drill", 0), "1m"),
    fires(
        "BackupLate", "a day, and more than two hours", _age("backup", "100000x5", DAY), "1m", EPIDEMIOLOGY,
        "The last good backup of database cases of team epidemiology is 1d 3h 46m 40s old.",
    ),
    silent("BackupLate", "a day and an hour", _age("backup", "90000x5", DAY), "1m"),
    silent("BackupLate", "one each week is asked for", _age("backup", "100000x5", 7 * DAY), "1m"),
    silent("BackupLate", "there was none yet, of which another alert tells", _age("backup", ALWAYS, DAY), "1m"),
    fires(
        "BackupNeverSucceeded", "none in hours", _age("backup", ALWAYS, DAY), "150m", BACKUP,
        "No backup of database cases of team epidemiology has ever succeeded.",
    ),
    silent("BackupNeverSucceeded", "the first one still runs", _age("backup", ALWAYS, DAY), "60m"),
    silent("BackupNeverSucceeded", "none is asked for", _age("backup", ALWAYS), "150m"),
    silent("BackupNeverSucceeded", "the first one is there", _age("backup", f"{never(30)} 0+60x200", DAY), "150m"),
    fires(
        "BackupUnknown", "they are asked for, and nothing tells of any", _declared("backup", DAY), "90m", EPIDEMIOLOGY,
        "Nobody can tell whether database cases of team epidemiology is backed up: it is to be, and there are no "
        "figures.",
    ),
    silent("BackupUnknown", "none succeeded yet, and that is known", _age("backup", ALWAYS, DAY), "90m"),
    silent("BackupUnknown", "none is asked for, and there is none", {series("pg_up", SERVER): "1x100"}, "90m"),
    fires(
        "BackupSuspiciouslySmall", "less than half of the week's", _size("10000000x160 4000000x9"), "165h", BACKUP,
        "The last backup of database cases of team epidemiology has 3.815MiB, less than half of what they had this "
        "week.",
        step="1h",
    ),
    silent("BackupSuspiciouslySmall", "a bit smaller", _size("10000000x160 7000000x9"), "165h", step="1h"),
    silent("BackupSuspiciouslySmall", "an empty database's", _size("20000x160 4000x9"), "165h", step="1h"),
    silent("BackupSuspiciouslySmall", "there is none yet", _size("0x169"), "165h", step="1h"),
    fires(
        "RestoreDrillFailed", "the last one failed", _last_run("drill", 0), "1m", DRILL,
        "The backup of database cases of team epidemiology could not be restored on trial.",
    ),
    silent("RestoreDrillFailed", "it succeeded", _last_run("drill", 1), "1m"),
    fires(
        "RestoreDrillLate", "a week, and more than a day", _age("drill", "700000x5", 7 * DAY), "1m", EPIDEMIOLOGY,
        "It is 8d 2h 26m 40s since a backup of database cases of team epidemiology was last restored on trial.",
    ),
    silent("RestoreDrillLate", "a week and an hour", _age("drill", "608400x5", 7 * DAY), "1m"),
    silent("RestoreDrillLate", "there was none yet, as another alert tells", _age("drill", ALWAYS, 7 * DAY), "1m"),
    fires(
        "RestoreDrillNeverSucceeded", "none in more than a week", _age("drill", ALWAYS, 7 * DAY), "200h", DRILL,
        "No backup of database cases of team epidemiology has ever been restored on trial.",
        step="1h",
    ),
    silent(
        "RestoreDrillNeverSucceeded", "the database is new", _age("drill", f"_x100 {never(200)}", 7 * DAY), "200h",
        step="1h",
    ),
    silent(
        "RestoreDrillNeverSucceeded", "one succeeded", _age("drill", f"{never(190)} 0+3600x50", 7 * DAY), "200h",
        step="1h",
    ),
    silent("RestoreDrillNeverSucceeded", "none is asked for", _age("drill", ALWAYS), "200h", step="1h"),
)  # fmt: skip
