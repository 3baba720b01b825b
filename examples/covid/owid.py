"""Our World in Data's table: a row per location and day since its first case, and aggregates such as the World."""

from collections.abc import Iterator, Sequence

from examples.covid.countries import Country
from examples.covid.epidemic import NONE, Counts, day
from examples.covid.sheet import Layout

FILE = "owid-covid-data.csv"
# The real file's first sixteen of 67, in its order, and population, which comes 63rd there.
COLUMNS = (
    *("iso_code", "continent", "location", "date"),
    *("total_cases", "new_cases", "new_cases_smoothed", "total_deaths", "new_deaths", "new_deaths_smoothed"),
    *("total_cases_per_million", "new_cases_per_million", "new_cases_smoothed_per_million"),
    *("total_deaths_per_million", "new_deaths_per_million", "new_deaths_smoothed_per_million"),
    "population",
)
LAYOUT = Layout(COLUMNS, key=("iso_code", "date"), counts=("total_cases",), date="date")
WEEK = 7
CODES = {
    "Africa": "OWID_AFR",
    "Asia": "OWID_ASI",
    "Europe": "OWID_EUR",
    "North America": "OWID_NAM",
    "Oceania": "OWID_OCE",
    "South America": "OWID_SAM",
}
# Of those in countries.csv.
EUROPEAN_UNION = frozenset(
    ("AUT", "BEL", "CZE", "DEU", "DNK", "ESP", "FIN", "FRA", "GRC", "IRL", "ITA", "NLD", "POL", "PRT", "SWE")
)


def rows(
    iso_code: str, continent: str, location: str, population: int, counts: Sequence[Counts]
) -> Iterator[list[str]]:
    """A location's rows, from its first case on; blank is what is not known.

    Deaths are blank until there is one, means until there is a week to take them of.
    """
    place = [iso_code, continent, location]
    last = str(float(population))
    begun = next((index for index, each in enumerate(counts) if each.confirmed), len(counts))
    for index in range(begun, len(counts)):
        now, before = counts[index], counts[index - 1] if index else NONE
        week = None
        if index - begun >= WEEK - 1:
            # The day before the first case is a count of none, and there may be no day before the series.
            week = counts[index - WEEK] if index >= WEEK else NONE
        cases = _figures(now.confirmed, before.confirmed, week and week.confirmed, population)
        if now.deaths or before.deaths:
            deaths = _figures(now.deaths, before.deaths, week and week.deaths, population)
        else:
            deaths = _UNKNOWN
        yield [*place, day(index).isoformat(), *cases[:3], *deaths[:3], *cases[3:], *deaths[3:], last]


_UNKNOWN = ("",) * 6


def _figures(now: int, before: int, week: int | None, population: int) -> tuple[str, ...]:
    """Total, new and smoothed, then the same per million."""
    values = [now, now - before, None if week is None else (now - week) / WEEK]
    return tuple(
        "" if each is None else str(round(each * scale, 3) + 0.0)  # no -0.0
        for scale in (1.0, 1e6 / population)
        for each in values
    )


class Aggregates:
    """The sums that Our World in Data lists among the countries, kept day by day while countries go by."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._sums: dict[tuple[str, str], list[list[int]]] = {}
        self._people: dict[tuple[str, str], int] = {}

    def add(self, country: Country, counts: Sequence[Counts]) -> None:
        """Count a country in wherever it belongs."""
        groups = [("OWID_WRL", "World"), (CODES[country.continent], country.continent)]
        if country.iso_code in EUROPEAN_UNION:
            groups.append(("OWID_EUN", "European Union"))
        for group in groups:
            sums = self._sums.setdefault(group, [[0, 0] for _ in range(self._days)])
            for sum_, each in zip(sums, counts, strict=True):
                sum_[0] += each.confirmed
                sum_[1] += each.deaths
            self._people[group] = self._people.get(group, 0) + country.population

    def rows(self) -> Iterator[list[str]]:
        """Their rows, the continent blank."""
        for (code, name), sums in sorted(self._sums.items()):
            counts = [Counts(confirmed, deaths, 0) for confirmed, deaths in sums]
            yield from rows(code, "", name, self._people[code, name], counts)
