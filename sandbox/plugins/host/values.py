"""The plain values that resource types work with: JSON, plus one sentinel for what a preview cannot know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias, final


@final
class Unknown:
    """The type of `UNKNOWN`. There is one object of it; compare with `is`."""

    _instance: Unknown | None = None

    def __new__(cls) -> Unknown:  # noqa: D102
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("the truth of an unknown value is not known; test `value is UNKNOWN` first")

    def __deepcopy__(self, memo: dict[int, Any]) -> Unknown:
        return self


UNKNOWN: Final = Unknown()

Value: TypeAlias = Any
"""None, bool, int, float, str, a list or str-keyed dict of values, or `UNKNOWN`."""

Inputs: TypeAlias = Mapping[str, Value]
State: TypeAlias = Mapping[str, Value]
Path: TypeAlias = tuple[str | int, ...]


def contains_unknown(value: Value) -> bool:
    """Whether `value` is `UNKNOWN` or holds it at any depth."""
    if value is UNKNOWN:
        return True
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return False


def lookup(value: Value, path: Path) -> Value | None:
    """The value at `path`; None where there is none (and where the path runs through an unknown)."""
    for step in path:
        if isinstance(value, Mapping) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def leaves(value: Value, path: Path = ()) -> Iterator[tuple[Path, Value]]:
    """Every value that is no list and no dict, with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path, value


def property_path(path: Path) -> str:
    """The path as Pulumi writes it: `spec.ports[0].name`, `metadata.labels["app.kubernetes.io/name"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "a").replace("-", "a").replace("$", "a").isalnum():
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text
