"""Expressions over one row; None is NULL."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from transforms.expressions import tree
from transforms.types import Type

Row = Mapping[str, Any]
Calls = Callable[[tree.Call], Any]
"""What a call of an aggregate or window function is in this row."""


def value(node: tree.Node, row: Row, calls: Calls | None = None) -> Any:  # noqa: C901 - one case for each node
    """The value of an expression."""

    def of(part: tree.Node) -> Any:
        return value(part, row, calls)

    match node:
        case tree.Literal():
            return node.value
        case tree.Reference():
            return row[node.name]
        case tree.Unary():
            return _unary(node.operator, of(node.operand))
        case tree.Binary(operator="AND"):
            return conjunction(of(node.left), of(node.right))
        case tree.Binary(operator="OR"):
            return negation(conjunction(negation(of(node.left)), negation(of(node.right))))
        case tree.Binary():
            return _binary(node.operator, of(node.left), of(node.right))
        case tree.Among():
            found: bool | None = False
            for choice in node.choices:
                same = _binary("=", of(node.operand), of(choice))
                found = negation(conjunction(negation(found), negation(same)))
            return found
        case tree.Case():
            for when, then in node.branches:
                if of(when) is True:
                    return of(then)
            return of(node.otherwise) if node.otherwise else None
        case tree.Cast():
            return cast(of(node.operand), node.type, attempt=node.attempt)
        case tree.Call():
            if calls is not None and node.function not in SCALARS:
                return calls(node)
            return SCALARS[node.function](*map(of, node.arguments))
    raise AssertionError(node)


def negation(of: bool | None) -> bool | None:
    """NOT."""
    return None if of is None else not of


def conjunction(one: bool | None, other: bool | None) -> bool | None:
    """AND: false wins over NULL, NULL over true."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _unary(operator: str, of: Any) -> Any:
    if operator == "IS NULL":
        return of is None
    if operator == "IS NOT NULL":
        return of is not None
    if operator == "NOT":
        return negation(of)
    return None if of is None else -of


def _numbers(left: Any, right: Any) -> tuple[Any, Any]:
    """A float and a decimal meet as floats, a whole number and a decimal as decimals."""
    if isinstance(left, float) != isinstance(right, float):
        return (float(left), float(right))
    return left, right


def _binary(operator: str, left: Any, right: Any) -> Any:
    if operator == "<=>":
        return (left is None and right is None) or (left is not None and right is not None and left == right)
    if left is None or right is None:
        return None
    if operator == "||":
        return left + right
    if operator == "LIKE":
        return like(left, right)
    if not isinstance(left, str | bool | datetime.date):
        left, right = _numbers(left, right)
    return _OPERATORS[operator](left, right)


def _remainder(left: Any, right: Any) -> Any:
    """With the sign of the left side, as in SQL."""
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": _remainder,
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def like(text: str, pattern: str) -> bool:
    """LIKE with `%`, `_` and backslash."""
    parts, at = [], 0
    while at < len(pattern):
        if pattern[at] == "\\":
            at += 1
            parts.append(re.escape(pattern[at]))
        else:
            parts.append({"%": ".*", "_": "."}.get(pattern[at], re.escape(pattern[at])))
        at += 1
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def cast(of: Any, to: Type, *, attempt: bool = False) -> Any:
    """CAST and TRY_CAST, between what the generated jobs hold."""
    if of is None:
        return None
    try:
        return _cast(of, to)
    except (ValueError, ArithmeticError):
        if attempt:
            return None
        raise


def _cast(of: Any, to: Type) -> Any:
    if to.name == "string":
        return str(of).lower() if isinstance(of, bool) else str(of)
    if to.integral:
        whole = int(of.strip()) if isinstance(of, str) else int(of)
        bits = {"tinyint": 7, "smallint": 15, "int": 31, "bigint": 63}[to.name]
        if not -(2**bits) <= whole < 2**bits:
            raise ArithmeticError(whole)
        return whole
    if to.name == "decimal":
        return Decimal(str(of)).quantize(Decimal(1).scaleb(-to.scale), ROUND_HALF_UP)
    if to.name == "double":
        return float(of)
    if to.name == "date" and isinstance(of, str):
        return datetime.date.fromisoformat(of.strip())
    raise AssertionError(f"{of!r} as {to}")


def strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """NULL when one argument is NULL."""
    return lambda *arguments: None if any(a is None for a in arguments) else function(*arguments)


def _extreme(choose: Callable[[Any], Any]) -> Callable[..., Any]:
    def found(*values: Any) -> Any:
        known = [each for each in values if each is not None]
        return choose(known) if known else None

    return found


def _rounded(of: Any, digits: int = 0) -> Any:
    exact = Decimal(repr(of) if isinstance(of, float) else of).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return type(of)(exact)


def _substring(text: str, start: int, length: int | None = None) -> str:
    """From 1; a negative start counts from the end."""
    begin = start - 1 if start > 0 else len(text) + start if start < 0 else 0
    end = len(text) if length is None else begin + max(length, 0)
    return text[max(begin, 0) : max(end, 0)]


def _months(day: datetime.date, months: int) -> datetime.date:
    whole = day.year * 12 + day.month - 1 + months
    first = datetime.date(whole // 12, whole % 12 + 1, 1)
    return first.replace(day=min(day.day, _last(first).day))


def _last(day: datetime.date) -> datetime.date:
    after = datetime.date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return after - datetime.timedelta(days=1)


def _trunc(day: datetime.date, unit: str) -> datetime.date:
    return day.replace(day=1) if unit == "MM" else day.replace(month=1, day=1)


def _to_date(text: str, pattern: str = "") -> datetime.date:
    assert not pattern
    return datetime.date.fromisoformat(text.strip())


SCALARS: dict[str, Callable[..., Any]] = {
    "lower": strict(str.lower),
    "upper": strict(str.upper),
    "trim": strict(lambda t: t.strip(" ")),
    "ltrim": strict(lambda t: t.lstrip(" ")),
    "rtrim": strict(lambda t: t.rstrip(" ")),
    "reverse": strict(lambda t: t[::-1]),
    "length": strict(len),
    "contains": strict(lambda t, part: part in t),
    "startswith": strict(str.startswith),
    "endswith": strict(str.endswith),
    "left": strict(lambda t, n: t[: max(n, 0)]),
    "right": strict(lambda t, n: t[max(len(t) - n, 0) :] if n > 0 else ""),
    "substring": strict(_substring),
    "concat": strict(lambda *texts: "".join(texts)),
    "concat_ws": lambda between, *texts: between.join(t for t in texts if t is not None),
    "replace": strict(lambda t, old, new: t.replace(old, new) if old else t),
    "instr": strict(lambda t, part: t.find(part) + 1),
    "abs": strict(abs),
    "sign": strict(lambda n: float((n > 0) - (n < 0))),
    "ceil": strict(lambda n: int(Decimal(n).to_integral_value(ROUND_CEILING))),
    "floor": strict(lambda n: int(Decimal(n).to_integral_value(ROUND_FLOOR))),
    "round": strict(_rounded),
    "greatest": _extreme(max),
    "least": _extreme(min),
    "try_divide": strict(lambda a, b: None if b == 0 else a / b),
    "coalesce": lambda *values: next((v for v in values if v is not None), None),
    "nullif": lambda a, b: None if a is not None and b is not None and a == b else a,
    "if": lambda when, then, otherwise: then if when is True else otherwise,
    "year": strict(lambda d: d.year),
    "month": strict(lambda d: d.month),
    "quarter": strict(lambda d: (d.month + 2) // 3),
    "day": strict(lambda d: d.day),
    "dayofweek": strict(lambda d: d.isoweekday() % 7 + 1),
    "dayofyear": strict(lambda d: d.timetuple().tm_yday),
    "weekofyear": strict(lambda d: d.isocalendar().week),
    "date_add": strict(lambda d, n: d + datetime.timedelta(days=n)),
    "date_sub": strict(lambda d, n: d - datetime.timedelta(days=n)),
    "add_months": strict(_months),
    "datediff": strict(lambda a, b: (a - b).days),
    "last_day": strict(_last),
    "trunc": strict(_trunc),
    "to_date": strict(_to_date),
}
