"""JHU CSSE's global time series: a row per country or province, a column per day, cumulative."""

from collections.abc import Sequence

from examples.covid.countries import Country
from examples.covid.epidemic import Counts, day
from examples.covid.sheet import Layout

FOLDER = "csse_covid_19_time_series"
# The word in the file's name, and where `Counts` has it.
MEASURES = (("confirmed", 0), ("deaths", 1), ("recovered", 2))
PLACE = ("Province/State", "Country/Region", "Lat", "Long")


def file(measure: str) -> str:
    """The path of a measure's file."""
    return f"{FOLDER}/time_series_covid19_{measure}_global.csv"


def layout(days: int) -> Layout:
    """The columns for a number of days."""
    dates = tuple(heading(index) for index in range(days))
    return Layout((*PLACE, *dates), key=("Country/Region",), counts=dates)


def heading(index: int) -> str:
    """A day's column, M/D/YY."""
    date = day(index)
    return f"{date.month}/{date.day}/{date:%y}"


def rows(country: Country, courses: Sequence[Sequence[Counts]], summed: Sequence[Counts]) -> list[list[list[str]]]:
    """A country's rows, for each of `MEASURES`.

    Args:
        country: whose.
        courses: its regions' counts, each a list of days.
        summed: their sum.
    """
    if country.by_county:
        places = [["", country.name, str(country.latitude), str(country.longitude)]]
        courses = [summed]
    else:
        places = [
            [region.province, country.name, str(region.latitude), str(region.longitude)] for region in country.regions
        ]
    return [
        [place + [str(counts[at]) for counts in course] for place, course in zip(places, courses, strict=True)]
        for _, at in MEASURES
    ]
