"""Cron schedules as a Kubernetes CronJob understands them.

Kubernetes parses with robfig/cron's standard parser: five fields, Sunday is 0 and never 7, no `L`, `W`, `#` or seconds.
Python's croniter accepts more, so the fields are read here and croniter answers what only a calendar can: does it ever
come, and how often.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise

from transforms.documents.problems import Refused, nearest

SHORTEST_INTERVAL = timedelta(minutes=15)
"""A dump of a busy database takes minutes; closer runs would be skipped, since a backup never runs twice at once."""

WALKED = 400
"""How many runs are looked at: a year of days, which has every gap that weekdays and months make."""

_SHORTHANDS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True)
class _Field:
    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def number(self, text: str) -> int:
        if text.lower() in self.words:
            return self.words.index(text.lower()) + self.lowest
        if not re.fullmatch(r"[0-9]{1,4}", text):
            allowed = f"{self.lowest} to {self.highest}" + (
                f" or {self.words[0]} to {self.words[-1]}" if self.words else ""
            )
            raise Refused(f'the {self.name} "{text}" is not {allowed}')
        number = int(text)
        if not self.lowest <= number <= self.highest:
            raise Refused(f"the {self.name} {number} is not between {self.lowest} and {self.highest}")
        return number

    def check(self, text: str) -> None:
        for part in text.split(","):
            span, slash, step = part.partition("/")
            if slash and not re.fullmatch(r"[1-9][0-9]{0,3}", step):
                raise Refused(f'the {self.name} "{part}" needs a whole number of 1 or more after its slash')
            if span == "*":
                continue
            first, dash, last = span.partition("-")
            begin = self.number(first)
            if dash and self.number(last) < begin:
                raise Refused(f'the {self.name} "{span}" ends before it begins')


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 6, _DAYS),
)


def check_schedule(text: str) -> str:
    """A cron schedule as it was given. Raises Refused when Kubernetes would not take it or no backup could keep it."""
    if text.startswith("@"):
        raise Refused(
            "words in place of the five fields are not accepted", suggestion=_quoted(_SHORTHANDS.get(text.lower(), ""))
        )
    if text.upper().startswith(("TZ=", "CRON_TZ=")):
        raise Refused("the time zone belongs into time_zone, beside the schedule")
    clock = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if clock:
        raise Refused("it is a time of day", suggestion=_quoted(f"{int(clock[2])} {int(clock[1])} * * *"))
    parts = text.split()
    if len(parts) != len(_FIELDS):
        seconds = ", and seconds are not accepted" if len(parts) == len(_FIELDS) + 1 else ""
        raise Refused(f"it has {len(parts)} field{'' if len(parts) == 1 else 's'}{seconds}")
    if parts[4] == "7":
        raise Refused("Sunday is 0", suggestion=_quoted(" ".join([*parts[:4], "0"])))
    for field, part in zip(_FIELDS, parts, strict=True):
        field.check(part)
    _check_calendar(" ".join(parts))
    return text


def check_time_zone(name: str) -> str:
    """An IANA time zone's name as it was given. Raises Refused for others: `CET` and the like hide the summer time."""
    known = time_zones()
    if name in known:
        return name
    if re.fullmatch(r"[A-Z]{3,4}", name):
        raise Refused("an abbreviation leaves open when summer time holds")
    cities = {zone.rsplit("/", 1)[-1]: zone for zone in known}
    city = nearest(name.rsplit("/", 1)[-1], tuple(cities), cutoff=0.8)
    raise Refused(suggestion=nearest(name, known, cutoff=0.8) or cities.get(city, ""))


@cache
def longest_gap(schedule: str) -> timedelta:
    """The longest time between two runs of a checked schedule, in the next year or so."""
    from croniter import croniter

    runs = croniter(schedule, datetime(2026, 1, 1, tzinfo=UTC))
    times = [runs.get_next(datetime) for _ in range(WALKED)]
    return max(following - previous for previous, following in pairwise(times))


@cache
def time_zones() -> tuple[str, ...]:
    """Every zone `Area/City` and UTC, from the tzdata package, so that the answer is the same on every machine."""
    names = (resources.files("tzdata") / "zones").read_text(encoding="utf-8").split()
    return tuple(sorted(name for name in names if name == "UTC" or ("/" in name and not name.startswith("Etc/"))))


@cache
def _check_calendar(schedule: str) -> None:
    # Imported here: croniter and what it brings cost a tenth of a second that a file without schedules need not pay.
    from croniter import CroniterBadDateError, CroniterError, croniter

    # One fixed minute means an hour between runs at least; only the others are worth walking through.
    walked = 0 if schedule.split(maxsplit=1)[0].isdigit() else 50
    try:
        runs = croniter(schedule, datetime(2026, 1, 1, tzinfo=UTC))
        previous = runs.get_next(datetime)
        for _ in range(walked):
            following = runs.get_next(datetime)
            if following - previous < SHORTEST_INTERVAL:
                minutes = SHORTEST_INTERVAL // timedelta(minutes=1)
                raise Refused(f"two runs are less than {minutes} minutes apart")
            previous = following
    except CroniterBadDateError as never:
        raise Refused("its day never comes") from never
    except CroniterError as unreadable:
        raise Refused("it cannot be read as a schedule") from unreadable


def _quoted(schedule: str) -> str:
    return f'"{schedule}"' if schedule else ""
