"""Random jobs give on Spark what a plain evaluation of their steps gives, in columns of the types that we say."""

import time
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from tests.transforms.evaluator.steps import Evaluator
from tests.transforms.generated import KINDS, TABLES, Steps, job, schema_of, table
from tests.transforms.running import made, queried, register
from tests.unit.transforms.jobs import written
from transforms.analysis import Analysis, analyse
from transforms.documents.problems import DocumentError
from transforms.query.compile import compile_job, query_of
from transforms.reading import read_job
from transforms.steps.registry import installed

BEYOND = ("ARITHMETIC_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "CAST_OVERFLOW", "BINARY_ARITHMETIC_OVERFLOW")
"""Numbers that grew too large for their type: Spark ends the job, and nothing is to be compared."""

QUIET = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
SEEDS = st.integers(0, 2**32)


def generated(random: Random, kinds: list[str], folder: Path) -> tuple[dict[str, Any], Analysis] | None:
    """A job of steps of these kinds, as far as each finds something to do; None when none does."""
    steps: list[dict[str, Any]] = []
    writer, found = Steps(random), None
    schema = schema_of("one")
    for index, kind in enumerate(kinds):
        rules = dict(writer.rules)
        config = writer.write(kind, schema)
        if config is None:
            continue
        step = {"name": f"s{index}", "from": steps[-1]["name"] if steps else "one", kind: config}
        try:
            analysis = analyse(read_job(written(job([*steps, step], writer.rules), folder)))
        except DocumentError:
            writer.rules = rules
            continue
        steps.append(step)
        schema, found = analysis.schemas[str(step["name"])], analysis
    return (job(steps, writer.rules), found) if found else None


def plain(value: Any) -> Any:
    """A value so that equal ones are equal whatever computed them: numbers to nine digits."""
    if isinstance(value, bool) or value is None or isinstance(value, str | date):
        return (type(value).__name__, str(value))
    if isinstance(value, int | float | Decimal):
        return ("number", f"{float(value) + 0.0:.9g}".replace("-0", "0") if not value else f"{float(value):.9g}")
    return tuple(map(plain, value))


def counted(rows: Any) -> Counter[Any]:
    return Counter(tuple(map(plain, row)) for row in rows)


def check(spark: SparkSession, seed: int, kinds: list[str], folder: Path) -> None:
    random = Random(seed)  # noqa: S311 - examples, not secrets
    tables = {name: table(name, random) for name in TABLES}
    found = generated(random, kinds, folder)
    if found is None:
        reject()
    described, analysis = found
    for name, rows in tables.items():
        register(spark, name, TABLES[name], [tuple(row.values()) for row in rows])
    plan = compile_job(analysis)
    frame = made(spark, plan)
    held = analysis.job.held_by("out")
    for step in analysis.job.steps:
        # Analysed and not run: each step's columns cost next to nothing.
        after = queried(spark, query_of(analysis, step.name, analysis.job.before(step.name)))
        said = list(map(str, analysis.schemas[step.name]))
        assert [f"{f.name} {f.dataType.simpleString()}" for f in after.schema] == said, (step.name, described)
    rules = {name: (rule.expect, rule.severity != "warn") for name, rule in analysis.job.spec.rules.items()}
    evaluator = Evaluator(tables, {name: list(columns) for name, columns in TABLES.items()}, rules=rules)
    try:
        ours = frame.collect()
    except PySparkException as error:
        if any(word in str(error) for word in BEYOND):
            reject()
        raise
    theirs = evaluator.run(analysis.job.steps)
    columns = evaluator.columns[held]
    assert list(frame.columns) == columns, described
    expected = counted([tuple(row[name] for name in columns) for row in theirs])
    assert counted(ours) == expected, (counted(ours) - expected, expected - counted(ours), described, tables)
    for checkpoint in next(sink for sink in plan.sinks if sink.name == "out").checkpoints:
        taken = [(*row.values(), broken) for row, broken in evaluator.taken[checkpoint.step]]
        assert counted(queried(spark, checkpoint.broken).drop("__broken").collect()) == counted(taken), (
            described,
            tables,
        )


class Budget:
    """Seconds for a test's examples: a slow machine tries fewer, though never less than `fewest`."""

    def __init__(self, seconds: float, fewest: int) -> None:
        self.end, self.left = time.monotonic() + seconds, fewest

    def spent(self) -> bool:
        """Whether no further example is to be tried."""
        self.left -= 1
        return self.left < 0 and time.monotonic() > self.end


def test_every_kind_of_step_that_is_built_in_is_generated() -> None:
    assert {kind for kind, step in installed().items() if type(step).__module__.startswith("transforms.")} == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_one_step_does_what_it_says(spark: SparkSession, tmp_path: Path, kind: str) -> None:
    budget = Budget(2, fewest=4)

    @settings(QUIET, max_examples=12)
    @given(SEEDS)
    def holds(seed: int) -> None:
        if not budget.spent():
            check(spark, seed, [kind], tmp_path)

    holds()


def test_steps_after_each_other_do_what_they_say(spark: SparkSession, tmp_path: Path) -> None:
    budget = Budget(35, fewest=15)

    @settings(QUIET, max_examples=80)
    @given(SEEDS, st.lists(st.sampled_from(KINDS), min_size=2, max_size=6))
    def holds(seed: int, kinds: list[str]) -> None:
        if not budget.spent():
            check(spark, seed, kinds, tmp_path)

    holds()
