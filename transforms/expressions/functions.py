"""The functions that an expression may call, and nothing else may be called.

Each is deterministic, touches no file, no network and no Java class, and gives the same result on a second run: there
is no `rand`, no `current_date`, no `java_method`. Names and meanings are Spark's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from transforms.documents.problems import Refused, one_of
from transforms.expressions.formats import check_format
from transforms.expressions.patterns import check_replacement
from transforms.expressions.regex import check_regex
from transforms.query.parameters import Value
from transforms.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    MOST_DIGITS,
    STRING,
    TIMESTAMP,
    Type,
    as_decimal,
    bounded,
    common,
    decimal,
)

Test = Callable[[Type], bool]
Result = Callable[[Sequence[Type]], "Type | None"]
Judge = Callable[[Sequence[Value | None]], None]


def _nothing(_: Sequence[Value | None]) -> None:
    pass


@dataclass(frozen=True)
class Argument:
    """What an argument must be: `phrase` for errors; `literal` when it must be written out, as a format must.

    `fits` judges the value of one that is written out.
    """

    phrase: str
    accepts: Test
    literal: bool = False
    fits: Callable[[Value], bool] = lambda _: True


@dataclass(frozen=True)
class Function:
    """A function's signature. `optional` counts arguments from the end, `variadic` repeats the last one.

    `kind` is "scalar", "aggregate" (also over a window) or "window" (there alone). `judge` looks at the arguments
    together, None for those that are not written out, and raises Refused.
    """

    arguments: tuple[Argument, ...]
    result: Result
    kind: str = "scalar"
    optional: int = 0
    variadic: bool = False
    judge: Judge = _nothing

    @property
    def fewest(self) -> int:
        """How many arguments it takes at least."""
        return len(self.arguments) - self.optional

    @property
    def most(self) -> int | None:
        """How many it takes at most; None without a limit."""
        return None if self.variadic else len(self.arguments)

    def argument(self, index: int) -> Argument:
        """What the argument of that index must be."""
        return self.arguments[min(index, len(self.arguments) - 1)]


def _unit(*names: str, also: tuple[str, ...]) -> Argument:
    """A unit of time, written out; of one that it does not know, Spark makes NULL without a word."""
    known = {*names, *also}
    return Argument(
        one_of(names), lambda t: t == STRING, literal=True, fits=lambda v: isinstance(v, str) and v.lower() in known
    )


ANY = Argument("any value", lambda _: True)
NUMBER = Argument("a number", lambda t: t.numeric)
WHOLE_NUMBER = Argument("a whole number", lambda t: t.name in {"tinyint", "smallint", "int"})
COUNT = replace(WHOLE_NUMBER, phrase="a whole number, written out", literal=True)
SHARE = Argument(
    "a number from 0 to 1, written out", lambda t: t.numeric, literal=True, fits=lambda v: 0 <= float(str(v)) <= 1
)
DIGITS = replace(
    COUNT,
    phrase="a whole number from -38 to 38, written out",
    fits=lambda v: isinstance(v, int) and abs(v) <= MOST_DIGITS,
)
ROWS = replace(COUNT, phrase="a whole number from 0, written out", fits=lambda v: isinstance(v, int) and v >= 0)
GROUPS = replace(COUNT, phrase="a whole number above 0, written out", fits=lambda v: isinstance(v, int) and v > 0)
BITS = replace(COUNT, phrase="224, 256, 384 or 512", fits=lambda v: v in {224, 256, 384, 512})
TEXT = Argument("a text", lambda t: t == STRING)
FORMAT = Argument("a text, written out", lambda t: t == STRING, literal=True)
DAY_UNIT = _unit("year", "quarter", "month", "week", also=("yyyy", "yy", "mon", "mm"))
TIME_UNIT = _unit(
    *("year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond"),
    also=("yyyy", "yy", "mon", "mm", "dd"),
)
CONDITION = Argument("a condition", lambda t: t == BOOLEAN)
DAY = Argument("a date", lambda t: t == DATE)
MOMENT = Argument("a date or timestamp", lambda t: t.kind in {"date", "timestamp"})
TIME = Argument("a timestamp", lambda t: t.kind == "timestamp")
ORDERED = Argument("a value that has an order", lambda t: t.element is None)


def fixed(of: Type) -> Result:
    """Always this type."""
    return lambda _: of


def same(types: Sequence[Type]) -> Type | None:
    """The first argument's type."""
    return types[0]


def _branches(types: Sequence[Type]) -> Type | None:
    return common(types[1:])


def _sum(types: Sequence[Type]) -> Type | None:
    of = types[0]
    if of.name == "decimal":
        return decimal(min(of.precision + 10, MOST_DIGITS), of.scale)
    return BIGINT if of.integral else DOUBLE


def _average(types: Sequence[Type]) -> Type | None:
    of = types[0]
    if of.name != "decimal":
        return DOUBLE
    return decimal(min(of.precision + 4, MOST_DIGITS), min(of.scale + 4, MOST_DIGITS))


def _median(types: Sequence[Type]) -> Type | None:
    return DOUBLE if types[0].numeric else None


def _whole(types: Sequence[Type]) -> Type | None:
    of = types[0]
    if of.name != "decimal":
        return BIGINT
    return decimal(of.precision - of.scale + 1, 0) if of.scale else of


def quotient(types: Sequence[Type]) -> Type | None:
    """The type of `a / b`: never a whole number."""
    one, other = types
    if not (one.name == "decimal" or other.name == "decimal") or one.fractional or other.fractional:
        return DOUBLE
    one, other = as_decimal(one), as_decimal(other)
    scale = max(6, one.scale + other.precision + 1)
    return bounded(one.precision - one.scale + other.scale + scale, scale)


def _regex(arguments: Sequence[Value | None]) -> None:
    check_regex(str(arguments[1]))


def _extraction(arguments: Sequence[Value | None]) -> None:
    groups = check_regex(str(arguments[1])).count
    wanted = arguments[2] if len(arguments) > 2 else 1
    if isinstance(wanted, int) and not 0 <= wanted <= groups:
        by_default = "" if len(arguments) > 2 else " by default"
        raise Refused(f"it takes group {wanted}{by_default}, and the pattern has {groups}; 0 is all that it matches")


def _replacement(arguments: Sequence[Value | None]) -> None:
    groups = check_regex(str(arguments[1]))
    if isinstance(arguments[2], str):
        check_replacement(arguments[2], groups)


def _reading(arguments: Sequence[Value | None]) -> None:
    if len(arguments) > 1:
        check_format(str(arguments[1]), reading=True)


def _writing(arguments: Sequence[Value | None]) -> None:
    check_format(str(arguments[1]), reading=False)


def _scalar(
    *arguments: Argument, result: Result, optional: int = 0, variadic: bool = False, judge: Judge = _nothing
) -> Function:
    return Function(arguments, result, optional=optional, variadic=variadic, judge=judge)


def _aggregate(*arguments: Argument, result: Result) -> Function:
    return Function(arguments, result, "aggregate")


def _window(*arguments: Argument, result: Result, optional: int = 0) -> Function:
    return Function(arguments, result, "window", optional)


_TEXTS = {
    **{name: _scalar(TEXT, result=fixed(STRING)) for name in ("lower", "upper", "trim", "ltrim", "rtrim", "initcap")},
    **{name: _scalar(TEXT, TEXT, result=fixed(BOOLEAN)) for name in ("contains", "startswith", "endswith")},
    **{name: _scalar(TEXT, WHOLE_NUMBER, result=fixed(STRING)) for name in ("left", "right")},
    **{name: _scalar(TEXT, COUNT, FORMAT, result=fixed(STRING), optional=1) for name in ("lpad", "rpad")},
    "reverse": _scalar(TEXT, result=fixed(STRING)),
    "length": _scalar(TEXT, result=fixed(INT)),
    "substring": _scalar(TEXT, WHOLE_NUMBER, WHOLE_NUMBER, result=fixed(STRING), optional=1),
    "concat": _scalar(TEXT, result=fixed(STRING), variadic=True),
    "concat_ws": _scalar(FORMAT, TEXT, result=fixed(STRING), variadic=True),
    "replace": _scalar(TEXT, TEXT, TEXT, result=fixed(STRING)),
    "translate": _scalar(TEXT, TEXT, TEXT, result=fixed(STRING)),
    "instr": _scalar(TEXT, TEXT, result=fixed(INT)),
    "split_part": _scalar(TEXT, TEXT, WHOLE_NUMBER, result=fixed(STRING)),
    "regexp_like": _scalar(TEXT, FORMAT, result=fixed(BOOLEAN), judge=_regex),
    "regexp_extract": _scalar(TEXT, FORMAT, COUNT, result=fixed(STRING), optional=1, judge=_extraction),
    "regexp_replace": _scalar(TEXT, FORMAT, TEXT, result=fixed(STRING), judge=_replacement),
    "sha2": _scalar(TEXT, BITS, result=fixed(STRING)),
}
_NUMBERS = {
    **{name: _scalar(NUMBER, result=fixed(DOUBLE)) for name in ("sqrt", "exp", "ln", "log10", "sign")},
    **{name: _scalar(ORDERED, ORDERED, result=common, variadic=True) for name in ("greatest", "least")},
    **{name: _scalar(NUMBER, result=_whole) for name in ("ceil", "floor")},
    "abs": _scalar(NUMBER, result=same),
    "power": _scalar(NUMBER, NUMBER, result=fixed(DOUBLE)),
    "round": _scalar(NUMBER, DIGITS, result=same, optional=1),
    "try_divide": _scalar(NUMBER, NUMBER, result=quotient),
}
_CHOICES = {
    "coalesce": _scalar(ANY, result=common, variadic=True),
    "nullif": _scalar(ORDERED, ORDERED, result=same),
    "if": _scalar(CONDITION, ANY, ANY, result=_branches),
}
_DATES = {
    **{name: _scalar(MOMENT, result=fixed(INT)) for name in ("year", "quarter", "month", "day")},
    **{name: _scalar(MOMENT, result=fixed(INT)) for name in ("dayofweek", "dayofyear", "weekofyear")},
    **{name: _scalar(TIME, result=fixed(INT)) for name in ("hour", "minute", "second")},
    **{name: _scalar(DAY, WHOLE_NUMBER, result=fixed(DATE)) for name in ("date_add", "date_sub", "add_months")},
    "datediff": _scalar(DAY, DAY, result=fixed(INT)),
    "last_day": _scalar(DAY, result=fixed(DATE)),
    "trunc": _scalar(DAY, DAY_UNIT, result=fixed(DATE)),
    "make_date": _scalar(WHOLE_NUMBER, WHOLE_NUMBER, WHOLE_NUMBER, result=fixed(DATE)),
    "date_trunc": _scalar(TIME_UNIT, TIME, result=fixed(TIMESTAMP)),
    "date_format": _scalar(MOMENT, FORMAT, result=fixed(STRING), judge=_writing),
    **{
        name: _scalar(TEXT, FORMAT, result=fixed(DATE), optional=1, judge=_reading)
        for name in ("to_date", "try_to_date")
    },
    **{
        name: _scalar(TEXT, FORMAT, result=fixed(TIMESTAMP), optional=1, judge=_reading)
        for name in ("to_timestamp", "try_to_timestamp")
    },
}
_AGGREGATES = {
    **{name: _aggregate(ORDERED, result=same) for name in ("min", "max")},
    **{name: _aggregate(ANY, ORDERED, result=same) for name in ("min_by", "max_by")},
    **{name: _aggregate(NUMBER, result=fixed(DOUBLE)) for name in ("stddev", "variance")},
    **{name: _aggregate(CONDITION, result=fixed(BOOLEAN)) for name in ("bool_and", "bool_or")},
    "count": _aggregate(ANY, result=fixed(BIGINT)),
    "count_if": _aggregate(CONDITION, result=fixed(BIGINT)),
    "approx_count_distinct": _aggregate(ANY, result=fixed(BIGINT)),
    "sum": _aggregate(NUMBER, result=_sum),
    "avg": _aggregate(NUMBER, result=_average),
    "median": _aggregate(NUMBER, result=_median),
    "percentile": _aggregate(NUMBER, SHARE, result=_median),
}
_WINDOWS = {
    **{name: _window(result=fixed(INT)) for name in ("row_number", "rank", "dense_rank")},
    **{name: _window(result=fixed(DOUBLE)) for name in ("percent_rank", "cume_dist")},
    **{name: _window(ANY, ROWS, result=same, optional=1) for name in ("lag", "lead")},
    **{name: _window(ANY, result=same) for name in ("first_value", "last_value")},
    "ntile": _window(GROUPS, result=fixed(INT)),
}
FRAMED = frozenset({*_AGGREGATES, "first_value", "last_value"})
"""What runs over a window's frame; the others look at the whole partition and accept none."""

WHOLE = frozenset({"median", "percentile"})
"""Aggregates that run over a window only where it has no order."""

FUNCTIONS: dict[str, Function] = {**_TEXTS, **_NUMBERS, **_CHOICES, **_DATES, **_AGGREGATES, **_WINDOWS}
"""By name."""

__all__ = ["FRAMED", "FUNCTIONS", "WHOLE", "Argument", "Function", "quotient"]
