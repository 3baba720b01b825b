"""One epidemic per region, day by day: the same for the same seed and name, whichever file asks for it."""

import math
import random
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count, repeat
from operator import add
from typing import NamedTuple

from examples.covid.countries import Country, Region

FIRST_DAY = date(2020, 1, 22)  # of JHU CSSE's series
RECOVERED_UNTIL = date(2021, 8, 4)  # JHU CSSE stopped there: zeros in its series, blanks in its reports
# From Monday: offices are shut at the weekend, and catch up.
WEEKDAYS = (0.9, 1.05, 1.1, 1.1, 1.05, 0.7, 0.6)
CORRECTION = 0.003  # of the days: about three a year, as a country's series has
CEILING = 0.0008  # new cases a day per inhabitant at which a wave breaks
SICK_DAYS, RECOVERY_DAYS = 14, 21


class Counts(NamedTuple):
    """What a region has reported since the beginning."""

    confirmed: int
    deaths: int
    recovered: int


NONE = Counts(0, 0, 0)


def day(index: int) -> date:
    """The date of a day of the series, counted from 0."""
    return FIRST_DAY + timedelta(index)


def course(country: Country, region: Region, seed: int) -> Iterator[Counts]:
    """A region's cumulative counts, one per day from `FIRST_DAY` on, without end.

    Once there is a case there is at least one for ever; a correction makes a count smaller than the day before.
    """
    chance = random.Random(f"{seed}/{country.name}/{region.province}/{region.county}")  # noqa: S311
    first = 0 if country.name == "China" else int(45 * chance.random() ** 2)
    yield from repeat(NONE, first)
    fatality = chance.uniform(0.004, 0.02)
    ceiling = max(2.0, region.population * CEILING)
    waves = _waves(ceiling, chance)
    confirmed = deaths = 0
    ill, recovering = deque([0] * SICK_DAYS), deque([0] * RECOVERY_DAYS)
    for index in count(first):
        level = next(waves)
        new = int(level * WEEKDAYS[(FIRST_DAY.weekday() + index) % 7] * (0.6 + 0.8 * chance.random()))
        if chance.random() < CORRECTION:
            new = -int(level * (0.5 + 2 * chance.random()))
        confirmed = max(1, min(confirmed + new, region.population))
        ill.append(max(new, 0))
        recovering.append(confirmed)
        died = int(ill.popleft() * fatality + chance.random())
        if chance.random() < CORRECTION:
            died = -int(died * 1.5 + 1)
        deaths = max(0, min(deaths + died, confirmed))
        recovered = max(0, min(recovering.popleft(), confirmed) - deaths)
        yield Counts(confirmed, deaths, recovered)


def _waves(ceiling: float, chance: random.Random) -> Iterator[float]:
    """New cases expected per day: growing for some weeks, falling for some, never above the ceiling or gone."""
    level = 1.0
    while True:
        for low, high in ((0.03, 0.12), (-0.07, -0.03)):
            growth = math.exp(chance.uniform(low, high))
            for _ in range(chance.randrange(30, 70)):
                level = min(max(level * growth, 0.4), ceiling)
                yield level


def sum_up(counts: tuple[Counts, ...]) -> Counts:
    """The sum, column by column."""
    summed = counts[0]
    for each in counts[1:]:
        summed = Counts(*map(add, summed, each))
    return summed
