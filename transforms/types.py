"""The types of columns, and which of them go together.

The rules are those of Spark in ANSI mode where both agree that an expression has a meaning; where Spark would convert
silently and fail on the data (`int + string`), the expression is refused instead. `tests/transforms` compares every
result with Spark's own analysis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_DIGITS = 38
"""Digits of a decimal at most, as in Spark."""

FEWEST_SCALE = 6
"""Digits after the point that a decimal keeps at least when a result would need more than MOST_DIGITS (Spark)."""


@dataclass(frozen=True)
class Type:
    """A column's type, named as Spark SQL names it; `precision` and `scale` of a decimal, `element` of an array."""

    name: str
    precision: int = 0
    scale: int = 0
    element: Type | None = None

    def __str__(self) -> str:
        if self.name == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return f"array<{self.element}>" if self.element else self.name

    @property
    def integral(self) -> bool:
        """Whether it is a whole number of fixed width."""
        return self.name in _INTEGRAL

    @property
    def numeric(self) -> bool:
        """Whether one can calculate with it."""
        return self.integral or self.name in {"decimal", "float", "double"}

    @property
    def fractional(self) -> bool:
        """Whether it is a floating-point number."""
        return self.name in {"float", "double"}

    @property
    def kind(self) -> str:
        """What compares with what: values of one kind compare, values of two never do."""
        if self.numeric:
            return "number"
        return "timestamp" if self.name == "timestamp_ntz" else self.name


BOOLEAN, STRING, BINARY = Type("boolean"), Type("string"), Type("binary")
TINYINT, SMALLINT, INT, BIGINT = Type("tinyint"), Type("smallint"), Type("int"), Type("bigint")
FLOAT, DOUBLE = Type("float"), Type("double")
DATE, TIMESTAMP, TIMESTAMP_NTZ = Type("date"), Type("timestamp"), Type("timestamp_ntz")
VOID = Type("void")
"""The type of a bare NULL, which goes with every other."""

_INTEGRAL = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 20}
_SIMPLE = {
    each.name: each
    for each in (
        *(BOOLEAN, STRING, BINARY, TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DATE, TIMESTAMP, TIMESTAMP_NTZ),
    )
}
_SYNONYMS = {"bool": BOOLEAN, "integer": INT, "long": BIGINT, "text": STRING, "byte": TINYINT, "short": SMALLINT}
_DECIMAL = re.compile(r"decimal\s*\(\s*(\d{1,2})\s*(?:,\s*(\d{1,2})\s*)?\)", re.ASCII)
_ARRAY = re.compile(r"array\s*<\s*(.+?)\s*>")
NAMES = (*_SIMPLE, "decimal(10,2)", "array<string>")


def decimal(precision: int, scale: int) -> Type:
    """A decimal of so many digits, `scale` of them after the point."""
    return Type("decimal", precision, scale)


def array(element: Type) -> Type:
    """A list of values of one type."""
    return Type("array", element=element)


def parse_type(text: str) -> Type | None:
    """The type of that name, or None when there is none: `bigint`, `decimal(10,2)`, `array<string>`."""
    text = text.strip().lower()
    if text in _SIMPLE or text in _SYNONYMS:
        return _SIMPLE.get(text) or _SYNONYMS[text]
    if found := _DECIMAL.fullmatch(text):
        precision, scale = int(found[1]), int(found[2] or 0)
        return decimal(precision, scale) if 1 <= precision <= MOST_DIGITS and scale <= precision else None
    if (found := _ARRAY.fullmatch(text)) and (element := parse_type(found[1])):
        return array(element)
    return None


def as_decimal(of: Type) -> Type:
    """The decimal that holds every value of a whole number's type; a decimal is one already."""
    return decimal(_INTEGRAL[of.name], 0) if of.integral else of


def bounded(precision: int, scale: int) -> Type:
    """A calculation's decimal, cut to what Spark can hold: digits after the point go first, down to FEWEST_SCALE."""
    if precision <= MOST_DIGITS:
        return decimal(precision, scale)
    whole = precision - scale
    return decimal(MOST_DIGITS, max(MOST_DIGITS - whole, min(scale, FEWEST_SCALE)))


def common(types: Iterable[Type]) -> Type | None:
    """The type that holds the values of all, for CASE, COALESCE and UNION; None when there is none."""
    result: Type | None = VOID
    for each in types:
        result = _pair(result, each) if result else None
    return result


def _pair(one: Type, other: Type) -> Type | None:
    if one == other or other == VOID:
        return one
    if one == VOID:
        return other
    if one.element and other.element:
        element = _pair(one.element, other.element)
        return array(element) if element else None
    if not (one.numeric and other.numeric):
        return None
    if one.fractional or other.fractional:
        # A float holds no whole number or decimal exactly, so ANSI widens the two to double.
        return FLOAT if one == other else DOUBLE
    if one.integral and other.integral:
        return max(one, other, key=lambda each: _INTEGRAL[each.name])
    one, other = as_decimal(one), as_decimal(other)
    scale = max(one.scale, other.scale)
    whole = max(one.precision - one.scale, other.precision - other.scale)
    # Where not all digits fit, those after the point go, all of them if need be.
    return decimal(min(whole + scale, MOST_DIGITS), min(scale, MOST_DIGITS - whole))
