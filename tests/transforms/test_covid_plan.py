"""The running example's query is the one that a person would write."""

from pathlib import Path

from pyspark.sql import SparkSession

from tests.transforms.running import made, optimised, register
from transforms.analysis import analyse
from transforms.query.compile import compile_job
from transforms.reading import read_job

JOB = Path(__file__).parents[2] / "jobs/covid.yaml"

BY_HAND = """
WITH countries AS (
    SELECT country, day, sum(confirmed) AS confirmed FROM places GROUP BY country, day
), daily AS (
    SELECT *, confirmed - lag(confirmed, 1) OVER (PARTITION BY country ORDER BY day) AS new_cases FROM countries
), smooth AS (
    SELECT *, avg(new_cases) OVER (
        PARTITION BY country ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS mean_7_day
    FROM daily
), placed AS (
    SELECT country, day, new_cases, mean_7_day, coalesce(location, country) AS location, trunc(day, 'month') AS month
    FROM smooth LEFT JOIN names ON country = country_region
    WHERE new_cases IS NOT NULL
), days AS (
    SELECT placed.*, continent, sum(new_cases) OVER (PARTITION BY continent, day) AS cases_of_day
    FROM placed JOIN continents ON placed.location = continents.location
), worst AS (
    SELECT *, max(cases_of_day) OVER (PARTITION BY continent, month) AS most FROM days
)
SELECT continent, month, sum(new_cases) AS new_cases, avg(mean_7_day) AS mean_7_day,
    count(DISTINCT country) AS countries, min(CASE WHEN cases_of_day = most THEN day END) AS worst_day,
    max(most) AS worst_day_cases
FROM worst GROUP BY continent, month
"""


def test_the_covid_jobs_plan_equals_that_of_sql_written_by_hand(spark: SparkSession) -> None:
    job = read_job(JOB)
    for name, source in job.sources.items():
        register(spark, name, {column: str(spec.type) for column, spec in source.columns.items()})
        # Without a row in sight the optimizer would rule everything out.
        spark.sql(f"SELECT * FROM {name}").write.mode("overwrite").saveAsTable(f"covid_{name}")
        spark.table(f"covid_{name}").createOrReplaceTempView(name)

    assert optimised(made(spark, compile_job(analyse(job)), "monthly")) == optimised(spark.sql(BY_HAND))
