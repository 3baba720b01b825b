"""Values as Keycloak writes them: durations in seconds, attributes with several values, booleans as words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from sandbox.plugins.declared.fields import Table
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import UNKNOWN, Value

SEPARATOR = "##"
"""What the vendor's package puts between the values of one attribute."""

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def seconds(duration: str) -> int | None:
    """Return the seconds of a duration such as `1h30m`, or None when it is none."""
    found = _DURATION.fullmatch(duration)
    if found is None or not duration:
        return None
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def duration(total: int) -> str:
    """Return seconds as the vendor's package writes them: `1h30m0s`."""
    hours, rest = divmod(total, 3600)
    minutes, left = divmod(rest, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{left}s"


def same_duration(wanted: Value, actual: Value) -> bool:
    """Say whether two durations last equally long."""
    return wanted == actual or (seconds(str(wanted)) is not None and seconds(str(wanted)) == seconds(str(actual)))


def ill_durations(names: Iterable[str], inputs: Mapping[str, Value]) -> Iterable[Failure]:
    """Yield a failure for each property that should be a duration and is none."""
    for name in names:
        value = inputs.get(name)
        if value is not None and value is not UNKNOWN and value and seconds(value) is None:
            yield Failure(name, f"must be a duration such as `5m`, `1h30m` or `45s`, not `{value}`")


def split(attributes: Mapping[str, str] | None) -> dict[str, list[str]]:
    """Return attributes with their values apart."""
    return {name: value.split(SEPARATOR) for name, value in (attributes or {}).items()}


def joined(attributes: Mapping[str, Sequence[str]] | None) -> dict[str, str]:
    """Return attributes with their values in one text."""
    return {name: SEPARATOR.join(values) for name, values in (attributes or {}).items()}


def same_attributes(wanted: Value, actual: Value) -> bool:
    """Say whether attributes are equal; the order of an attribute's values does not count."""
    return _unordered(wanted) == _unordered(actual)


def _unordered(attributes: Value) -> dict[str, list[str]]:
    return {name: sorted(value.split(SEPARATOR)) for name, value in (attributes or {}).items()}


def word(value: bool) -> str:
    """Return a boolean as Keycloak's attributes hold it."""
    return "true" if value else "false"


def unknown_free(table: Table, inputs: Mapping[str, Value]) -> bool:
    """Say whether every input of a table is known."""
    return all(inputs.get(name) is not UNKNOWN for name in table)
