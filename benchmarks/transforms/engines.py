"""The compared jobs in DuckDB and Polars, over the same files and on as many cores."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl

from benchmarks.transforms.data import Tables
from benchmarks.transforms.jobs import by_hand
from benchmarks.transforms.spark import CORES

Answer = list[tuple[object, ...]]

_DIALECT = "CREATE TEMP MACRO trunc(day, unit) AS CAST(date_trunc('month', day) AS DATE)"
"""What DuckDB calls otherwise of what the hand-written queries use."""


def duckdb_over(tables: Tables) -> duckdb.DuckDBPyConnection:
    """DuckDB with the tables as views."""
    engine = duckdb.connect(config={"threads": CORES, "memory_limit": "4GB"})
    engine.execute(_DIALECT)
    for view, table in views().items():
        engine.execute(f"CREATE VIEW {view} AS SELECT * FROM read_parquet('{tables[table]}')")
    return engine


def views(daily: str = "clean") -> dict[str, str]:
    """The table behind each name that queries use."""
    return {"daily": f"daily_{daily}"} | {name: name for name in ("places", "customer", "orders", "lineitem")}


def duckdb_answers(engine: duckdb.DuckDBPyConnection, name: str) -> Answer:
    """The rows of a job's hand-written query."""
    return engine.execute(by_hand(name)).fetchall()


def polars_answers(tables: Tables, name: str) -> Answer:
    """The rows of the same query in Polars, on its streaming engine."""
    return _POLARS[name](lambda table: pl.scan_parquet(tables[table])).collect(engine="streaming").rows()


Scan = Callable[[str], pl.LazyFrame]


def _daily(scan: Scan) -> pl.LazyFrame:
    day = scan("daily_clean").filter(~pl.col("iso_code").str.starts_with("OWID_"), pl.col("new_cases") >= 0)
    placed = day.join(scan("places").select("iso_code", "continent", "population"), on="iso_code").sort(
        "iso_code", "date"
    )
    mean = pl.col("new_cases").rolling_mean(7, min_samples=1).over("iso_code")
    return (
        placed.with_columns(
            month=pl.col("date").dt.truncate("1mo"), per_million=mean / pl.col("population") * 1_000_000
        )
        .group_by("continent", "month")
        .agg(
            cases=pl.col("new_cases").sum(),
            deaths=pl.col("new_deaths").sum(),
            tests=pl.col("new_tests").sum(),
            known=pl.col("total_cases").max(),
            strictest=pl.col("stringency_index").max(),
            units=pl.col("tests_units").min(),
            per_million=pl.col("per_million").mean(),
            days=pl.len(),
        )
    )


def _q1(scan: Scan) -> pl.LazyFrame:
    price = pl.col("l_extendedprice") * (1 - pl.col("l_discount"))
    return (
        scan("lineitem")
        .filter(pl.col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            sum_qty=pl.col("l_quantity").sum(),
            sum_base_price=pl.col("l_extendedprice").sum(),
            sum_disc_price=price.sum(),
            sum_charge=(price * (1 + pl.col("l_tax"))).sum(),
            avg_qty=pl.col("l_quantity").mean(),
            avg_price=pl.col("l_extendedprice").mean(),
            avg_disc=pl.col("l_discount").mean(),
            count_order=pl.len(),
        )
    )


def _q3(scan: Scan) -> pl.LazyFrame:
    day = date(1995, 3, 15)
    theirs = (
        scan("orders")
        .filter(pl.col("o_orderdate") < day)
        .join(scan("customer").filter(pl.col("c_mktsegment") == "BUILDING"), left_on="o_custkey", right_on="c_custkey")
    )
    price = pl.col("l_extendedprice") * (1 - pl.col("l_discount"))
    return (
        scan("lineitem")
        .filter(pl.col("l_shipdate") > day)
        .join(theirs, left_on="l_orderkey", right_on="o_orderkey")
        .group_by("l_orderkey", "o_orderdate", "o_shippriority")
        .agg(revenue=price.sum())
        .sort("revenue", "o_orderdate", "l_orderkey", descending=[True, False, False])
        .head(10)
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
    )


def _q6(scan: Scan) -> pl.LazyFrame:
    return (
        scan("lineitem")
        .filter(
            pl.col("l_shipdate") >= date(1994, 1, 1),
            pl.col("l_shipdate") < date(1995, 1, 1),
            pl.col("l_discount").is_between(Decimal("0.05"), Decimal("0.07")),
            pl.col("l_quantity") < 24,
        )
        .select(revenue=(pl.col("l_extendedprice") * pl.col("l_discount")).sum())
    )


_POLARS = {"daily": _daily, "tpch_q1": _q1, "tpch_q3": _q3, "tpch_q6": _q6}
