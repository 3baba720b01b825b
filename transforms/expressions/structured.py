"""Conditions as mappings, for those who generate job files: `{column: cases, at_least: 0}`, `{any: [...]}`.

They become the same tree as the texts do; their values are always values, never parts of an expression.
"""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal
from typing import Any

from transforms.documents.problems import Refused, nearest, one_of, quoted
from transforms.expressions.parse import DEEPEST, not_too_tall, number
from transforms.expressions.tree import Among, Binary, Literal, Node, Reference, Unary
from transforms.types import BIGINT, BOOLEAN, DATE, INT, STRING

_COMPARISONS = {
    "equals": "=",
    "not_equals": "<>",
    "less_than": "<",
    "at_most": "<=",
    "more_than": ">",
    "at_least": ">=",
    "like": "LIKE",
}
OPERATORS = (*_COMPARISONS, "is_null", "in", "not_in", "between")


def condition_of(value: object) -> Node:
    """Read a condition that is written as a mapping.

    Raises:
        Refused: it is none, and what was expected.
    """
    return not_too_tall(_condition(value, 0))


def _condition(value: object, depth: int) -> Node:
    if depth > DEEPEST:
        raise Refused(f"it is nested more than {DEEPEST} levels deep")
    if not isinstance(value, dict):
        raise Refused("a condition is a mapping such as {column: cases, at_least: 0}")
    if len(value) == 1:
        (key, inner), *_ = value.items()
        if key in {"all", "any"}:
            return _joined(key, inner, depth)
        if key == "not":
            return Unary("NOT", _condition(inner, depth + 1))
    if "column" not in value or len(value) != 2:
        raise Refused("a condition has `column` and one of " + ", ".join(OPERATORS) + ", or is all, any or not")
    column = value["column"]
    if not isinstance(column, str) or not column:
        raise Refused("`column` is a column's name")
    (operator, operand), *_ = [(key, each) for key, each in value.items() if key != "column"]
    return _comparison(Reference(column), str(operator), operand)


def _joined(key: str, inner: object, depth: int) -> Node:
    if not isinstance(inner, list) or not inner:
        raise Refused(f"`{key}` takes a list of conditions")
    node = _condition(inner[0], depth + 1)
    for each in inner[1:]:
        node = Binary("AND" if key == "all" else "OR", node, _condition(each, depth + 1))
    return node


def _comparison(column: Reference, operator: str, operand: Any) -> Node:
    if operator == "is_null":
        if not isinstance(operand, bool):
            raise Refused("`is_null` takes true or false")
        return Unary("IS NULL" if operand else "IS NOT NULL", column)
    if operator in {"in", "not_in"}:
        if not isinstance(operand, list) or not operand:
            raise Refused(f"`{operator}` takes a list of values")
        among = Among(column, tuple(_value(each) for each in operand))
        return among if operator == "in" else Unary("NOT", among)
    if operator == "between":
        if not isinstance(operand, list) or len(operand) != 2:
            raise Refused("`between` takes a list of two values")
        low, high = map(_value, operand)
        return Binary("AND", Binary(">=", column, low), Binary("<=", column, high))
    if operator not in _COMPARISONS:
        near = nearest(operator, OPERATORS)
        raise Refused(
            f"{quoted(operator)} is no comparison; " + (f"did you mean {near}?" if near else one_of(OPERATORS))
        )
    return Binary(_COMPARISONS[operator], column, _value(operand))


def _value(value: Any) -> Literal:
    """A value, typed by its form: a text in the form of a date is a text; `{date: 2020-01-22}` is a date."""
    if isinstance(value, bool):
        return Literal(value, BOOLEAN)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise Refused(f"{value} is larger than the largest bigint")
        return Literal(value, INT if -(2**31) <= value < 2**31 else BIGINT)
    if isinstance(value, float):
        positive = number(format(abs(Decimal(str(value))), "f")) if math.isfinite(value) else None
        if positive is None or not isinstance(positive.value, Decimal):
            raise Refused(f"{value} is not a number that can be compared")
        return Literal(-positive.value if value < 0 else positive.value, positive.type)
    if isinstance(value, str):
        return Literal(value, STRING)
    if isinstance(value, dict) and set(value) == {"date"}:
        try:
            return Literal(date.fromisoformat(str(value["date"])), DATE)
        except ValueError:
            raise Refused(f"{quoted(str(value['date']))} is no date; it is written as 2020-01-22") from None
    raise Refused("a value is a text, a number, true, false or {date: 2020-01-22}")
