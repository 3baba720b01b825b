"""Deep comparison of old and new values, in the terms of the engine."""

from __future__ import annotations

from collections.abc import Mapping

from .resource import Change, Kind
from .values import UNKNOWN, Path, Value, property_path


def compare(old: Value, new: Value, *, inputs: bool = True) -> dict[str, Change]:
    """The changed properties from `old` to `new`, by property path.

    An unknown value counts as changed. None and a missing key are the same. Lists are compared by position.
    `inputs` as in `Change.input`.
    """
    return {property_path(path): Change(kind, input=inputs) for path, kind in changed_paths(old, new)}


def changed_paths(old: Value, new: Value, path: Path = ()) -> list[tuple[Path, Kind]]:
    """As `compare`, with paths as tuples."""
    if new is UNKNOWN or old is UNKNOWN:
        return [(path, Kind.UPDATE if old is not None else Kind.ADD)]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return [
            change
            for key in (*new, *(key for key in old if key not in new))
            for change in changed_paths(old.get(key), new.get(key), (*path, key))
        ]
    if isinstance(old, list) and isinstance(new, list):
        changes = [
            change
            for index, (left, right) in enumerate(zip(old, new, strict=False))
            for change in changed_paths(left, right, (*path, index))
        ]
        changes += [((*path, index), Kind.ADD) for index in range(len(old), len(new))]
        changes += [((*path, index), Kind.DELETE) for index in range(len(new), len(old))]
        return changes
    if old == new and isinstance(old, bool) == isinstance(new, bool):
        return []
    if old is None:
        return [(path, Kind.ADD)]
    if new is None:
        return [(path, Kind.DELETE)]
    return [(path, Kind.UPDATE)]
