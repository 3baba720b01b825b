"""The countries that the generator knows: `countries.csv` and `regions.csv`, and made-up ones after those."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path

HERE = Path(__file__).parent
CONTINENTS = ("Africa", "Asia", "Europe", "North America", "Oceania", "South America")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Region:
    """A place that reports its own counts: a country, one of its provinces, or a county of the US.

    Attributes:
        province: JHU CSSE's Province_State; blank for a whole country, and for a mainland beside its overseas parts.
        county: Admin2, blank outside the US.
        fips: the county's number as JHU CSSE writes it, without a leading zero.
        early_label: Province/State in the reports before 10 March 2020.
    """

    province: str
    county: str
    fips: str
    early_label: str
    population: int
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Country:
    """A Country_Region of JHU CSSE, with its location of Our World in Data where there is one.

    Attributes:
        name: JHU CSSE's Country_Region, such as `Korea, South`.
        early_name: Country/Region in the reports before 10 March 2020.
        location: Our World in Data's name, such as `South Korea`.
        iso_code: blank for a ship, which Our World in Data does not list.
        continent: blank for a ship.
        regions: at least one.
    """

    name: str
    early_name: str
    location: str
    iso_code: str
    continent: str
    population: int
    latitude: float
    longitude: float
    regions: tuple[Region, ...]

    @property
    def by_county(self) -> bool:
        """Whether its regions are counties, which the daily reports list and the global time series sum up."""
        return any(region.county for region in self.regions)


def countries(number: int) -> list[Country]:
    """As many countries as asked for: the real ones in their file's order, then made-up ones."""
    return list(islice(_all(), number))


def _all() -> Iterator[Country]:
    names = {row["country_region"]: row["location"] for row in _rows("names.csv")}
    regions: dict[str, list[Region]] = {}
    for row in _rows("regions.csv"):
        regions.setdefault(row["country_region"], []).append(
            Region(
                row["province_state"],
                row["admin2"],
                row["fips"],
                row["early_label"],
                int(row["population"]),
                float(row["latitude"]),
                float(row["longitude"]),
            )
        )
    for row in _rows("countries.csv"):
        name, population = row["country_region"], int(row["population"])
        latitude, longitude = float(row["latitude"]), float(row["longitude"])
        yield Country(
            name,
            row["early_name"],
            names.get(name, name),
            row["iso_code"],
            row["continent"],
            population,
            latitude,
            longitude,
            tuple(regions.get(name, [Region("", "", "", "", population, latitude, longitude)])),
        )
    yield from map(_made_up, count())


def _rows(file: str) -> Iterator[dict[str, str]]:
    with (HERE / file).open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _made_up(index: int) -> Country:
    """The same country for an index whatever the generator's seed, with a code that ISO 3166 leaves to its users."""
    name = f"Country {index + 1:04}"
    chance = random.Random(name)  # noqa: S311
    code, rest = "", index
    while rest or len(code) < 2:
        rest, letter = divmod(rest, len(LETTERS))
        code = LETTERS[letter] + code
    population = int(10 ** chance.uniform(4.5, 8.0))
    latitude, longitude = round(chance.uniform(-55, 70), 4), round(chance.uniform(-180, 180), 4)
    region = Region("", "", "", "", population, latitude, longitude)
    continent = CONTINENTS[index % len(CONTINENTS)]
    return Country(name, name, name, f"X{code}", continent, population, latitude, longitude, (region,))
