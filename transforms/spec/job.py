"""A job file's models: sources, rules, steps, sinks."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from transforms.documents.models import Entry
from transforms.documents.problems import Refused, one_of
from transforms.expressions.formats import check_format
from transforms.schema import Column, Schema, repeated
from transforms.spec.fields import ONE_OR_MANY, ColumnName, Condition, Name, OneOrMany, Text, TypeName
from transforms.spec.places import Csv, CsvFolder, Jdbc, JdbcTable, Json, Mode, Parquet, ParquetFolder

FORMATS = ("csv", "json", "parquet", "jdbc")
TARGETS = ("parquet", "csv", "jdbc")

Severity = Literal["warn", "quarantine", "fail"]
Policy = Literal["fail", "warn", "allow"]


def _pattern(value: Any) -> str:
    try:
        re.compile(value)
    except (re.error, TypeError) as error:
        raise Refused(str(error), wanted="a regular expression") from None
    return str(value)


def _format(value: Any) -> Any:
    if isinstance(value, str):
        try:
            check_format(value, reading=True)
        except Refused as refused:
            raise Refused(refused.because, wanted="a format such as yyyy-MM-dd") from None
    return value


def _column(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class ColumnSpec(Entry):
    """A column of a source, or with `matching` a family of columns such as one for each day."""

    type: TypeName = Field(description="Its type in Spark SQL's words.")
    headers: OneOrMany = Field(
        default=(),
        alias="from",
        strict=False,
        description="The headers under which files have it, where they do not call it by its name.",
    )
    format: Annotated[tuple[Annotated[str, BeforeValidator(_format)], ...], WithJsonSchema(ONE_OR_MANY)] = Field(
        default=(), strict=False, description="How dates or timestamps are written; the first that fits is taken."
    )
    optional: bool = Field(default=False, description="Whether a file may lack it; its values are NULL then.")
    matching: (
        Annotated[str, BeforeValidator(_pattern), WithJsonSchema({"type": "string", "format": "regex"})] | None
    ) = Field(default=None, description="A regular expression that the headers of a family of columns match in full.")
    example: OneOrMany = Field(
        default=(), strict=False, description="Names of a family's columns, for checks before data is there."
    )

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: [each] if key in {"from", "format", "example"} and isinstance(each, str) else each
                for key, each in value.items()
            }
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.matching and not self.example:
            raise Refused("a family needs `example`, the names of one or two of its columns", wanted="`example`")
        if self.matching and (wrong := [each for each in self.example if not re.fullmatch(self.matching, each)]):
            raise Refused(f"the example {wrong[0]} does not match", wanted="examples that match `matching`")
        if self.matching and (self.headers or self.optional):
            raise Refused("a family's columns are found by `matching` alone", wanted="no `from` and no `optional`")
        if self.format and self.type.kind not in {"date", "timestamp"}:
            raise Refused(f"the type {self.type} has no format", wanted="a date or timestamp beside `format`")
        return self


ColumnEntry = Annotated[ColumnSpec, BeforeValidator(_column, json_schema_input_type=TypeName | ColumnSpec)]


class SourceSpec(Entry):
    """A table that the job reads: one of csv, json, parquet, jdbc, and the columns that it takes from there."""

    csv: Csv | None = None
    json_: Json | None = Field(default=None, alias="json")
    parquet: Parquet | None = None
    jdbc: Jdbc | None = None
    columns: dict[ColumnName, ColumnEntry] = Field(min_length=1, description="The columns that the job uses.")
    unreadable: Literal["fail", "drop"] | None = Field(
        default=None,
        description="What becomes of rows of CSV or JSON that do not fit the columns: fail (the default) ends the job, "
        "drop leaves them out and counts them; `quarantine` keeps them.",
    )
    quarantine: QuarantineSpec | None = Field(
        default=None, description="Where unreadable rows are kept, with the file they stand in and what is wrong."
    )
    empty: Policy = Field(default="fail", description="What to do when there is not one row.")

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        if twice := repeated(self.columns_found().names):
            raise Refused(
                f"two of its columns are called {twice[0]}, for Spark does not tell upper from lower case",
                wanted="names that differ in more than case",
            )
        return self

    @property
    def format(self) -> str:
        """Which of the formats it has."""
        return next(name for name in FORMATS if self.place_of(name) is not None)

    def place_of(self, name: str) -> Csv | Json | Parquet | Jdbc | None:
        """The entry of that format."""
        place: Csv | Json | Parquet | Jdbc | None = getattr(self, "json_" if name == "json" else name)
        return place

    @property
    def place(self) -> Csv | Json | Parquet | Jdbc:
        """Where it lies."""
        place = self.place_of(self.format)
        assert place is not None
        return place

    def columns_found(self, found: dict[str, tuple[str, ...]] | None = None) -> Schema:
        """Its columns; of a family those that were `found` in the files, or else the examples."""
        columns: list[Column] = []
        for name, spec in self.columns.items():
            if spec.matching:
                names = (found or {}).get(name, spec.example)
                columns += [Column(each, spec.type, family=name) for each in names]
            else:
                columns.append(Column(name, spec.type))
        return Schema(tuple(columns))

    @model_validator(mode="after")
    def _one_format(self) -> Self:
        given = [name for name in FORMATS if self.place_of(name) is not None]
        if len(given) != 1:
            raise Refused(f"it has {' and '.join(given) or 'none'}", wanted=f"exactly {one_of(FORMATS)}")
        if self.format in {"parquet", "jdbc"} and (self.unreadable or self.quarantine):
            raise Refused("Parquet and tables have no unreadable rows", wanted="csv or json beside `unreadable`")
        if self.unreadable and self.quarantine:
            raise Refused("`quarantine` says already what becomes of them", wanted="`unreadable` or `quarantine`")
        if self.format == "jdbc" and any(spec.matching for spec in self.columns.values()):
            raise Refused("a table's columns are named one by one", wanted="no `matching`")
        return self


class QuarantineSpec(Entry):
    """Where rows that broke a rule are kept, with all their columns and the names of the rules."""

    parquet: ParquetFolder | None = None
    csv: CsvFolder | None = None
    jdbc: JdbcTable | None = None

    @property
    def target(self) -> ParquetFolder | CsvFolder | JdbcTable:
        """The one that is given."""
        target = self.parquet or self.csv or self.jdbc
        assert target is not None
        return target

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        given = [name for name in TARGETS if getattr(self, name) is not None]
        if len(given) != 1:
            raise Refused(f"it has {' and '.join(given) or 'none'}", wanted=f"exactly {one_of(TARGETS)}")
        return self


class RuleSpec(Entry):
    """What must hold for each row; a condition that is NULL does not hold."""

    expect: Condition = Field(description="The condition.")
    severity: Severity = Field(
        default="quarantine",
        description="warn counts the rows that break it, quarantine takes them out, fail ends the job.",
    )
    threshold: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="The share of rows that may break it; beyond it the job ends. Without one, fail bears no row and "
        "quarantine any number. What is borne is quarantined.",
    )

    @model_validator(mode="after")
    def _threshold_has_a_meaning(self) -> Self:
        if self.severity == "warn" and self.threshold is not None:
            raise Refused("a warning never ends the job", wanted="no `threshold` beside severity: warn")
        return self

    @property
    def takes_out(self) -> bool:
        """Whether a row that breaks it goes no further."""
        return self.severity != "warn"

    @property
    def keeps(self) -> bool:
        """Whether rows that break it can end up in quarantine."""
        return self.severity == "quarantine" or (self.severity == "fail" and bool(self.threshold))

    def ends_the_job(self, broken: int, rows: int) -> bool:
        """Whether so many broken rows of so many are too many."""
        if self.severity == "warn" or not broken:
            return False
        if self.threshold is None:
            return self.severity == "fail"
        return broken > self.threshold * rows


class SinkSpec(QuarantineSpec):
    """A table that the job writes."""

    from_: Name | None = Field(default=None, alias="from", description="The step it holds; the last one by default.")
    mode: Mode = Field(
        default="overwrite",
        description="overwrite replaces all, append adds a batch (again: replaces it), overwrite_partitions replaces "
        "the partitions that have rows, upsert replaces the rows of the same key.",
    )
    key: tuple[ColumnName, ...] = Field(default=(), strict=False, description="What identifies a row; for upsert.")
    batch: Text | None = Field(
        default=None, description="What this run adds, for append: running it again replaces it."
    )
    empty: Policy = Field(default="allow", description="What to do when there is not one row.")

    @model_validator(mode="after")
    def _modes(self) -> Self:
        target = self.target
        if (self.mode == "upsert") != bool(self.key):
            raise Refused("`key` and the mode upsert go together", wanted="both or neither")
        if self.mode == "upsert" and self.jdbc is None:
            raise Refused("files have no keys; upsert goes into a table", wanted="jdbc beside mode: upsert")
        if self.mode == "overwrite_partitions" and not getattr(target, "partition_by", ()):
            raise Refused("there are no partitions", wanted="`partition_by` beside mode: overwrite_partitions")
        if (self.mode == "append") != (self.batch is not None):
            raise Refused(
                "`batch` names what append adds, so that a second run does not add it again", wanted="both or neither"
            )
        return self


class ParameterSpec(Entry):
    """A text that a run may set: `--set name=value`, and `${name}` in paths, connections, tables and batches."""

    default: str | None = Field(default=None, description="Its value when a run does not set it.")
    description: str = ""


class JobSpec(Entry):
    """A job without its steps, whose models their plugins bring."""

    name: Name = Field(description="The job's name, in reports, metrics and traces.")
    description: str = Field(default="", description="What it is for.")
    parameters: dict[Name, ParameterSpec] = Field(default_factory=dict)
    sources: dict[Name, SourceSpec] = Field(min_length=1, description="The tables that it reads.")
    rules: dict[Name, RuleSpec] = Field(default_factory=dict, description="What rows must satisfy; for `validate`.")
    steps: list[dict[str, Any]] = Field(default_factory=list, description="What happens, in order.")
    sinks: dict[Name, SinkSpec] = Field(min_length=1, description="The tables that it writes.")


SourceSpec.model_rebuild()
