"""A job's sources as relations with exactly the columns that it declares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from transforms.query.parameters import quote
from transforms.runtime import connections
from transforms.runtime.errors import RunError
from transforms.runtime.files import Files, located
from transforms.runtime.footers import Footer, drift, footer
from transforms.runtime.headers import Layout, layouts
from transforms.runtime.texts import csv_texts, json_texts, judged
from transforms.schema import Schema
from transforms.spec.job import SourceSpec
from transforms.spec.places import Csv, Jdbc, Parquet
from transforms.types import parse_type


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
    """A source as Spark reads it: its declared columns.

    Attributes:
        unreadable: the rows that do not fit them, with what is wrong; None where there can be none. `frame` has the
            column BAD then.
    """

    frame: DataFrame
    unreadable: DataFrame | None = None


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

    def relation(self, name: str, bound: Bound, schema: Schema) -> Relation:
        """Read a source that was bound without a problem."""
        place = bound.spec.place
        if bound.empty and not isinstance(place, Jdbc):
            return Relation(self.session.createDataFrame([], ddl(schema)))
        if isinstance(place, Parquet):
            return Relation(self._parquet(bound, schema))
        if isinstance(place, Jdbc):
            return Relation(_project(self._table(place), bound.spec, schema))
        if isinstance(place, Csv):
            texts = [csv_texts(self.session, layout, place, schema) for layout in bound.layouts]
        else:
            texts = [json_texts(self.session, bound.files, bound.spec, schema)]
        parts = [judged(self.session, f"__{name}_{at}", each, bound.spec, schema) for at, each in enumerate(texts)]
        return Relation(_union([good for good, _ in parts]), _union([bad for _, bad in parts]))

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
                column = connections.quoted(place.partition_column)
                low, high = database.rows(
                    f"SELECT min({column})::text, max({column})::text FROM {connections.table_name(place.table)}"
                )[0]
            if low is not None:
                more |= {
                    "partitionColumn": place.partition_column,
                    "numPartitions": str(place.partitions),
                }
                more |= {"lowerBound": low, "upperBound": high}
        try:
            return self.session.read.format("jdbc").options(**connections.options(of, place.table, more)).load()
        except Exception as error:  # noqa: BLE001 - whatever Spark raises, the table cannot be read
            raise RunError(f"{place.connection}: {place.table} cannot be read: {str(error).splitlines()[0]}") from None


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
        found = fn.col(quote(actual))
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
    return ", ".join(f"{quote(column.name)} {column.type}" for column in schema)
