"""The running example on files, also on files with rows that nobody could use."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from pyspark.sql import SparkSession

from examples.covid.expected import expected
from transforms.reading import read_job
from transforms.runtime.report import Report
from transforms.runtime.run import run

ROOT = Path(__file__).parents[3]
SIZE = ("--countries", "20", "--days", "60", "--seed", "5")
RELATIVE = 1e-9  # what summing in another order may change in a mean


def generated(folder: Path, *more: str) -> Path:
    subprocess.run(
        [sys.executable, "-m", "examples.covid.generate", "--out", folder, *SIZE, *more], cwd=ROOT, check=True
    )
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generated(tmp_path_factory.mktemp("clean"))


def result(spark: SparkSession, data: Path, out: Path) -> tuple[Report, list[tuple[object, ...]]]:
    job = read_job(ROOT / "examples/covid/job.yaml", {"data": str(data), "out": str(out)})
    report = run(job, session=spark.newSession())
    rows = spark.read.parquet(str(out / "monthly")).orderBy("continent", "month").collect()
    return report, [tuple(row) for row in rows]


def compare(rows: list[tuple[object, ...]], data: Path) -> None:
    wanted = expected(data)
    assert len(rows) == len(wanted) > 5
    for row, other in zip(rows, wanted, strict=True):
        assert row[3] == pytest.approx(other.mean_7_day, rel=RELATIVE)
        assert (*row[:3], *row[4:]) == (*other[:3], *other[4:])


def test_the_job_gives_what_an_independent_computation_gives(spark: SparkSession, clean: Path, tmp_path: Path) -> None:
    report, rows = result(spark, clean, tmp_path)

    compare(rows, clean)
    assert all(source.unreadable == 0 for source in report.sources)


def by_series(data: Path) -> dict[tuple[str, object], int]:
    """Confirmed cases by country and day from the time series, by DuckDB."""
    series = data / "csse_covid_19_time_series/time_series_covid19_confirmed_global.csv"
    query = f"""
        SELECT "Country/Region", strptime(heading, '%m/%d/%y')::DATE, sum(n::BIGINT)::BIGINT
        FROM (SELECT * EXCLUDE ("Province/State", "Lat", "Long") FROM read_csv('{series}', all_varchar = true))
        UNPIVOT (n FOR heading IN (COLUMNS(* EXCLUDE ("Country/Region")))) GROUP BY ALL HAVING sum(n::BIGINT) > 0
    """
    found = duckdb.sql(query)
    assert found
    return {(country, day): count for country, day, count in found.fetchall()}


def test_the_daily_reports_say_the_same_through_all_their_layouts(spark: SparkSession, tmp_path: Path) -> None:
    data = tmp_path / "data"
    size = ("--countries", "12", "--days", "300", "--seed", "5")
    subprocess.run([sys.executable, "-m", "examples.covid.generate", "--out", data, *size], cwd=ROOT, check=True)
    job = read_job(ROOT / "examples/covid/reports.yaml", {"data": str(data), "out": str(tmp_path)})

    report = run(job, session=spark.newSession())

    rows = spark.read.parquet(str(tmp_path / "countries")).collect()
    assert {(row.country, row.day): row.confirmed for row in rows if row.confirmed} == by_series(data)
    assert next(source for source in report.sources if source.name == "reports").unreadable == 0


def test_every_bad_row_is_kept_and_the_result_is_that_of_the_clean_files(
    spark: SparkSession, clean: Path, tmp_path: Path
) -> None:
    data = generated(tmp_path / "data", "--bad")

    report, rows = result(spark, data, tmp_path / "out")

    compare(rows, clean)
    put = json.loads((data / "manifest.json").read_text())["bad_rows"]
    kinds = {"too_few_fields", "too_many_fields", "unparsable_number", "unparsable_date"}
    for name, file in (("confirmed", "confirmed_global.csv"), ("owid", "owid-covid-data.csv")):
        wanted = sum(each["file"].endswith(file) and each["kind"] in kinds for each in put)
        found = next(source.unreadable for source in report.sources if source.name == name)
        assert found == wanted > 0
        assert spark.read.parquet(str(tmp_path / "out/quarantine" / name)).count() == wanted
