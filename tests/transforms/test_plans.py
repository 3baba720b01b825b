"""Spark makes the same of our queries as of those that a person would write."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from tests.transforms.running import made, optimised, physical, queried, register
from tests.unit.transforms.jobs import compiled, job_of

CASES = {"country": "string", "day": "date", "n": "int", "total": "bigint", "rate": "double", "price": "decimal(10,2)"}
PEOPLE = {"country": "string", "year": "int", "people": "bigint", "n": "int"}
WIDE = {"country": "string", "1/22/20": "int", "1/23/20": "int"}
SOURCES = {
    "cases": {"parquet": {"path": "cases"}, "columns": CASES},
    "people": {"parquet": {"path": "people"}, "columns": PEOPLE},
    "wide": {
        "csv": {"path": "wide"},
        "columns": {
            "country": "string",
            "days": {"type": "int", "matching": "[0-9/]+", "example": ["1/22/20", "1/23/20"]},
        },
    },
}
RULES = {
    "known": {"expect": "country IS NOT NULL"},
    "positive": {"expect": "n > 0 AND total > 0", "severity": "fail", "threshold": 0.5},
    "small": {"expect": {"column": "rate", "at_most": 1.5}, "severity": "warn"},
}
OWN = "sum(n) OVER (PARTITION BY country ORDER BY day"

# A step of the job, what it reads, and what a person would write.
SAME: dict[str, tuple[dict[str, Any], str, str]] = {
    "filter": (
        {"filter": {"where": "n > 5 AND country LIKE 'A%' OR day >= DATE '2020-01-22' AND price * 2 <= 10.5"}},
        "cases",
        "SELECT * FROM cases WHERE n > 5 AND country LIKE 'A%' OR day >= DATE'2020-01-22' AND price * 2 <= 10.5",
    ),
    "filter by a mapping": (
        {
            "filter": {
                "where": [
                    {"column": "n", "in": [1, 2]},
                    {"any": [{"column": "rate", "is_null": True}, {"not": {"column": "rate", "between": [0.5, 1.5]}}]},
                ]
            }
        },
        "cases",
        "SELECT * FROM cases WHERE n IN (1, 2) AND (rate IS NULL OR NOT (rate BETWEEN 0.5 AND 1.5))",
    ),
    "select": (
        {"select": {"columns": ["day", "n"], "rename": {"n": "cases"}}},
        "cases",
        "SELECT day, n AS cases FROM cases",
    ),
    "select by leaving out": (
        {"select": {"drop": ["total", "rate"]}},
        "cases",
        "SELECT country, day, n, price FROM cases",
    ),
    "derive": (
        {
            "derive": {
                "columns": {
                    "n": "n + 1",
                    "share": "CASE WHEN total > 0 THEN n / total ELSE 0.0 END",
                    "label": "coalesce(upper(country), 'none') || '!'",
                    "month": "trunc(day, 'MM')",
                    "worth": "round(price * n, 1)",
                }
            }
        },
        "cases",
        (
            "SELECT country, day, n + 1 AS n, total, rate, price,"
            " CASE WHEN total > 0 THEN n / total ELSE 0.0 END AS share,"
            " coalesce(upper(country), 'none') || '!' AS label, trunc(day, 'MM') AS month, round(price * n, 1) AS worth"
            " FROM cases"
        ),
    ),
    "aggregate": (
        {
            "aggregate": {
                "by": ["country"],
                "values": {
                    "n": "sum(n)",
                    "mean": "avg(rate)",
                    "rows": "count(*)",
                    "days": "count(DISTINCT day)",
                    "last": "max_by(price, day)",
                    "share": "sum(n) / sum(total) * 100",
                },
            }
        },
        "cases",
        (
            "SELECT country, sum(n) AS n, avg(rate) AS mean, count(*) AS rows, count(DISTINCT day) AS days,"
            " max_by(price, day) AS last, sum(n) / sum(total) * 100 AS share FROM cases GROUP BY country"
        ),
    ),
    "aggregate of all rows": (
        {"aggregate": {"values": {"n": "sum(n)", "median": "median(rate)"}}},
        "cases",
        "SELECT sum(n) AS n, median(rate) AS median FROM cases",
    ),
    "window with a frame": (
        {
            "window": {
                "partition_by": ["country"],
                "order_by": ["day"],
                "frame": {"preceding": 6},
                "values": {"new": "n - lag(n)", "week": "avg(n)", "place": "row_number()"},
            }
        },
        "cases",
        (
            "SELECT *, n - lag(n) OVER (PARTITION BY country ORDER BY day) AS new,"
            " avg(n) OVER (PARTITION BY country ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS week,"
            " row_number() OVER (PARTITION BY country ORDER BY day) AS place FROM cases"
        ),
    ),
    "window with a frame on both sides": (
        {
            "window": {
                "partition_by": ["country"],
                "order_by": [{"column": "day", "descending": True, "nulls": "first"}],
                "frame": {"preceding": 3, "following": 3},
                "values": {"n": "sum(n)"},
            }
        },
        "cases",
        (
            "SELECT country, day, sum(n) OVER (PARTITION BY country ORDER BY day DESC NULLS FIRST"
            " ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING) AS n, total, rate, price FROM cases"
        ),
    ),
    "window that is unbounded": (
        {
            "window": {
                "partition_by": ["country"],
                "order_by": ["day"],
                "frame": {"following": "unbounded"},
                "values": {"all": "sum(n)"},
            }
        },
        "cases",
        f"SELECT *, {OWN} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS all FROM cases",
    ),
    "window without a frame": (
        {"window": {"partition_by": ["country"], "order_by": ["day"], "values": {"so_far": "sum(n)"}}},
        "cases",
        f"SELECT *, {OWN}) AS so_far FROM cases",
    ),
    "window over whole partitions": (
        {"window": {"partition_by": ["country"], "values": {"share": "n / sum(n)", "median": "median(n)"}}},
        "cases",
        (
            "SELECT *, n / sum(n) OVER (PARTITION BY country) AS share, median(n) OVER (PARTITION BY country) AS median"
            " FROM cases"
        ),
    ),
    "pivot": (
        {"pivot": {"by": ["day"], "column": "country", "values": ["A", "B'C"], "value": "sum(n)"}},
        "cases",
        "SELECT * FROM (SELECT day, country, n FROM cases) PIVOT (sum(n) FOR country IN ('A', 'B\\'C'))",
    ),
    "pivot with names of its own": (
        {"pivot": {"by": ["country"], "column": "n", "values": {"one": 1, "two": 2}, "value": "max_by(rate, day)"}},
        "cases",
        (
            "SELECT * FROM (SELECT country, n, rate, day FROM cases)"
            " PIVOT (max_by(rate, day) FOR n IN (1 AS one, 2 AS two))"
        ),
    ),
    "unpivot a family": (
        {"unpivot": {"family": "days", "names_to": "day", "values_to": "n"}},
        "wide",
        "SELECT * FROM wide UNPIVOT (n FOR day IN (`1/22/20`, `1/23/20`))",
    ),
    "unpivot columns with their NULLs": (
        {"unpivot": {"columns": ["n", "total"], "names_to": "what", "values_to": "value", "keep_null": True}},
        "cases",
        "SELECT * FROM cases UNPIVOT INCLUDE NULLS (value FOR what IN (n, total))",
    ),
    "deduplicate": (
        {"deduplicate": {"key": ["country", "day"], "order_by": [{"column": "n", "descending": True}, "total"]}},
        "cases",
        (
            "SELECT country, day, n, total, rate, price FROM (SELECT *, row_number() OVER (PARTITION BY country, day"
            " ORDER BY n DESC, total) AS place FROM cases) WHERE place = 1"
        ),
    ),
    "union": (
        {"union": {"with": ["cases"]}},
        "cases",
        "SELECT * FROM cases UNION ALL SELECT * FROM cases",
    ),
    "union of different rows": (
        {"union": {"with": ["cases"], "distinct": True}},
        "cases",
        "SELECT * FROM cases UNION SELECT * FROM cases",
    ),
    "union with columns that are missing": (
        {"union": {"with": ["people"], "missing": "null"}},
        "cases",
        (
            "SELECT *, CAST(NULL AS int) AS year, CAST(NULL AS bigint) AS people FROM cases UNION ALL"
            " SELECT country, NULL, n, NULL, NULL, NULL, year, people FROM people"
        ),
    ),
    "join": (
        {"join": {"with": "people", "on": ["country"], "take": ["people"]}},
        "cases",
        "SELECT c.*, p.people FROM cases c JOIN people p ON c.country = p.country",
    ),
    "left join": (
        {"join": {"with": "people", "on": {"country": "country", "n": "year"}, "how": "left", "rename": {"n": "m"}}},
        "cases",
        "SELECT c.*, people, p.n AS m FROM cases c LEFT JOIN people p ON c.country = p.country AND c.n = p.year",
    ),
    "right join": (
        {"join": {"with": "people", "on": ["country"], "how": "right", "take": ["people"]}},
        "cases",
        (
            "SELECT p.country, day, c.n, total, rate, price, people FROM cases c RIGHT JOIN people p"
            " ON c.country = p.country"
        ),
    ),
    "full join": (
        {"join": {"with": "people", "on": ["country"], "how": "full", "take": ["people"]}},
        "cases",
        (
            "SELECT coalesce(c.country, p.country) AS country, day, c.n, total, rate, price, people FROM cases c"
            " FULL OUTER JOIN people p ON c.country = p.country"
        ),
    ),
    "semi join": (
        {"join": {"with": "people", "on": ["country"], "how": "semi"}},
        "cases",
        "SELECT * FROM cases c LEFT SEMI JOIN people p ON c.country = p.country",
    ),
    "anti join": (
        {"join": {"with": "people", "on": ["country"], "how": "anti"}},
        "cases",
        "SELECT * FROM cases c LEFT ANTI JOIN people p ON c.country = p.country",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def tables(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each table as Parquet, for only there one sees what a scan is asked for."""
    folder = tmp_path_factory.mktemp("tables")
    for name, columns in (("cases", CASES), ("people", PEOPLE), ("wide", WIDE)):
        register(spark, f"empty_{name}", columns)
        spark.table(f"empty_{name}").write.parquet(str(folder / name))
        spark.read.parquet(str(folder / name)).createOrReplaceTempView(name)
    return folder


def job(step: dict[str, Any], reads: str) -> dict[str, Any]:
    other = (step.get("join") or step.get("union") or {}).get("with", [])
    used = {reads, *([other] if isinstance(other, str) else other)}
    return {
        "name": "demo",
        "sources": {name: source for name, source in SOURCES.items() if name in used},
        "rules": RULES,
        "steps": [{"name": "step", "from": reads, **step}],
        "sinks": {"out": {"parquet": {"path": "out"}}},
    }


@pytest.mark.parametrize("name", SAME)
def test_a_step_is_what_a_person_would_write(spark: SparkSession, tmp_path: Path, name: str) -> None:
    step, reads, by_hand = SAME[name]
    ours = made(spark, compiled(job(step, reads), tmp_path))
    theirs = spark.sql(by_hand)
    assert optimised(ours) == optimised(theirs)
    assert ours.columns == theirs.columns


def test_rules_are_one_pass_over_the_rows_as_a_person_would_write_it(spark: SparkSession, tmp_path: Path) -> None:
    step = {"validate": {"rules": [*RULES], "quarantine": {"parquet": {"path": "q"}}}}
    (sink,) = compiled(job(step, "cases"), tmp_path).sinks
    (checkpoint,) = sink.checkpoints
    marked = queried(spark, checkpoint.marked)
    assert optimised(marked) == optimised(
        spark.sql(
            "SELECT *, CASE WHEN country IS NOT NULL THEN 0L ELSE 1L END | CASE WHEN n > 0 AND total > 0 THEN 0L ELSE"
            " 2L END | CASE WHEN rate <= 1.5 THEN 0L ELSE 4L END AS __broken FROM cases"
        )
    )
    marked.createOrReplaceTempView(checkpoint.view)
    passed = "SELECT country, day, n, total, rate, price FROM __marked_step WHERE (__broken & 3) = 0"
    assert optimised(queried(spark, sink.query)) == optimised(spark.sql(passed))
    broken = (
        "SELECT country, day, n, total, rate, price, filter(array(CASE WHEN (__broken & 1) <> 0 THEN 'known' END,"
        " CASE WHEN (__broken & 2) <> 0 THEN 'positive' END, CASE WHEN (__broken & 4) <> 0 THEN 'small' END),"
        " rule -> rule IS NOT NULL) AS broken_rules, __broken FROM __marked_step WHERE (__broken & 3) <> 0"
    )
    assert optimised(queried(spark, checkpoint.broken)) == optimised(spark.sql(broken))


def chain(steps: int) -> list[dict[str, Any]]:
    """Steps of which each needs the one before: three of four are projections, the fourth is a filter."""
    made = []
    for index in range(steps):
        if index % 4 == 3:
            made.append({"name": f"s{index}", "filter": {"where": f"n{index - 1} > {index}"}})
        else:
            before = "n" if index == 0 else f"n{index - 1 - (index % 4 == 0)}"
            made.append({"name": f"s{index}", "derive": {"columns": {f"n{index}": f"{before} + {index}"}}})
    return made


def test_a_chain_of_twenty_steps_is_the_query_that_a_person_would_nest(spark: SparkSession, tmp_path: Path) -> None:
    ours = made(spark, compiled(job_of(CASES, *chain(20)) | {"sources": {"cases": SOURCES["cases"]}}, tmp_path))
    sql = "cases"
    for step in chain(20):
        if "filter" in step:
            sql = f"(SELECT * FROM {sql} WHERE {step['filter']['where']})"
        else:
            ((name, text),) = step["derive"]["columns"].items()
            sql = f"(SELECT *, {text} AS {name} FROM {sql})"
    assert optimised(ours) == optimised(spark.sql(f"SELECT * FROM {sql}"))


def test_sixty_steps_that_depend_on_each_other_are_analysed(spark: SparkSession, tmp_path: Path) -> None:
    ours = made(spark, compiled(job_of(CASES, *chain(60)) | {"sources": {"cases": SOURCES["cases"]}}, tmp_path))
    assert ours.columns[-1] == "n58"
    assert ours.collect() == []


def test_a_scan_reads_only_the_rows_and_columns_that_the_job_needs(spark: SparkSession, tmp_path: Path) -> None:
    steps = (
        {"name": "a", "derive": {"columns": {"twice": "n * 2"}}},
        {"name": "b", "filter": {"where": "country = 'Italy' AND total >= 10 AND price IS NOT NULL"}},
        {"name": "c", "aggregate": {"by": ["country"], "values": {"twice": "sum(twice)"}}},
    )
    plan = compiled(job_of(CASES, *steps) | {"sources": {"cases": SOURCES["cases"]}}, tmp_path)
    said = physical(made(spark, plan))
    assert "ReadSchema: struct<country:string,n:int,total:bigint,price:decimal(10,2)>" in said
    (pushed,) = (line for line in said.splitlines() if line.startswith("PushedFilters"))
    for part in ("EqualTo(country,Italy)", "GreaterThanOrEqual(total,10)", "IsNotNull(price)"):
        assert part in pushed
