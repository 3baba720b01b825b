"""Texts from files as values of a column's type: NULL where a text is none."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as fn

from transforms.spec.job import ColumnSpec


def parsed(text: Column, spec: ColumnSpec) -> Column:
    """The text as the column's type."""
    if spec.type.name == "string":
        return text
    if spec.format:
        return fn.coalesce(*(_moment(text, spec, form) for form in spec.format))
    value = text.try_cast(str(spec.type))
    if spec.type.integral:
        # Many tools write counts as `1.0`.
        return fn.coalesce(value, fn.regexp_replace(text, r"^\s*(-?\d+)\.0+\s*$", "$1").try_cast(str(spec.type)))
    return value


def _moment(text: Column, spec: ColumnSpec, form: str) -> Column:
    found = fn.try_to_timestamp(text, fn.lit(form))
    return found if spec.type.name == "timestamp" else found.cast(str(spec.type))


def unreadable(text: Column, value: Column) -> Column:
    """Whether there is a text and it is no value."""
    return text.isNotNull() & value.isNull()
