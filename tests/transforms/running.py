"""A job's queries on Spark, over tables that a test gives."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from transforms.query.compile import Plan, Query

Rows = Sequence[Sequence[Any]]


def register(spark: SparkSession, name: str, columns: Mapping[str, str], rows: Rows = ()) -> None:
    """A table under the name of a source; types by column."""
    ddl = ", ".join(f"`{column.replace('`', '``')}` {of}" for column, of in columns.items())
    spark.createDataFrame([tuple(row) for row in rows], ddl).createOrReplaceTempView(f"`{name}`")


def queried(spark: SparkSession, query: Query) -> DataFrame:
    """A query of ours."""
    return spark.sql(query.sql, args=dict(query.parameters))


def made(spark: SparkSession, plan: Plan, sink: str = "out") -> DataFrame:
    """What a sink holds; what its checkpoints marked is registered on the way."""
    (found,) = (each for each in plan.sinks if each.name == sink)
    for checkpoint in found.checkpoints:
        queried(spark, checkpoint.marked).createOrReplaceTempView(f"`{checkpoint.view}`")
    return queried(spark, found.query)


def optimised(frame: DataFrame) -> str:
    """The plan that runs, with all that its author's spelling decides taken out."""
    return str(frame._jdf.queryExecution().optimizedPlan().canonicalized().toString())


def physical(frame: DataFrame) -> str:
    """The plan as it is carried out."""
    jvm = frame._sc._jvm
    assert jvm is not None
    return str(jvm.PythonSQLUtils.explainString(frame._jdf.queryExecution(), "formatted"))
