"""The kinds of values in a job file, each with what an error says was expected."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, InstanceOf, WithJsonSchema

from transforms.documents.problems import Refused, nearest
from transforms.expressions.parse import parse
from transforms.expressions.structured import condition_of
from transforms.expressions.tree import Node
from transforms.types import NAMES, Type, parse_type

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
LONGEST_COLUMN = 255


def _name(value: Any) -> str:
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise Refused(wanted="a name of a-z, 0-9 and _ that begins with a letter and has at most 60 characters")


def column_name(value: Any) -> str:
    """A column's name: any text without control characters that Spark can hold as one.

    Raises:
        Refused: it is empty, too long, or holds a control character.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused(wanted="a column's name")
    text = str(value)
    if not text.strip() or len(text) > LONGEST_COLUMN or not text.isprintable():
        raise Refused(wanted=f"a column's name of 1 to {LONGEST_COLUMN} printable characters")
    if text.startswith("__"):
        raise Refused("names that begin with __ are the library's own", wanted="a column's name")
    return text


def _type(value: Any) -> Type:
    found = parse_type(value) if isinstance(value, str) else None
    if found is None:
        near = nearest(value, NAMES) if isinstance(value, str) else ""
        raise Refused(wanted=f"a type such as {', '.join(NAMES[:5])}, date or decimal(10,2)", suggestion=near)
    return found


def _expression(value: Any) -> Node:
    if isinstance(value, bool):
        return parse("TRUE" if value else "FALSE")
    if isinstance(value, float):
        # As it is written where that is possible: 0.00001 is a decimal, though Python shows it as 1e-05.
        return parse(format(Decimal(str(value)), "f") if math.isfinite(value) else str(value))
    if isinstance(value, int):
        return parse(str(value))
    if not isinstance(value, str) or not value.strip():
        raise Refused(wanted="an expression such as new_cases / population")
    return parse(value)


def _condition(value: Any) -> Node:
    if isinstance(value, dict):
        return condition_of(value)
    if isinstance(value, list):
        return condition_of({"all": value})
    return _expression(value)


def _text(value: Any) -> str:
    """A path, a table or the like, in which `${name}` stands for a parameter."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise Refused(wanted="a text")
    return value


Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
"""The name of a source, step, rule or sink."""

ColumnName = Annotated[str, BeforeValidator(column_name), WithJsonSchema({"type": ["string", "integer"]})]
TypeName = Annotated[
    InstanceOf[Type], BeforeValidator(_type), WithJsonSchema({"type": "string", "examples": list(NAMES)})
]
Expression = Annotated[
    InstanceOf[Node], BeforeValidator(_expression), WithJsonSchema({"type": ["string", "number", "boolean"]})
]
"""A text in the language of `transforms.expressions`."""

Condition = Annotated[
    InstanceOf[Node], BeforeValidator(_condition), WithJsonSchema({"type": ["string", "object", "array", "boolean"]})
]
"""An expression that is true, false or NULL, or the same as a mapping."""

Text = Annotated[str, BeforeValidator(_text), WithJsonSchema({"type": "string"})]

ONE_OR_MANY: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
OneOrMany = Annotated[tuple[str, ...], WithJsonSchema(ONE_OR_MANY)]
"""Texts of which one may stand alone; the model around it makes a list of that one."""
