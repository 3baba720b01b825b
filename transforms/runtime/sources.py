"""A job's sources as relations with exactly the columns that it declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as fn

from transforms.runtime import connections
from transforms.runtime.errors import RunError
from transforms.runtime.files import Files, located
from transforms.runtime.footers import Footer, drift, footer
from transforms.runtime.headers import Layout, layouts
from transforms.runtime.values import parsed, unreadable
from transforms.schema import Schema
from transforms.spec.job import SourceSpec
from transforms.spec.places import Csv, Jdbc, Json, Parquet
from transforms.types import parse_type

CORRUPT = "__corrupt"
"""Spark's column for the text of a row that has too few or too many fields, or is no JSON."""

REASONS = "broken_rules"
FILE = "source_file"
RECORD = "record"


@dataclass
class Bound:
    """A source whose place was looked at.

    Attributes:
        families: the columns of its families, as found.
        problems: why it cannot be read as declared.
        empty: whether it is known to have no row.
        rows: how many it has, where that is known before reading.
        files: the files it consists of.
    """

    spec: SourceSpec
    families: dict[str, tuple[str, ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    empty: bool = False
    rows: int | None = None
    files: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    footers: Mapping[str, Footer] = field(default_factory=dict)
    path: str = ""


@dataclass(frozen=True)
class Relation:
    """A source as Spark reads it.

    Attributes:
        frame: the declared columns, with the columns in which rows are judged where files can hold bad ones.
        reasons: what is wrong with a row, as a list of texts, empty for most; None where nothing can be.
        raw: the columns that a quarantine keeps of a bad row.
    """

    frame: DataFrame
    reasons: Column | None = None
    raw: tuple[str, ...] = ()


class Sources:
    """Looks at sources, and reads them."""

    def __init__(self, session: SparkSession, folder: Path) -> None:
        self.session = session
        self.folder = folder
        self.files = Files(session)

    def bind(self, spec: SourceSpec) -> Bound:
        """Look at a source without reading its rows.

        Raises:
            RunError: its place cannot be reached.
        """
        place = spec.place
        bound = Bound(spec)
        if isinstance(place, Jdbc):
            self._bind_table(bound, place)
            return bound
        bound.path = located(place.path, self.folder)
        bound.files = tuple(self.files.data_files(bound.path))
        if not bound.files:
            bound.empty = True
            if not self.files.exists(bound.path) and "*" not in bound.path:
                bound.problems.append(f"{bound.path}: there is no such file or folder")
        elif isinstance(place, Csv):
            self._bind_csv(bound, place)
        elif isinstance(place, Parquet):
            self._bind_parquet(bound)
        else:
            bound.empty = all(self.files.size(file) == 0 for file in bound.files)
        return bound

    def _bind_csv(self, bound: Bound, place: Csv) -> None:
        found, empty, problems = layouts(bound.spec, place, list(bound.files), self.files)
        bound.layouts, bound.problems = tuple(found), problems
        bound.warnings = [f"{file} is empty" for file in empty]
        bound.empty = not found and not problems
        for layout in found:
            for family, columns in layout.families.items():
                known = bound.families.get(family, ())
                bound.families[family] = (*known, *(name for name in columns if name not in known))

    def _bind_parquet(self, bound: Bound) -> None:
        footers = {file: footer(self.session, self.files, file) for file in bound.files}
        partitions = partition_columns(bound.path, bound.files)
        bound.problems = [
            each for file, found in footers.items() for each in drift(bound.spec, file, found, partitions)
        ]
        bound.footers, bound.rows = footers, sum(found.rows for found in footers.values())
        bound.empty = bound.rows == 0
        for name, column in bound.spec.columns.items():
            if column.matching:
                bound.families[name] = _family(column.matching, footers)
                if not bound.families[name]:
                    bound.problems.append(f"{bound.path}: no column matches the family {name}")

    def _bind_table(self, bound: Bound, place: Jdbc) -> None:
        with connections.database(self.session, place.connection) as database:
            table = connections.table_name(place.table)
            bound.empty = not database.rows(f"SELECT 1 FROM {table} LIMIT 1")
        frame = self._table(place)
        actual = {each.name: each.dataType.simpleString() for each in frame.schema.fields}
        found = Footer(actual, 0)
        bound.problems = drift(bound.spec, f"{place.connection}: {place.table}", found, ())

    def relation(self, bound: Bound, schema: Schema) -> Relation:
        """Read a source that was bound without a problem."""
        place = bound.spec.place
        if bound.empty and not isinstance(place, Jdbc):
            return Relation(self.session.createDataFrame([], ddl(schema)))
        if isinstance(place, Csv):
            frames = [self._csv(bound, layout, place, schema) for layout in bound.layouts]
            return Relation(_union(frames), fn.col(REASONS), (*schema.names, RECORD, FILE))
        if isinstance(place, Json):
            return Relation(self._json(bound, schema), fn.col(REASONS), (*schema.names, RECORD, FILE))
        if isinstance(place, Parquet):
            return Relation(self._parquet(bound, schema))
        return Relation(_project(self._table(place), bound.spec, schema))

    def _csv(self, bound: Bound, layout: Layout, place: Csv, schema: Schema) -> DataFrame:
        fields = ", ".join(f"`{index}` string" for index in range(layout.fields))
        frame = (
            self.session.read.schema(f"{fields}, `{CORRUPT}` string")
            .options(header=True, sep=place.delimiter, quote='"', escape='"', mode="PERMISSIVE", encoding="UTF-8")
            # Read in part, a row of too few fields looks sound; and names were matched above, file by file.
            .options(columnPruning=False, enforceSchema=True, columnNameOfCorruptRecord=CORRUPT)
            .csv(list(layout.files))
        )
        texts: dict[str, Column | None] = {}
        for column in schema:
            where = layout.families[column.family] if column.family else layout.positions
            at = where.get(column.name)
            texts[column.name] = fn.col(f"`{at}`") if at is not None else None
        return self._judged(frame, bound.spec, schema, texts)

    def _json(self, bound: Bound, schema: Schema) -> DataFrame:
        names = {column.name: bound.spec.columns[column.name].headers or (column.name,) for column in schema}
        fields = ", ".join(
            f"`{_inside(each)}` string" for each in dict.fromkeys(name for all_ in names.values() for name in all_)
        )
        frame = (
            self.session.read.schema(f"{fields}, `{CORRUPT}` string")
            .options(mode="PERMISSIVE", columnNameOfCorruptRecord=CORRUPT, encoding="UTF-8")
            .json(list(bound.files))
        )
        texts: dict[str, Column | None] = {
            name: fn.coalesce(*(fn.col(f"`{_inside(each)}`") for each in headers)) for name, headers in names.items()
        }
        return self._judged(frame, bound.spec, schema, texts)

    @staticmethod
    def _judged(frame: DataFrame, spec: SourceSpec, schema: Schema, texts: Mapping[str, Column | None]) -> DataFrame:
        """The declared columns, what is wrong with each row, and where it stands."""
        values, reasons = (
            [],
            [fn.when(fn.col(f"`{CORRUPT}`").isNotNull(), fn.lit("not as many fields as the header, or no record"))],
        )
        for column in schema:
            text = texts[column.name]
            if text is None:
                values.append(fn.lit(None).cast(str(column.type)).alias(column.name))
                continue
            value = parsed(text, spec.columns[column.family or column.name])
            values.append(value.alias(column.name))
            if column.type.name != "string":
                reasons.append(fn.when(unreadable(text, value), fn.lit(f"{column.name} is no {column.type}")))
        broken = reasons if len(reasons) < MOST_REASONS else _by_family(reasons)
        record = fn.coalesce(fn.col(f"`{CORRUPT}`"), fn.to_json(fn.struct("*")))
        return frame.select(
            *values,
            fn.array_compact(fn.array(*broken)).alias(REASONS),
            fn.when(fn.size(fn.array_compact(fn.array(*broken))) > 0, record).alias(RECORD),
            fn.col("_metadata.file_path").alias(FILE),
        )

    def _parquet(self, bound: Bound, schema: Schema) -> DataFrame:
        """Files of one set of types are read together; those of another are brought to the declared types."""
        groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for file, found in bound.footers.items():
            groups.setdefault(tuple(sorted(found.columns.items())), []).append(file)
        reader = self.session.read
        root = base_of(bound.path)
        if partition_columns(bound.path, bound.files):
            reader = reader.option("basePath", root)
        if len(groups) == 1:
            return _project(reader.parquet(bound.path), bound.spec, schema)
        return _union([_project(reader.parquet(*files), bound.spec, schema) for files in groups.values()])

    def _table(self, place: Jdbc) -> DataFrame:
        of = connections.connection(place.connection)
        more = {"fetchsize": "10000"}
        if place.partition_column is not None:
            with connections.database(self.session, place.connection) as database:
                column = '"' + place.partition_column.replace('"', '""') + '"'
                low, high = database.rows(
                    f"SELECT min({column})::text, max({column})::text FROM {connections.table_name(place.table)}"
                )[0]
            if low is not None:
                more |= {
                    "partitionColumn": f"`{_inside(place.partition_column)}`",
                    "numPartitions": str(place.partitions),
                }
                more |= {"lowerBound": low, "upperBound": high}
        try:
            return self.session.read.format("jdbc").options(**connections.options(of, place.table, more)).load()
        except Exception as error:  # noqa: BLE001 - whatever Spark raises, the table cannot be read
            raise RunError(f"{place.connection}: {place.table} cannot be read: {str(error).splitlines()[0]}") from None


MOST_REASONS = 100
"""Conditions that become elements of a list; a family of a thousand columns is judged as a whole."""


def _by_family(reasons: list[Column]) -> list[Column]:
    return [fn.coalesce(*reasons)]


def _project(frame: DataFrame, spec: SourceSpec, schema: Schema) -> DataFrame:
    """The declared columns of a relation that has types of its own."""
    there = {each.name: each.dataType.simpleString() for each in frame.schema.fields}
    columns = []
    for column in schema:
        wanted = (column.name,) if column.family else spec.columns[column.name].headers or (column.name,)
        actual = next((each for each in wanted if each in there), None)
        if actual is None:
            columns.append(fn.lit(None).cast(str(column.type)).alias(column.name))
            continue
        found = fn.col(f"`{_inside(actual)}`")
        # A cast to the type that a column has already would still stand in the plan.
        columns.append(
            (found if parse_type(there[actual]) == column.type else found.cast(str(column.type))).alias(column.name)
        )
    return frame.select(*columns)


def _union(frames: list[DataFrame]) -> DataFrame:
    return reduce(lambda one, other: one.unionByName(other), frames)


def _family(matching: str, footers: Mapping[str, Footer]) -> tuple[str, ...]:
    pattern = re.compile(matching)
    return tuple(dict.fromkeys(name for found in footers.values() for name in found.columns if pattern.fullmatch(name)))


def _inside(name: str) -> str:
    return name.replace("`", "``")


def base_of(path: str) -> str:
    """The folder at which partitions begin: what stands before the first * or `column=`."""
    parts = []
    for part in path.rstrip("/").split("/"):
        if "*" in part or "=" in part:
            break
        parts.append(part)
    return "/".join(parts) or "/"


def partition_columns(path: str, files: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that the files' folders hold, as in `month=2020-01-01/part-0.parquet`."""
    tail = files[0].partition(base_of(path).rstrip("/"))[2] if files else ""
    return tuple(part.partition("=")[0] for part in tail.split("/")[:-1] if "=" in part)


def ddl(schema: Schema) -> str:
    """Columns as Spark reads a schema."""
    return ", ".join(f"`{_inside(column.name)}` {column.type}" for column in schema)
