"""Durations in PostgreSQL's notation: `30s`, `5min`, `2h`."""

from __future__ import annotations

import re

from transforms.documents.problems import Refused

DURATION_PATTERN = r"^[1-9][0-9]{0,4}(s|min|h)$"
MOST_SECONDS = 24 * 60 * 60
"""Longer than a day is no limit that anyone would notice."""

_SECONDS = {"s": 1, "min": 60, "h": 60 * 60}
# `m` is minutes to Kubernetes and milli to SI; PostgreSQL takes neither.
_MEANT = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "m": "min", "min": "min", "mins": "min", "minute": "min", "minutes": "min",
    "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
}  # fmt: skip


def milliseconds(duration: str) -> int:
    """How many milliseconds `5min` is. Raises Refused when it is no such duration."""
    if not re.match(DURATION_PATTERN, duration) or "\n" in duration:
        raise Refused(suggestion=_meant(duration))
    number, unit = re.split(r"(?<=[0-9])(?=[a-z])", duration)
    return int(number) * _SECONDS[unit] * 1000


def check_duration(duration: str) -> str:
    """A duration as it was given. Raises Refused when it is none, or longer than a day."""
    if milliseconds(duration) > MOST_SECONDS * 1000:
        raise Refused("it may be at most 24h; for no limit, leave the key out")
    return duration


def _meant(duration: str) -> str:
    match = re.fullmatch(r"0*([1-9][0-9]{0,4})\s*([a-z]+)\.?", duration.strip().lower())
    unit = _MEANT.get(match[2]) if match else None
    if not match or unit is None:
        return ""
    return match[1] + unit if int(match[1]) * _SECONDS[unit] <= MOST_SECONDS else ""
