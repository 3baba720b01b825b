"""What the outcomes of backups, drills and restores come to.

scripts/report.sql writes them into `public.runs`; the exporter asks these two questions about them.
"""

from components.databases.privileges import STATUS_DATABASE

KINDS = ("backup", "drill", "restore")

_KNOWN = ", ".join(f"('{kind}')" for kind in KINDS)


def _question(columns: str, join: str, statement: str, fields: str) -> str:
    """A question about `public.runs` that has no answer, and no error, where that is not.

    The exporter asks it in each of its databases, and the table comes with the first outcome, but a query that names a
    table fails without it. So the `statement` is a text that the server reads only where there is something to read.

    Args:
        columns: of the answer, beside the kind.
        join: how the kinds meet the statement's result: `JOIN`, or `LEFT JOIN` for all of them.
        fields: of the statement's result, with their types.
    """
    read = f"CASE WHEN to_regclass('public.runs') IS NULL THEN 'SELECT WHERE false' ELSE '{statement}' END"
    rows = f"xmltable('/table/row' PASSING query_to_xml({read}, false, false, '') COLUMNS {fields}) AS found"
    known = f"(VALUES {_KNOWN}) AS known (kind) {join} {rows} USING (kind)"
    here = f"current_database() = '{STATUS_DATABASE}'"
    return " ".join(("SELECT kind,", columns, "FROM", known, "WHERE", here))


# Every kind is there from the beginning: an alert on what is not there does not fire.
SUCCESSES = _question(
    "coalesce(time, 0) AS success_time_seconds,"
    " coalesce(extract(epoch FROM now())::float8 - time, 'Infinity') AS success_age_seconds,"
    " coalesce(seconds, 0) AS duration_seconds, coalesce(bytes, 0) AS size_bytes, coalesce(rows, 0) AS rows,"
    " coalesce(runs, 0) AS runs, coalesce(failed, 0) AS failed_runs",
    "LEFT JOIN",
    "SELECT kind, count(*) AS runs, count(*) FILTER (WHERE NOT succeeded) AS failed,"
    " extract(epoch FROM max(finished) FILTER (WHERE succeeded)) AS time,"
    " (array_agg(seconds ORDER BY finished DESC) FILTER (WHERE succeeded))[1] AS seconds,"
    " (array_agg(bytes ORDER BY finished DESC) FILTER (WHERE succeeded))[1] AS bytes,"
    " (array_agg(rows ORDER BY finished DESC) FILTER (WHERE succeeded))[1] AS rows"
    " FROM public.runs GROUP BY kind",
    "kind text, runs bigint, failed bigint, time float8, seconds float8, bytes bigint, rows bigint",
)

# However the last one ended; a kind that never ran has none.
LAST_RUNS = _question(
    "time AS time_seconds, succeeded",
    "JOIN",
    "SELECT DISTINCT ON (kind) kind, extract(epoch FROM finished) AS time, succeeded::int AS succeeded"
    " FROM public.runs ORDER BY kind, finished DESC",
    "kind text, time float8, succeeded int",
)
