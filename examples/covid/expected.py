"""What the example's job must give, computed by DuckDB from the same CSV files and sharing no code with the job.

`python -m examples.covid.expected DIR` prints it as CSV.
"""

import csv
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

NAMES = Path(__file__).parent / "names.csv"
SERIES = "csse_covid_19_time_series/time_series_covid19_confirmed_global.csv"
OWID = "owid-covid-data.csv"


class Row(NamedTuple):
    """A continent's month.

    Attributes:
        continent: Our World in Data's.
        month: its first day.
        new_cases: the sum; a 64-bit integer, less than 0 where corrections outweigh cases.
        mean_7_day: the mean over the month's country-days of each one's 7-day mean; a 64-bit float.
        countries: how many JHU CSSE countries are in it; a 64-bit integer.
        worst_day: on which the continent's countries together had the most new cases; the earliest of several.
        worst_day_cases: how many; a 64-bit integer.
    """

    continent: str
    month: date
    new_cases: int
    mean_7_day: float
    countries: int
    worst_day: date
    worst_day_cases: int


# One statement per step of the example, in its order.
QUERY = """
WITH cells AS (
    SELECT * FROM (
        SELECT * EXCLUDE ("Province/State", "Lat", "Long")
        FROM read_csv(getvariable('series'), header = true, all_varchar = true, delim = ',', quote = '"')
    )
    UNPIVOT INCLUDE NULLS (confirmed FOR heading IN (COLUMNS(* EXCLUDE ("Country/Region"))))
),
countries AS (
    SELECT
        "Country/Region" AS country,
        strptime(heading, '%m/%d/%y')::DATE AS day,
        sum(confirmed::BIGINT)::BIGINT AS confirmed
    FROM cells
    GROUP BY ALL
),
news AS (
    SELECT country, day, confirmed - lag(confirmed) OVER (PARTITION BY country ORDER BY day) AS new_cases
    FROM countries
),
smooth AS (
    SELECT *, avg(new_cases) OVER (PARTITION BY country ORDER BY day ROWS 6 PRECEDING) AS mean_7_day
    FROM news
),
continents AS (
    SELECT DISTINCT location, continent
    FROM read_csv(getvariable('owid'), header = true, all_varchar = true, delim = ',', quote = '"')
    WHERE continent <> ''
),
names AS (
    SELECT * FROM read_csv(getvariable('names'), header = true, all_varchar = true, delim = ',', quote = '"')
),
placed AS (
    SELECT continent, date_trunc('month', day)::DATE AS month, day, country, new_cases, mean_7_day
    FROM smooth
    LEFT JOIN names ON names.country_region = country
    JOIN continents ON continents.location = coalesce(names.location, country)
    WHERE new_cases IS NOT NULL
),
days AS (
    SELECT continent, month, day, sum(new_cases)::BIGINT AS cases FROM placed GROUP BY ALL
),
worst AS (
    SELECT continent, month, day, cases
    FROM days
    QUALIFY row_number() OVER (PARTITION BY continent, month ORDER BY cases DESC, day) = 1
),
months AS (
    SELECT continent, month, sum(new_cases)::BIGINT AS new_cases, avg(mean_7_day) AS mean_7_day,
        count(DISTINCT country) AS countries
    FROM placed
    GROUP BY ALL
)
SELECT continent, month, new_cases, mean_7_day, countries, day, cases
FROM months JOIN worst USING (continent, month)
ORDER BY continent, month
"""


def expected(folder: Path, names: Path = NAMES) -> list[Row]:
    """The result for the files below `folder`, by continent and then month.

    The steps, exactly:

    1. Each date column of JHU CSSE's confirmed series becomes a row; its name is a date M/D/YY, its value a 64-bit
       integer.
    2. Confirmed cases of a country and day are the sum over its provinces. A blank cell counts as nothing; where all
       cells are blank the sum is NULL.
    3. New cases are the difference to the same country's row of the day before, in the order of dates. The first day
       has none to differ from: NULL, not the day's count. A correction gives a negative number, which stays.
    4. The 7-day mean is over the country's last seven rows up to this one, fewer at the beginning; NULLs are left out
       of it, so the second day's mean is its own new cases. It includes corrections.
    5. JHU CSSE's country is looked up in `names.csv` (`country_region`, `location`); what is not listed has the same
       name in Our World in Data.
    6. The continent is the location's in Our World in Data's table. A row with a blank continent is an aggregate and
       gives none (an `OWID_` code does not tell: Kosovo's is OWID_KOS, and Kosovo counts). Countries without a
       continent, as ships are, are left out. A location has one continent.
    7. Days whose new cases are NULL, as each country's first one, are left out after the means were taken.
    8. Per continent and calendar month: see `Row`. A month without a row does not appear.

    Integers must agree exactly; `mean_7_day` only to 1e-9 of its size, since a mean of floats depends on the order in
    which they are added.

    Bad rows are not left out here but refused: compare a job that read them with the same seed's folder without them.

    Raises:
        duckdb.Error: a file is missing, or has a row that does not fit its header, a number or a date.
    """
    with duckdb.connect() as connection:
        for variable, file in (("series", folder / SERIES), ("owid", folder / OWID), ("names", names)):
            connection.execute(f"SET VARIABLE {variable} = ?", [str(file)])
        return [Row(*found) for found in connection.execute(QUERY).fetchall()]


def main(arguments: Sequence[str]) -> int:
    """Print the result for a folder as CSV; 2 where the arguments are wrong, 1 where the folder's files are."""
    if len(arguments) != 1:
        print("usage: python -m examples.covid.expected DIR", file=sys.stderr)
        return 2
    try:
        found = expected(Path(arguments[0]))
    except duckdb.Error as error:
        print(error, file=sys.stderr)
        return 1
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(found)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
