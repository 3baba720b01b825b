"""What ten rules cost: the same job with them and without, over data of which none, 0.1 % or 5 % breaks one."""

from collections.abc import Callable, Iterator
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from benchmarks.report import Row
from benchmarks.transforms import jobs
from benchmarks.transforms.data import Tables, shares
from benchmarks.transforms.engines import views
from benchmarks.transforms.race import race
from benchmarks.transforms.spark import run
from transforms.query.compile import Plan, Query
from transforms.runtime.counts import TAKEN, counted, first_counts, second_counts
from transforms.steps.base import BROKEN

GOAL = "at most 1.25"
WHAT = {
    "daily": ("filter, join, window, aggregate", "every row and column kept, none written"),
    "intake": ("all rows into Parquet", "the files are written in both"),
}


def ten_rules(spark: SparkSession, tables: Tables, scratch: Path, size: str) -> Iterator[Row]:
    """Each job and each share of broken rows; where rows are broken, a second pass writes them to quarantine."""
    for name, (what, how) in WHAT.items():
        without = jobs.compiled(name)
        rules = jobs.with_ten_rules(name, scratch)
        for variant, share in shares(tables.rows).items():
            tables_as_views(spark, tables, variant)
            ways: dict[str, Callable[[], object]] = {
                "without": lambda plan=without, name=name: _end(name, _frame(spark, plan.sinks[0].query), scratch),  # type: ignore[misc]
                "with": lambda plan=rules, name=name: _judged(spark, plan, name, scratch),  # type: ignore[misc]
            }
            times = race(f"ten rules, {name}, {variant}", ways)
            group = f"ten rules, {size} rows: {what}"
            label = f"{share:.1%} of the rows broken" if share else "no row broken"
            yield Row(
                group,
                f"{label}: with rules / without",
                times.ratio("with", "without"),
                "x",
                goal=GOAL if not share else "",
                note=f"{times.median('with'):.2f} s and {times.median('without'):.2f} s; "
                f"{times.spread('with', 'without')}; {how}" + ("; quarantine written" if share else ""),
            )


def tables_as_views(spark: SparkSession, tables: Tables, daily: str = "clean") -> None:
    """The tables under the names of the jobs' sources."""
    for view, table in views(daily).items():
        spark.read.parquet(str(tables[table])).createOrReplaceTempView(view)


def _judged(spark: SparkSession, plan: Plan, name: str, scratch: Path) -> None:
    """One run as `transforms run` does it: a pass that counts and fills the sink, one more if rows are taken out."""
    [checkpoint] = plan.sinks[0].checkpoints
    marked = _frame(spark, checkpoint.marked)
    observed, counter = counted(marked, "rules", first_counts(checkpoint.rules))
    observed.createOrReplaceTempView(checkpoint.view)
    _end(name, _frame(spark, plan.sinks[0].query), scratch)
    if counter.get()[TAKEN]:
        marked.createOrReplaceTempView(checkpoint.view)
        broken, _ = counted(_frame(spark, checkpoint.broken), "broken", second_counts(checkpoint.rules))
        broken.drop(BROKEN).write.mode("overwrite").parquet(str(scratch / "quarantine"))


def _frame(spark: SparkSession, query: Query) -> DataFrame:
    return spark.sql(query.sql, args=dict(query.parameters))


def _end(name: str, frame: DataFrame, scratch: Path) -> None:
    if name == "intake":
        frame.write.mode("overwrite").parquet(str(scratch / "taken"))
    else:
        run(frame)
