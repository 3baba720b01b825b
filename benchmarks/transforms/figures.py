"""`make bench ONLY=transforms`: everything that is measured of the transform core, for each size that was asked for."""

import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from benchmarks.report import NotMeasuredError, Row, median
from benchmarks.transforms import jobs, rules
from benchmarks.transforms.data import LARGEST, Tables, tables
from benchmarks.transforms.engines import Answer, duckdb_answers, duckdb_over, polars_answers
from benchmarks.transforms.race import ROUNDS, Times, race
from benchmarks.transforms.spark import run, session

MILLION = 1_000_000
COMPILATIONS = 30
ROUNDS_BESIDE = 3
ROUNDING = 1e-4  # Spark's mean of decimals has six digits after the point: a discount of 0.05 keeps five that count
NAMES = {"daily": "filter, join, window, aggregate", **{f"tpch_q{n}": f"TPC-H's query {n}" for n in (1, 3, 6)}}
HAND, GENERATED = WAYS = ("by hand", "from the job file")


def transforms(millions: Sequence[int]) -> Iterator[Row]:
    """Compile times once, then every comparison for each size, in millions of rows of the largest tables.

    Raises:
        NotMeasuredError: the disk has no room, or two ways to the same result have different ones.
    """
    with tempfile.TemporaryDirectory(prefix="etl-platform-transforms-") as name:
        folder = Path(name)
        yield from _compile_times(folder)
        with session(folder) as spark:
            for size in millions:
                print(f"writing tables of {size} million rows", file=sys.stderr, flush=True)
                began = time.monotonic()
                with tables(folder / f"tables-{size}", size * MILLION) as made:
                    seconds = time.monotonic() - began
                    print(f"  {made.megabytes:,.0f} MB in {seconds:.0f} s, in {made.folder}", file=sys.stderr)
                    yield from _of_one_size(spark, made, folder, f"{size} million")


def _compile_times(folder: Path) -> Iterator[Row]:
    file = jobs.of_twenty_steps(folder)
    first = _seconds(lambda: jobs.compile_file(file)) * 1000
    milliseconds = median(lambda: _seconds(lambda: jobs.compile_file(file)), COMPILATIONS) * 1000
    yield Row("compiling", "a job of 20 steps, the first in its process", first, "ms", goal="under 100 ms", note="once")
    yield Row(
        "compiling",
        "a job of 20 steps: read, checked, compiled again",
        milliseconds,
        "ms",
        goal="under 100 ms",
        note=f"median of {COMPILATIONS}, without Spark and without Python's imports",
    )


def _of_one_size(spark: SparkSession, made: Tables, scratch: Path, size: str) -> Iterator[Row]:
    rules.tables_as_views(spark, made)
    _check_answers(spark, made)
    yield from _beside_by_hand(spark, size)
    yield from rules.ten_rules(spark, made, scratch, size)
    rules.tables_as_views(spark, made)
    yield from _beside_other_engines(spark, made, size)


def _beside_by_hand(spark: SparkSession, size: str) -> Iterator[Row]:
    for name in jobs.COMPARED:
        ways: dict[str, Callable[[], object]] = {way: partial(_run, spark, name, way) for way in WAYS}
        times = race(f"{name} beside SQL written by hand", ways, rounds=2 * ROUNDS)
        yield Row(
            f"generated SQL / SQL written by hand, {size} rows",
            NAMES[name],
            times.ratio(GENERATED, HAND),
            "x",
            goal="at most 1.03",
            note=f"{times.median(GENERATED):.2f} s and {times.median(HAND):.2f} s; {times.spread(GENERATED, HAND)}",
        )


def _beside_other_engines(spark: SparkSession, made: Tables, size: str) -> Iterator[Row]:
    with duckdb_over(made) as duck:
        for name in jobs.COMPARED:
            ways: dict[str, Callable[[], object]] = {
                "Spark, from the job file": partial(_run, spark, name, GENERATED),
                "DuckDB": partial(duckdb_answers, duck, name),
                "Polars": partial(polars_answers, made, name),
            }
            rounds = ROUNDS_BESIDE if made.rows <= LARGEST else 1
            times = race(f"{name} beside other engines", ways, rounds=rounds)
            for way in ways:
                yield Row(
                    f"engines, {size} rows: {NAMES[name]}", way, times.median(way), note=_times_faster(times, way)
                )


def _times_faster(times: Times, way: str) -> str:
    first = next(iter(times.seconds))
    return f"warm, median of {len(times.seconds[way])}" + (
        "" if way == first else f"; {times.ratio(first, way):.1f} times as fast"
    )


def _frame(spark: SparkSession, name: str, way: str) -> DataFrame:
    """Parsed and analysed anew in each round, as both ways are in a job of their own."""
    if way == HAND:
        return spark.sql(jobs.by_hand(name))
    query = jobs.compiled(name).sinks[0].query
    return spark.sql(query.sql, args=dict(query.parameters))


def _run(spark: SparkSession, name: str, way: str) -> None:
    run(_frame(spark, name, way))


def _check_answers(spark: SparkSession, made: Tables) -> None:
    """Speed of a wrong result is none."""
    with duckdb_over(made) as duck:
        for name in jobs.COMPARED:
            expected = duckdb_answers(duck, name)
            others: dict[str, Answer] = {
                way: [tuple(row) for row in _frame(spark, name, way).collect()] for way in WAYS
            }
            for way, answer in (others | {"Polars": polars_answers(made, name)}).items():
                if not _same(answer, expected):
                    raise NotMeasuredError(f"{name}: {way} and DuckDB have different results")


def _same(one: Answer, other: Answer) -> bool:
    """Whether the rows are the same in any order, and numbers but for how each engine rounds a mean."""
    pairs = list(zip(sorted(one, key=_order), sorted(other, key=_order), strict=False))
    return len(one) == len(other) and all(
        len(ours) == len(theirs) and all(map(_close, ours, theirs)) for ours, theirs in pairs
    )


def _order(row: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(str(each) for each in row if not isinstance(each, float | Decimal))


def _close(one: object, other: object) -> bool:
    if isinstance(one, float | Decimal) and isinstance(other, float | Decimal):
        return math.isclose(one, other, rel_tol=ROUNDING)
    return one == other


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
