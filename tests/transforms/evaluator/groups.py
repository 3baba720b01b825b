"""Aggregates and window functions over lists of rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.transforms.evaluator.values import Row, value
from transforms.expressions import tree


def aggregate(call: tree.Call, rows: Sequence[Row], scale: int = 0) -> Any:
    """The value of an aggregate; `scale` is that of a decimal's mean."""
    if call.star:
        return len(rows)
    found = [value(call.arguments[0], row) for row in rows]
    if call.function in {"min_by", "max_by"}:
        return _by(call, rows)
    known = [each for each in found if each is not None]
    if call.function in {"count", "approx_count_distinct"}:
        return len(set(known)) if call.distinct or call.function != "count" else len(known)
    if call.function == "count_if":
        return sum(known)
    if not known:
        return None
    if call.function == "avg":
        return _mean(known, scale)
    return _KNOWN[call.function](known)


def _by(call: tree.Call, rows: Sequence[Row]) -> Any:
    pairs = [(value(call.arguments[1], row), value(call.arguments[0], row)) for row in rows]
    known = [pair for pair in pairs if pair[0] is not None]
    if not known:
        return None
    choose = min if call.function == "min_by" else max
    return choose(known, key=lambda pair: pair[0])[1]


def _mean(known: list[Any], scale: int) -> Any:
    if isinstance(known[0], Decimal):
        return (sum(known) / Decimal(len(known))).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    return math.fsum(known) / len(known)


def _variance(known: list[Any]) -> Any:
    if len(known) < 2:
        return None
    mean = math.fsum(map(float, known)) / len(known)
    return math.fsum((float(each) - mean) ** 2 for each in known) / (len(known) - 1)


def _deviation(known: list[Any]) -> Any:
    found = _variance(known)
    return None if found is None else math.sqrt(found)


def _median(known: list[Any]) -> float:
    ordered = sorted(known)
    middle = (len(ordered) - 1) / 2
    return (float(ordered[math.floor(middle)]) + float(ordered[math.ceil(middle)])) / 2


_KNOWN: dict[str, Callable[[list[Any]], Any]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "variance": _variance,
    "stddev": _deviation,
    "median": _median,
    "bool_and": all,
    "bool_or": any,
}


def windowed(call: tree.Call, at: int, rows: Sequence[Row], peers: Sequence[int], frame: tuple[int, int] | None) -> Any:
    """The value of a function in row `at` of its partition's ordered rows.

    Args:
        peers: for each row, how many places rows before it have in the order: equal rows have the same.
        frame: the first row and the one after the last; None for all rows up to the row's peers.
    """
    last = max(index for index, place in enumerate(peers) if place == peers[at]) + 1
    first, after = frame or (0, last)
    inside = rows[first:after] if first < after else []
    match call.function:
        case "row_number":
            return at + 1
        case "rank":
            return peers.index(peers[at]) + 1
        case "dense_rank":
            return len(set(peers[: at + 1]))
        case "lag" | "lead":
            step = int(call.arguments[1].value) if len(call.arguments) > 1 else 1  # type: ignore[attr-defined]
            other = at - step if call.function == "lag" else at + step
            return value(call.arguments[0], rows[other]) if 0 <= other < len(rows) else None
        case "first_value" | "last_value":
            found = [value(call.arguments[0], row) for row in inside]
            return None if not found else found[0 if call.function == "first_value" else -1]
    return aggregate(call, inside, 6)
