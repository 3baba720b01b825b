"""Sources whose values are texts, CSV and JSON: rows that do not fit the declared columns are found, never let through.

Spark alone lets them through: reading some columns only, it does not see that a row has too few; a text that is no
number becomes NULL or ends the job without a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import DataFrame, SparkSession

from transforms.query.parameters import Parameters, quote
from transforms.runtime.headers import Layout
from transforms.schema import Column, Schema
from transforms.spec.job import SourceSpec
from transforms.spec.places import Csv

CORRUPT = "__corrupt"
"""Spark's column for the text of a row that has too few or too many fields, or is no JSON."""

PATH = "__path"
"""The file in which a row stands; not read unless it is asked for."""

BAD = "__bad"
"""Whether a row does not fit."""

REASONS, RECORD, FILE = "broken_rules", "record", "source_file"
EXTRA = (REASONS, RECORD, FILE)
"""What a quarantine has beside a row's columns: what is wrong, the row as it stands in the file, and which file."""


@dataclass(frozen=True)
class Texts:
    """Files of one layout.

    Attributes:
        frame: their fields as texts, and CORRUPT.
        fields: by column, the fields that can hold it; none where the layout lacks it.
    """

    frame: DataFrame
    fields: Mapping[str, tuple[str, ...]]


def csv_texts(session: SparkSession, layout: Layout, place: Csv, schema: Schema) -> Texts:
    """CSV files of one header, read by position: names were matched before, file by file."""
    columns = ", ".join(f"{quote(name)} string" for name in (*layout.names, CORRUPT))
    frame = (
        session.read.schema(columns)
        .options(header=True, sep=place.delimiter, quote='"', escape='"', mode="PERMISSIVE", encoding="UTF-8")
        # Read in part, a row of too few fields looks sound.
        .options(columnPruning=False, enforceSchema=True, columnNameOfCorruptRecord=CORRUPT)
        .csv(list(layout.files))
        .selectExpr("*", _FILE_PATH)
    )
    where = {c.name: (layout.families[c.family] if c.family else layout.positions).get(c.name) for c in schema}
    return Texts(frame, {name: () if at is None else (layout.names[at],) for name, at in where.items()})


def json_texts(session: SparkSession, files: tuple[str, ...], spec: SourceSpec, schema: Schema) -> Texts:
    """Files of one JSON object a line; a key that is not there is NULL."""
    fields = {column.name: spec.columns[column.name].headers or (column.name,) for column in schema}
    keys = dict.fromkeys(key for each in fields.values() for key in each)
    columns = ", ".join(f"{quote(key)} string" for key in (*keys, CORRUPT))
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": CORRUPT, "encoding": "UTF-8"}
    return Texts(session.read.schema(columns).options(**options).json(list(files)).selectExpr("*", _FILE_PATH), fields)


def judged(
    session: SparkSession, view: str, texts: Texts, spec: SourceSpec, schema: Schema
) -> tuple[DataFrame, DataFrame]:
    """The rows with BAD, and the rows that are bad with REASONS, RECORD and FILE."""
    texts.frame.createOrReplaceTempView(quote(view))
    values = _Values(texts, spec)
    columns = ", ".join(f"{values.sql(c)} AS {values.parameters.identifier(c.name)}" for c in schema)
    bad, reasons = values.verdict(schema)
    record = f"coalesce({quote(CORRUPT)}, to_json(struct(* EXCEPT ({quote(CORRUPT)}, {quote(PATH)}))))"
    extra = f"{reasons} AS {REASONS}, {record} AS {RECORD}, {quote(PATH)} AS {FILE}"
    arguments = dict(values.parameters.values)
    return (
        session.sql(f"SELECT {columns}, {bad} AS {BAD} FROM {quote(view)}", args=arguments),
        session.sql(f"SELECT {columns}, {extra} FROM {quote(view)} WHERE {bad}", args=arguments),
    )


_FILE_PATH = f"_metadata.file_path AS {PATH}"


class _Values:
    """Texts as values, in SQL: NULL where a text is none."""

    def __init__(self, texts: Texts, spec: SourceSpec) -> None:
        self.texts = texts
        self.spec = spec
        self.parameters = Parameters()

    def text(self, column: Column) -> str:
        fields = self.texts.fields[column.name]
        found = [self.parameters.identifier(field) for field in fields]
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})" if found else "CAST(NULL AS string)"

    def sql(self, column: Column) -> str:
        return self.parsed(self.text(column), column)

    def parsed(self, text: str, column: Column) -> str:
        formats = self.spec.columns[column.family or column.name].format
        if column.type.name == "string":
            return text
        if not formats:
            return f"TRY_CAST({text} AS {column.type})"
        found = [f"CAST(try_to_timestamp({text}, {self.parameters.value(each)}) AS {column.type})" for each in formats]
        return found[0] if len(found) == 1 else f"coalesce({', '.join(found)})"

    def verdict(self, schema: Schema) -> tuple[str, str]:
        """Whether a row is bad, and the list of what is wrong with it."""
        misfit = f"{quote(CORRUPT)} IS NOT NULL"
        wrong = [(misfit, "it has not as many fields as the header, or is no record")]
        for column in schema:
            if not column.family and column.type.name != "string" and self.texts.fields[column.name]:
                text = self.text(column)
                wrong.append(
                    (
                        f"({text} IS NOT NULL AND {self.parsed(text, column)} IS NULL)",
                        f"{column.name} is no {column.type}",
                    )
                )
        for family in schema.families:
            wrong += self.family(schema, family)
        reasons = ", ".join(f"CASE WHEN {test} THEN {self.parameters.value(text)} END" for test, text in wrong)
        return f"({' OR '.join(test for test, _ in wrong)})", f"array_compact(array({reasons}))"

    def family(self, schema: Schema, family: str) -> list[tuple[str, str]]:
        """A family's thousand columns are judged by one expression: each for itself would be too much to compile."""
        columns = [column for column in schema.family(family) if self.texts.fields[column.name]]
        if not columns or columns[0].type.name == "string":
            return []
        parsed = self.parsed("cell", columns[0])
        cells = ", ".join(self.text(column) for column in columns)
        test = f"exists(array({cells}), cell -> cell IS NOT NULL AND {parsed} IS NULL)"
        return [(test, f"one of {family} is no {columns[0].type}")]
