"""How rows are ordered, for the steps whose result depends on it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from transforms.documents.models import Complain, Entry
from transforms.schema import Schema
from transforms.spec.fields import ColumnName
from transforms.steps.base import Writer


class OrderConfig(Entry):
    """One column of an order."""

    column: ColumnName
    descending: bool = False
    nulls: Literal["first", "last"] | None = Field(
        default=None, description="Where NULL comes; first by default, and last in a descending order."
    )


def _shorthand(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


Order = Annotated[OrderConfig, BeforeValidator(_shorthand, json_schema_input_type=ColumnName | OrderConfig)]
"""`day`, or `{column: day, descending: true}`."""


def check_columns(names: tuple[str, ...], key: str, schema: Schema, complain: Complain) -> None:
    """Complain about the names that are no columns."""
    for index, name in enumerate(names):
        if name not in schema:
            complain(schema.missing(name), key, index)


def check_order(order: tuple[OrderConfig, ...], schema: Schema, complain: Complain) -> None:
    """Complain about what cannot be ordered."""
    check_columns(tuple(each.column for each in order), "order_by", schema, complain)
    for index, each in enumerate(order):
        column = schema.find(each.column)
        if column and column.type.element:
            complain(f"the type {column.type} has no order", "order_by", index)


def order_sql(order: tuple[OrderConfig, ...], write: Writer) -> str:
    """What stands after ORDER BY."""
    return ", ".join(
        write.column(each.column)
        + (" DESC" if each.descending else "")
        + (f" NULLS {each.nulls.upper()}" if each.nulls else "")
        for each in order
    )


def window_sql(partition_by: tuple[str, ...], order: tuple[OrderConfig, ...], write: Writer) -> str:
    """What stands inside OVER ( ), but for a frame."""
    parts = [f"PARTITION BY {write.columns(partition_by)}"] if partition_by else []
    return " ".join([*parts, *([f"ORDER BY {order_sql(order, write)}"] if order else [])])
