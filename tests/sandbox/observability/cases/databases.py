"""Databases."""

from tests.sandbox.observability.cases.case import EPIDEMIOLOGY, SERVER, fires, series, silent

CASES_DB = {**EPIDEMIOLOGY, "datname": "cases"}
FILLING = "The disk of database cases of team epidemiology is nearly full, or will be in a few days."


def _connections(held: int, limit: int) -> dict[str, str]:
    return {
        series("pg_stat_database_numbackends", SERVER, datname="cases"): f"{held}x20",
        series("pg_database_connection_limit", SERVER, datname="cases"): f"{limit}x20",
    }


def _role(active: int, idle: int) -> dict[str, str]:
    return {
        series("pg_stat_activity_count", SERVER, usename="cases_writer", state="active"): f"{active}x20",
        series("pg_stat_activity_count", SERVER, usename="cases_writer", state="idle"): f"{idle}x20",
        series("pg_roles_connection_limit", SERVER, rolname="cases_writer"): "20x20",
        series("pg_roles_connection_limit", SERVER, rolname="postgres"): "-1x20",
    }


def _transaction(usename: str, seconds: int) -> dict[str, str]:
    labels = {**SERVER, "usename": usename, "state": "idle in transaction"}
    return {series("pg_stat_activity_max_tx_duration", labels): f"{seconds}x20"}


# A quiet week with one busy half hour at its beginning, and the same half hour a week later: 168 hours of ten minutes.
WEEKLY = "0x5 0+{rate}x3 {sum}x1004 {sum}+{rate}x3"
IN_THE_SECOND = "10160m"


def _weekly(rate: int) -> str:
    return WEEKLY.format(rate=rate, sum=3 * rate)


def _counted(name: str, values: str) -> dict[str, str]:
    return {series(name, SERVER, datname="cases"): values}


DATABASE_CASES = (
    fires(
        "DatabaseDown", "the server does not answer its exporter", {series("pg_up", SERVER): "1x2 0x10"}, "10m",
        SERVER, "The server of database cases of team epidemiology does not answer.",
    ),
    fires(
        "DatabaseDown", "the pod is gone, and its exporter with it", {series("up", SERVER): "1x2 0x10"}, "10m",
        SERVER, "The server of database cases of team epidemiology does not answer.",
    ),
    silent("DatabaseDown", "it restarts", {series("pg_up", SERVER): "1x2 0 1x10"}, "10m"),
    silent("DatabaseDown", "it has been away for a minute", {series("pg_up", SERVER): "1x8 0x10"}, "10m"),
    fires(
        "DatabaseExporterFailing", "a question fails for long",
        {series("pg_exporter_last_scrape_error", SERVER): "1x30", series("pg_up", SERVER): "1x30"}, "20m", SERVER,
        "Some figures of database cases of team epidemiology cannot be read: alerts on them stay silent.",
    ),
    silent(
        "DatabaseExporterFailing", "the server is down, of which another alert tells",
        {series("pg_exporter_last_scrape_error", SERVER): "1x30", series("pg_up", SERVER): "0x30"}, "20m",
    ),
    fires(
        "DatabaseConnectionsNearLimit", "seventeen of twenty", _connections(17, 20), "10m", CASES_DB,
        "Database cases of team epidemiology has given out 85% of its connections.",
    ),
    silent("DatabaseConnectionsNearLimit", "fifteen of twenty", _connections(15, 20), "10m"),
    silent("DatabaseConnectionsNearLimit", "there is no limit", _connections(90, -1), "10m"),
    fires(
        "RoleConnectionsNearLimit", "one login has nineteen of twenty, in two states", _role(10, 9), "10m",
        {**EPIDEMIOLOGY, "usename": "cases_writer"},
        "The role cases_writer of team epidemiology holds 95% of the connections that it may have.",
    ),
    silent("RoleConnectionsNearLimit", "it has seventeen", _role(10, 7), "10m"),
    fires(
        "LongTransaction", "one is open for a quarter of an hour and more", _transaction("cases_writer", 1000), "5m",
        {**EPIDEMIOLOGY, "usename": "cases_writer"},
        "A transaction of cases_writer on database cases of team epidemiology has been open for 16m 40s.",
    ),
    silent("LongTransaction", "it is a backup's", _transaction("cases_backup", 5000), "5m"),
    silent("LongTransaction", "it is open for ten minutes", _transaction("cases_writer", 600), "5m"),
    fires(
        "UnusualDeletes", "a million rows go, and last week there was nothing",
        _counted("pg_stat_database_tup_deleted", "0x10 0+100000x20"), "20m", CASES_DB,
        "900k rows were deleted from database cases of team epidemiology within ten minutes, far more than last week.",
    ),
    silent(
        "UnusualDeletes", "as many as each week at this time",
        _counted("pg_stat_database_tup_deleted", _weekly(2_000_000)), IN_THE_SECOND, step="10m",
    ),
    silent(
        "UnusualDeletes", "many times more than nothing, and still few",
        _counted("pg_stat_database_tup_deleted", "0x10 0+1000x20"), "20m",
    ),
    fires(
        "UnusualReads", "a billion rows are read, and last week there was nothing",
        _counted("pg_stat_database_tup_returned", "0x10 0+100000000x20"), "20m", CASES_DB,
        "900M rows of database cases of team epidemiology were read within ten minutes, far more than last week.",
    ),
    silent(
        "UnusualReads", "a backup reads them",
        _counted("pg_stat_database_tup_returned", "0x10 0+100000000x20")
        | {series("pg_stat_activity_count", SERVER, usename="cases_backup", state="active"): "_x10 1x5 _x10"}, "20m",
    ),
    silent(
        "UnusualReads", "as many as each week at this time",
        _counted("pg_stat_database_tup_returned", _weekly(500_000_000)), IN_THE_SECOND, step="10m",
    ),
    fires(
        "DatabaseVolumeFilling", "the data takes nine tenths",
        {
            series("pg_database_size_bytes", SERVER, datname="cases"): "80x50",
            series("pg_database_size_bytes", SERVER, datname="platform"): "10x50",
            series("declared:storage_bytes", EPIDEMIOLOGY): "100x50",
        },
        "40m", EPIDEMIOLOGY, FILLING,
    ),
    fires(
        "DatabaseVolumeFilling", "it has taken half, and grows",
        {
            series("pg_database_size_bytes", SERVER, datname="cases"): "40+0.5x60",
            series("declared:storage_bytes", EPIDEMIOLOGY): "100x60",
        },
        "500m", EPIDEMIOLOGY, FILLING,
        step="10m",
    ),
    silent(
        "DatabaseVolumeFilling", "it has taken more than half, and stays",
        {
            series("pg_database_size_bytes", SERVER, datname="cases"): "60x60",
            series("declared:storage_bytes", EPIDEMIOLOGY): "100x60",
        },
        "500m", step="10m",
    ),
    silent(
        "DatabaseVolumeFilling", "a new one takes its first load",
        {
            series("pg_database_size_bytes", SERVER, datname="cases"): "1+0.5x60",
            series("declared:storage_bytes", EPIDEMIOLOGY): "100x60",
        },
        "500m", step="10m",
    ),
    fires(
        "StandbyMissing", "one of two is there",
        {series("pg_stat_replication_standbys", SERVER): "1x30", series("declared:standbys", EPIDEMIOLOGY): "2x30"},
        "20m", EPIDEMIOLOGY,
        "Database cases of team epidemiology has 1 of its standbys: one more lost, and its writes stop.",
    ),
    silent(
        "StandbyMissing", "both are",
        {series("pg_stat_replication_standbys", SERVER): "2x30", series("declared:standbys", EPIDEMIOLOGY): "2x30"},
        "20m",
    ),
    silent("StandbyMissing", "a server has none", {series("pg_stat_replication_standbys", SERVER): "0x30"}, "20m"),
    fires(
        "ArchiveFailing", "the last try failed, and none has succeeded since",
        {
            series("pg_stat_archiver_last_failed_time_seconds", SERVER): "500x30",
            series("pg_stat_archiver_last_archived_time_seconds", SERVER): "400x30",
        },
        "20m", SERVER,
        "The log of database cases of team epidemiology cannot be archived: it could not be brought back to any moment "
        "since.",
    ),
    silent(
        "ArchiveFailing", "it failed once, and has succeeded since",
        {
            series("pg_stat_archiver_last_failed_time_seconds", SERVER): "400x30",
            series("pg_stat_archiver_last_archived_time_seconds", SERVER): "500x30",
        },
        "20m",
    ),
    silent(
        "ArchiveFailing", "there is no archive",
        {
            series("pg_stat_archiver_last_failed_time_seconds", SERVER): "0x30",
            series("pg_stat_archiver_last_archived_time_seconds", SERVER): "0x30",
        },
        "20m",
    ),
)  # fmt: skip
