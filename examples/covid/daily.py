"""JHU CSSE's daily reports, MM-DD-YYYY.csv: cumulative counts in the layout that was the custom of the day."""

from dataclasses import dataclass
from datetime import date, timedelta

from examples.covid.countries import Country, Region
from examples.covid.epidemic import RECOVERED_UNTIL, Counts
from examples.covid.sheet import Layout

FOLDER = "csse_covid_19_daily_reports"
COUNTS = ("Confirmed", "Deaths", "Recovered")
FIRST = ("Province/State", "Country/Region", "Last Update", *COUNTS)
SECOND = (*FIRST, "Latitude", "Longitude")
THIRD = (
    *("FIPS", "Admin2", "Province_State", "Country_Region", "Last_Update", "Lat", "Long_"),
    *(*COUNTS, "Active", "Combined_Key"),
)
FOURTH = (*THIRD, "Incidence_Rate", "Case-Fatality_Ratio")
FIFTH = (*THIRD, "Incident_Rate", "Case_Fatality_Ratio")
# From which day each holds.
LAYOUTS = (
    (date(2020, 1, 22), FIRST),
    (date(2020, 3, 1), SECOND),
    (date(2020, 3, 22), THIRD),
    (date(2020, 5, 29), FOURTH),
    (date(2020, 11, 9), FIFTH),
)
MODERN_NAMES = date(2020, 3, 10)  # "Korea, South" instead of "South Korea", states instead of "King County, WA"
ZEROS = date(2020, 2, 1)  # until then a blank stood for none
NEXT_MORNING = date(2020, 4, 23)  # from then the update came after midnight
# Files that somebody saved from a spreadsheet: other dates in Last Update, and a byte order mark.
BY_HAND = frozenset(
    {date(2020, 1, 22) + timedelta(days) for days in range(11)}
    | {date(2020, 3, 22), date(2020, 3, 28), date(2020, 3, 30), date(2020, 4, 2), date(2020, 4, 4), date(2020, 4, 6)}
)


def file(day: date) -> str:
    """The path of a day's report."""
    return f"{FOLDER}/{day:%m-%d-%Y}.csv"


def columns(day: date) -> tuple[str, ...]:
    """A day's header."""
    return next(found for since, found in reversed(LAYOUTS) if since <= day)


def layout(day: date) -> Layout:
    """A day's header, and what may be spoiled below it."""
    found = columns(day)
    return Layout(found, key=(_either(found, "Country"),), counts=COUNTS, date=_either(found, "Last"))


def _either(found: tuple[str, ...], start: str) -> str:
    return next(column for column in found if column.startswith(start))


@dataclass(frozen=True)
class Report:
    """One day's way to write a row.

    Attributes:
        day: what the file is named after.
        columns: its header.
        updated: what stands in Last Update.
    """

    day: date
    columns: tuple[str, ...]
    updated: str

    def row(self, country: Country, region: Region, counts: Counts) -> list[str]:
        """A region's row."""
        if len(self.columns) > len(SECOND):
            return self._modern(country, region, counts)
        old = self.day < MODERN_NAMES
        place = [region.early_label if old else region.province, country.early_name if old else country.name]
        fields = [*place, self.updated, *(self._count(each) for each in counts)]
        return fields if self.columns is FIRST else [*fields, str(region.latitude), str(region.longitude)]

    def _count(self, count: int) -> str:
        return "" if count == 0 and self.day < ZEROS else str(count)

    def _modern(self, country: Country, region: Region, counts: Counts) -> list[str]:
        confirmed, deaths, recovered = counts
        name = ", ".join(part for part in (region.county, region.province, country.name) if part)
        known = self.day <= RECOVERED_UNTIL
        fields = [region.fips, region.county, region.province, country.name, self.updated]
        fields += [str(region.latitude), str(region.longitude), str(confirmed), str(deaths)]
        fields += [str(recovered), str(confirmed - deaths - recovered), name] if known else ["", "", name]
        if self.columns is THIRD:
            return fields
        return [*fields, str(confirmed * 100_000 / region.population), str(deaths * 100 / confirmed)]


def report(day: date) -> Report:
    """How the rows of a day are written."""
    return Report(day, columns(day), _updated(day))


def _updated(day: date) -> str:
    short = f"{day.month}/{day.day}/{day:%y}"
    if day in BY_HAND:
        if day == date(2020, 1, 22):
            return "1/22/2020 17:00"
        if day < date(2020, 1, 31):
            return f"{short} 17:00"
        return f"{day.month}/{day.day}/{day.year} 23:59" if day < date(2020, 3, 1) else f"{short} 23:45"
    if day < date(2020, 3, 22):
        return f"{day}T20:53:02"
    if day < NEXT_MORNING:
        return f"{day} 23:19:34"
    return f"{day + timedelta(1)} 04:32:48"
