"""The type that we say an expression has is the type that Spark gives it."""

import re
from collections.abc import Iterator
from itertools import islice, product
from math import prod

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from transforms.documents.problems import Refused
from transforms.expressions.check import GROUP, ROW, WINDOW, Allowed, type_of
from transforms.expressions.functions import FUNCTIONS, WHOLE, Function
from transforms.expressions.parse import parse
from transforms.expressions.render import Renderer
from transforms.expressions.tree import Node
from transforms.query.parameters import Parameters
from transforms.schema import Column, Schema
from transforms.types import Type, parse_type

TYPES = (
    *("tinyint", "smallint", "int", "bigint", "float", "double"),
    *("decimal(1,1)", "decimal(5,2)", "decimal(10,0)", "decimal(20,10)", "decimal(38,0)", "decimal(38,10)"),
    *("decimal(38,38)", "boolean", "string", "binary", "date", "timestamp", "timestamp_ntz"),
    *("array<string>", "array<int>", "array<bigint>"),
)
SCHEMA = Schema(
    tuple(Column(re.sub(r"\W+", "_", name).strip("_"), found) for name in TYPES if (found := parse_type(name)))
)
COLUMNS = SCHEMA.names
LITERALS: tuple[str, ...] = ("7", "-7", "3000000000", "-2147483648", "1.50", "0.05", "12345678901234567890.5", "1e3")
LITERALS += ("'text'", "TRUE", "DATE '2020-01-22'", "TIMESTAMP '2020-01-22 17:00:00'", "NULL")
OPERANDS = (*COLUMNS, *LITERALS)
FEW = ("smallint", "bigint", "float", "decimal_5_2", "decimal_38_10", "boolean", "string", "date", "timestamp", "NULL")
OPERATORS = ("+", "-", "*", "/", "%", "=", "<>", "<", ">=", "<=>", "AND", "OR", "||", "LIKE")
ARGUMENTS = (*OPERANDS, "'yyyy-MM-dd'", "'(a)'", "'month'", "0.5", "1", "-1", "256")
BATCH = 500
MOST = 250
"""Calls of one function with one number of arguments that are tried."""


@pytest.fixture(scope="module", autouse=True)
def everything(spark: SparkSession) -> None:
    """A table with a column of every type, and no row."""
    spark.createDataFrame([], ", ".join(f"`{c.name}` {c.type}" for c in SCHEMA)).createOrReplaceTempView("everything")


def accepted(texts: Iterator[str], allowed: Allowed = ROW) -> list[tuple[str, Node, Type]]:
    """Those of the expressions that we give a type."""
    found = []
    for text in texts:
        told: list[str] = []
        try:
            node = parse(text)
        except Refused as error:
            raise AssertionError(f"{text}: {error}") from None
        of = type_of(node, SCHEMA, told.append, allowed)
        if of is not None and not told:
            found.append((text, node, of))
    return found


def disagreements(spark: SparkSession, cases: list[tuple[str, Node, Type]], over: str | None = None) -> list[str]:
    """`expression: ours, Spark's` for each on which Spark disagrees."""
    found = []
    for start in range(0, len(cases), BATCH):
        found += _compared(spark, cases[start : start + BATCH], over)
    return found


def _compared(spark: SparkSession, cases: list[tuple[str, Node, Type]], over: str | None) -> list[str]:
    parameters = Parameters()
    write = Renderer(parameters, over=None if over is None else (over, over))
    columns = ", ".join(f"{write(node)} AS c{index}" for index, (_, node, _) in enumerate(cases))
    try:
        schema = spark.sql(f"SELECT {columns} FROM everything", args=dict(parameters.values)).schema
    except PySparkException as error:
        if len(cases) == 1:
            return [f"{cases[0][0]}: {cases[0][2]}, Spark: {str(error).splitlines()[0]}"]
        middle = len(cases) // 2
        return _compared(spark, cases[:middle], over) + _compared(spark, cases[middle:], over)
    return [
        f"{text}: {ours}, Spark: {field.dataType.simpleString()}"
        for (text, _, ours), field in zip(cases, schema.fields, strict=True)
        if field.dataType.simpleString() != str(ours)
    ]


def calls(name: str, function: Function) -> Iterator[str]:
    """Calls of a function with arguments of every type; where there are very many, every so many-th of them."""
    most = function.fewest + 2 if function.most is None else function.most
    for count in range(function.fewest, most + 1):
        usable = [[each for each in ARGUMENTS if _fits(each, function, index)] for index in range(count)]
        every = max(1, prod(map(len, usable)) // MOST | 1)
        for arguments in islice(product(*usable), 0, None, every):
            yield f"{name}({', '.join(arguments)})"


def _fits(text: str, function: Function, index: int) -> bool:
    of = type_of(parse(text), SCHEMA, lambda _: None)
    wanted = function.argument(index)
    return of is not None and wanted.accepts(of) and (text not in COLUMNS or not wanted.literal)


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_gives_the_type_that_spark_gives_it(spark: SparkSession, operator: str) -> None:
    cases = accepted(f"{left} {operator} {right}" for left, right in product(OPERANDS, OPERANDS))
    assert cases
    assert disagreements(spark, cases) == []


@pytest.mark.parametrize("form", ["-{}", "NOT {}", "{} IS NULL", "{} IS NOT NULL"])
def test_an_operator_before_or_after_gives_the_type_that_spark_gives_it(spark: SparkSession, form: str) -> None:
    cases = accepted(form.format(operand) for operand in OPERANDS)
    assert cases
    assert disagreements(spark, cases) == []


@pytest.mark.parametrize("form", ["{} IN ({})", "{} NOT IN ({}, {})", "{} BETWEEN {} AND {}"])
def test_membership_is_what_spark_calls_a_condition(spark: SparkSession, form: str) -> None:
    cases = accepted(form.format(left, right, right) for left, right in product(OPERANDS, OPERANDS))
    assert cases
    assert disagreements(spark, cases) == []


@pytest.mark.parametrize("name", ["CAST", "TRY_CAST"])
def test_a_cast_that_we_accept_is_one_of_sparks(spark: SparkSession, name: str) -> None:
    cases = accepted(f"{name}({operand} AS {target})" for operand, target in product(OPERANDS, TYPES))
    assert len(cases) > 100
    assert disagreements(spark, cases) == []


def test_the_branches_of_case_have_the_common_type_that_spark_finds(spark: SparkSession) -> None:
    two = (f"CASE WHEN boolean THEN {a} ELSE {b} END" for a, b in product(OPERANDS, OPERANDS))
    three = (f"CASE WHEN boolean THEN {a} WHEN NOT boolean THEN {b} ELSE {c} END" for a, b, c in product(FEW, FEW, FEW))
    assert disagreements(spark, accepted(two)) == []
    assert disagreements(spark, accepted(three)) == []


@pytest.mark.parametrize("name", [name for name, each in FUNCTIONS.items() if each.kind == "scalar"])
def test_a_function_gives_the_type_that_spark_gives_it(spark: SparkSession, name: str) -> None:
    cases = accepted(calls(name, FUNCTIONS[name]))
    assert cases
    assert disagreements(spark, cases) == []


@pytest.mark.parametrize("name", [name for name, each in FUNCTIONS.items() if each.kind == "aggregate"])
def test_an_aggregate_gives_the_type_that_spark_gives_it(spark: SparkSession, name: str) -> None:
    cases = accepted(calls(name, FUNCTIONS[name]), GROUP)
    cases += accepted(iter(["count(*)", "count(DISTINCT string)"] if name == "count" else []), GROUP)
    assert cases
    assert disagreements(spark, cases) == []


@pytest.mark.parametrize("name", [name for name, each in FUNCTIONS.items() if each.kind != "scalar"])
def test_over_a_window_a_function_gives_the_type_that_spark_gives_it(spark: SparkSession, name: str) -> None:
    cases = accepted(calls(name, FUNCTIONS[name]), WINDOW)
    assert cases
    assert disagreements(spark, cases, "PARTITION BY string" + ("" if name in WHOLE else " ORDER BY date")) == []
