"""The language of expressions: what it reads, how it binds, and what it says of what it cannot read."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from transforms.documents.problems import Refused
from transforms.expressions.check import GROUP, ROW, WINDOW, Allowed, type_of
from transforms.expressions.functions import FUNCTIONS
from transforms.expressions.parse import DEEPEST, TALLEST, parse
from transforms.expressions.render import Renderer
from transforms.expressions.structured import condition_of
from transforms.expressions.tree import Literal, Reference
from transforms.query.parameters import Parameters
from transforms.schema import Column, Schema
from transforms.types import parse_type

SCHEMA = Schema(
    tuple(
        Column(name, of)
        for name, text in {"n": "int", "m": "bigint", "t": "string", "d": "date", "ok": "boolean", "a b": "int"}.items()
        if (of := parse_type(text))
    )
)


def read(text: str) -> str:
    """An expression as it is understood: fully in parentheses, with its names and values."""
    parameters = Parameters()
    sql = Renderer(parameters)(parse(text))
    for marker in sorted(parameters.values, key=len, reverse=True):
        value = parameters.values[marker]
        sql = sql.replace(f"IDENTIFIER(:{marker})", str(value).strip("`")).replace(f":{marker}", repr(value))
    return sql


def refused(text: Any) -> str:
    with pytest.raises(Refused) as caught:
        parse(text) if isinstance(text, str) else condition_of(text)
    return caught.value.because


def complaints(text: str, allowed: Allowed = ROW) -> list[str]:
    told: list[str] = []
    type_of(parse(text), SCHEMA, told.append, allowed)
    return told


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("n + m * 2", "(n + (m * 2))"),
        ("n - m - 1", "((n - m) - 1)"),
        ("n / m / 2 * 3 % 4", "((((n / m) / 2) * 3) % 4)"),
        ("-n * m", "((- n) * m)"),
        ("--n", "n"),
        ("- - -n", "(- n)"),
        ("n - -1", "(n - -1)"),
        ("t || n + 1", "(t || (n + 1))"),
        ("n + 1 = m || t", "((n + 1) = (m || t))"),
        ("NOT n = 1 AND ok", "((NOT (n = 1)) AND ok)"),
        ("ok OR n = 1 AND m = 2", "(ok OR ((n = 1) AND (m = 2)))"),
        ("(ok OR n = 1) AND m = 2", "((ok OR (n = 1)) AND (m = 2))"),
        ("NOT NOT ok", "(NOT (NOT ok))"),
        ("n IS NULL = ok", None),
        ("n BETWEEN 1 AND 2 AND ok", "(((n >= 1) AND (n <= 2)) AND ok)"),
        ("n NOT BETWEEN 1 AND 2", "(NOT ((n >= 1) AND (n <= 2)))"),
        ("n NOT IN (1, 2)", "(NOT (n IN (1, 2)))"),
        ("t NOT LIKE 'a%'", "(NOT (t LIKE 'a%'))"),
        ("n != 1", "(n <> 1)"),
        ("n is not null", "(n IS NOT NULL)"),
        ("case when ok then 1 else 2 end", "CASE WHEN ok THEN 1 ELSE 2 END"),
        ("cast(n as decimal(10, 2))", "CAST(n AS decimal(10,2))"),
        ("CAST(t AS array<string>)", "CAST(t AS array<string>)"),
        ("Coalesce(n, 0)", "coalesce(n, 0)"),
        ("count(*)", "count(*)"),
        ("count(DISTINCT n)", "count(DISTINCT n)"),
        ("`a b` + 1", "(a b + 1)"),
        ("`and`", "and"),
        ("'it''s'", '"it\'s"'),
        ("true and False", "(TRUE AND FALSE)"),
    ],
)
def test_it_binds_as_sql_does(text: str, understood: str | None) -> None:
    if understood is None:
        assert refused(text)
    else:
        assert read(text) == understood


@pytest.mark.parametrize(
    ("text", "value", "of"),
    [
        ("7", 7, "int"),
        ("-2147483648", -(2**31), "int"),
        ("2147483648", 2**31, "bigint"),
        ("9223372036854775807", 2**63 - 1, "bigint"),
        ("1.50", Decimal("1.50"), "decimal(3,2)"),
        ("0.05", Decimal("0.05"), "decimal(2,2)"),
        ("1e3", 1000.0, "double"),
        ("'2020-01-22'", "2020-01-22", "string"),
        ("DATE '2020-01-22'", date(2020, 1, 22), "date"),
        ("TRUE", True, "boolean"),
        ("NULL", None, "void"),
    ],
)
def test_a_literal_has_the_type_that_spark_gives_it(text: str, value: Any, of: str) -> None:
    node = parse(text)
    assert isinstance(node, Literal)
    assert (node.value, str(node.type)) == (value, of)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a value was expected before its end"),
        ("n +", "a value was expected before its end"),
        ("n m", 'it goes on with "m", where an operator or its end was expected'),
        ("(n", 'the parenthesis needs ")" before its end'),
        ("n)", 'it goes on with ")", where an operator or its end was expected'),
        ("1 < n < 3", "comparisons do not chain; write `a < b AND b < c`"),
        ("n IS 1", 'IS needs "NULL" before "1"'),
        ("n NOT 1", 'after NOT comes IN, BETWEEN or LIKE, not "1"'),
        ("n IN 1", 'IN needs "(" before "1"'),
        ("n IN ()", "IN needs at least one value"),
        ("n IN (SELECT 1)", "a subquery cannot stand here; the step `join` brings tables together"),
        ("(SELECT 1)", "a subquery cannot stand here; the step `join` brings tables together"),
        ("EXISTS (SELECT 1)", "EXISTS cannot stand here; a column of that name is written in `backticks`"),
        ("n BETWEEN 1", 'BETWEEN needs "AND" before its end'),
        ("CASE n WHEN 1 THEN 2 END", "CASE needs WHEN … THEN …"),
        ("CASE WHEN ok THEN 1", 'CASE needs "END" before its end'),
        ("CAST(n AS strin)", '"strin" is no type; did you mean string?'),
        ("CAST(n AS decimal(39,2))", '"decimal(39,2)" is no type; did you mean decimal(10,2)?'),
        ("CAST(n, int)", 'CAST needs "AS" before ","'),
        ("lowr(t)", 'the function "lowr" is not in the list; did you mean lower?'),
        ("java_method('a')", 'the function "java_method" is not in the list'),
        ("sum(DISTINCT n)", "DISTINCT goes with count alone"),
        ("sum(n) OVER (x)", "OVER is not written here; the step `window` says what a function runs over"),
        ('"t"', 'nothing begins with "\\"t\\""; a text stands in single quotes, a column\'s name in `backticks`'),
        ("'t", "nothing begins with \"'t\"; a text begins with ' and ends with '"),
        ("`t", 'nothing begins with "`t"; a name begins with ` and ends with `'),
        ("n; m", 'nothing begins with "; m"; an expression is one, without a semicolon'),
        ("n -- m", None),
        (
            "9223372036854775808",
            '"9223372036854775808" is larger than the largest bigint; write it with a point for a decimal',
        ),
        ("1e400", '"1e400" is larger than the largest double'),
        ("0." + "1" * 39, None),
        ("DATE '2020-13-01'", "\"2020-13-01\" is no date; it is written as '2020-01-22'"),
        ("TIMESTAMP '20200122T17'", "\"20200122T17\" is no timestamp; it is written as '2020-01-22 17:00:00'"),
        ("x" * 4001, "it has 4001 characters, 4000 are the most"),
        ("(" * (DEEPEST + 1) + "n" + ")" * (DEEPEST + 1), f"it is nested more than {DEEPEST} levels deep"),
        ("n" + "+n" * TALLEST, f"it has more than {TALLEST} operators in a row; divide it into several steps"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, message: str | None) -> None:
    if message is None:
        assert refused(text) if text != "n -- m" else parse(text)
    else:
        assert refused(text) == message


@pytest.mark.parametrize(
    "text",
    [
        "(" * (DEEPEST - 1) + "n" + ")" * (DEEPEST - 1),
        "abs(" * (DEEPEST - 1) + "n" + ")" * (DEEPEST - 1),
        "CASE WHEN ok THEN n ELSE " * (DEEPEST - 1) + "n" + " END" * (DEEPEST - 1),
        "n" + "+n" * (TALLEST - 1),
        "ok" + " AND ok" * (TALLEST - 1),
        "NOT " * (TALLEST - 1) + "ok",
    ],
    ids=lambda text: text[:20],
)
def test_the_deepest_expression_that_is_allowed_is_read_and_checked(text: str) -> None:
    parameters = Parameters()
    assert complaints(text) == []
    assert Renderer(parameters)(parse(text))


def test_a_condition_of_more_parts_than_spark_can_nest_is_refused() -> None:
    parts = [{"column": "n", "equals": index} for index in range(TALLEST + 1)]
    assert refused({"any": parts}) == f"it has more than {TALLEST} operators in a row; divide it into several steps"


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ({"column": "n", "equals": 1}, "n = 1"),
        ({"column": "n", "not_equals": -1}, "n <> -1"),
        ({"column": "n", "at_least": 1.5}, "n >= 1.5"),
        ({"column": "n", "between": [1, 2]}, "n BETWEEN 1 AND 2"),
        ({"column": "t", "in": ["a", "b'"]}, "t IN ('a', 'b''')"),
        ({"column": "t", "not_in": ["a"]}, "t NOT IN ('a')"),
        ({"column": "t", "like": "a%"}, "t LIKE 'a%'"),
        ({"column": "t", "is_null": True}, "t IS NULL"),
        ({"column": "t", "is_null": False}, "t IS NOT NULL"),
        ({"column": "d", "less_than": {"date": "2020-01-22"}}, "d < DATE '2020-01-22'"),
        ({"column": "a b", "more_than": 1}, "`a b` > 1"),
        ({"not": {"column": "n", "equals": 1}}, "NOT n = 1"),
        ({"all": [{"column": "n", "equals": 1}, {"any": [{"column": "n", "equals": 2}]}]}, "n = 1 AND n = 2"),
        ({"column": "t", "equals": "n = 1 OR TRUE"}, "t = 'n = 1 OR TRUE'"),
    ],
)
def test_a_mapping_is_the_same_as_the_text(condition: dict[str, Any], text: str) -> None:
    assert condition_of(condition) == parse(text)


def test_a_columns_name_is_never_an_expression() -> None:
    node = condition_of({"column": "n = 1 OR `x`", "equals": 1})
    assert Reference("n = 1 OR `x`") in list(node.walk())


@pytest.mark.parametrize("name", [name for name, each in FUNCTIONS.items() if each.kind != "scalar"])
def test_what_looks_at_many_rows_stands_only_where_rows_are_many(name: str) -> None:
    function = FUNCTIONS[name]
    arguments = {"count_if": "ok", "bool_and": "ok", "bool_or": "ok", "ntile": "2", "percentile": "n, 0.5"}
    call = f"{name}({arguments.get(name, ', '.join(['n'] * function.fewest))})"
    assert len(complaints(call, ROW)) == 1
    assert bool(complaints(call, GROUP)) == (function.kind == "window")
    assert complaints(call, WINDOW) == []


def test_no_function_of_the_list_reaches_outside_its_arguments() -> None:
    outside = ("java", "reflect", "file", "rand", "uuid", "current", "now", "user", "version", "http", "ai_", "raise")
    assert [name for name in FUNCTIONS if any(word in name for word in outside)] == []
