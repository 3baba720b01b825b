"""The step as a job file uses it; run after `pip install -e .`, for a plugin is found by what is installed."""

from pathlib import Path

import pytest

from transforms.analysis import analyse
from transforms.documents.problems import DocumentError
from transforms.query.compile import Query, compile_job
from transforms.reading import read_job

JOB = """\
name: trial
sources:
  cases: {csv: {path: cases.csv}, columns: {country: string, cases: bigint}}
steps:
  - name: fewer
    sample: {key: [country], share: 0.25}
sinks:
  out: {parquet: {path: out}}
"""


def compiled(folder: Path, text: str) -> Query:
    file = folder / "job.yaml"
    file.write_text(text)
    [sink] = compile_job(analyse(read_job(file))).sinks
    return sink.query


def test_it_keeps_the_columns_and_a_share_of_the_keys(tmp_path: Path) -> None:
    query = compiled(tmp_path, JOB)

    assert query.schema.names == ("country", "cases")
    assert "WHERE pmod(xxhash64(IDENTIFIER(:country)), :value_1) < :value_2" in query.sql
    assert query.parameters == {"country": "`country`", "value_1": 10_000, "value_2": 2_500}


def test_a_column_that_is_not_there_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r':6: steps\[0\]\.sample\.key\[0\]: .*no column "land"'):
        compiled(tmp_path, JOB.replace("[country]", "[land]"))


@pytest.mark.parametrize("share", ["0", "1.5", "half"])
def test_a_share_that_is_none_is_refused(share: str, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"steps\[0\]\.sample\.share: expected a number"):
        compiled(tmp_path, JOB.replace("0.25", share))


def test_spark_keeps_about_that_share_and_whole_keys(tmp_path: Path) -> None:
    sql = pytest.importorskip("pyspark.sql")
    query = compiled(tmp_path, JOB)
    spark = sql.SparkSession.builder.config("spark.ui.enabled", "false").getOrCreate()
    try:
        rows = spark.range(20_000).selectExpr("CAST(id DIV 10 AS STRING) AS country", "id AS cases")
        rows.createOrReplaceTempView("cases")
        kept = spark.sql(query.sql, args=dict(query.parameters)).groupBy("country").count().collect()
    finally:
        spark.stop()

    assert 400 < len(kept) < 600, "a quarter of 2,000 keys"
    assert {row["count"] for row in kept} == {10}
