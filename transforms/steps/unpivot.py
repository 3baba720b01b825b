"""Columns into rows: a wide table with a column for each day becomes a long one."""

from typing import Self

from pydantic import Field, model_validator

from transforms.documents.models import Complain, Entry
from transforms.documents.problems import Refused, quoted
from transforms.schema import Column, Schema, repeated
from transforms.spec.fields import ColumnName, Name
from transforms.steps.base import Inputs, Step, Writer
from transforms.types import STRING, common


class UnpivotConfig(Entry):
    """Which columns become rows, and where their names and values go."""

    family: Name | None = Field(default=None, description="A family of columns of the source.")
    columns: tuple[ColumnName, ...] = Field(default=(), strict=False, description="The columns, one by one.")
    names_to: ColumnName = Field(description="The new column with their names, a text.")
    values_to: ColumnName = Field(description="The new column with their values.")
    keep_null: bool = Field(default=False, description="Whether rows are made of NULL too.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.family is None) == (not self.columns):
            raise Refused("both say which columns become rows", wanted="`family` or `columns`")
        return self


class Unpivot(Step[UnpivotConfig]):
    """`unpivot: {family: days, names_to: day, values_to: cases}`."""

    Config = UnpivotConfig

    def schema(self, config: UnpivotConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The other columns, then the two new ones."""
        old = inputs.main.schema
        names = self._names(config, old)
        if config.family and not names:
            there = f"there are {', '.join(old.families)}" if old.families else "there is none"
            complain(f"there is no family {config.family}; {there}", "family")
        for index, name in enumerate(config.columns):
            if name not in old:
                complain(old.missing(name), "columns", index)
        for name in repeated(config.columns):
            complain(f"{quoted(name)} stands here twice", "columns")
        types = [column.type for name in names if (column := old.find(name))]
        found = common(types)
        if found is None:
            complain(
                f"its columns are {' and '.join(dict.fromkeys(map(str, types)))}, which have no common type", "columns"
            )
        kept = [column for column in old if column.name not in names]
        made = Schema((*kept, Column(config.names_to, STRING), Column(config.values_to, found or STRING)))
        for name in repeated(made.names):
            complain(f"two columns would be called {name}", "names_to" if name == config.names_to else "values_to")
        return made

    def sql(self, config: UnpivotConfig, inputs: Inputs, write: Writer) -> str:
        """An UNPIVOT."""
        names = write.columns(self._names(config, inputs.main.schema))
        nulls = "INCLUDE" if config.keep_null else "EXCLUDE"
        made = self.schema(config, inputs, lambda *_: None).names[:-2]
        columns = [
            *map(write.column, made),
            write.named("`__name`", config.names_to),
            write.named("`__value`", config.values_to),
        ]
        # Names of our own, for Spark reads those that IDENTIFIER gives there a second time, without their quotes.
        unpivot = f"UNPIVOT {nulls} NULLS (`__value` FOR `__name` IN ({names}))"
        return f"SELECT {', '.join(columns)} FROM {write.relation(inputs.main)} {unpivot}"

    @staticmethod
    def _names(config: UnpivotConfig, old: Schema) -> tuple[str, ...]:
        return tuple(column.name for column in old.family(config.family)) if config.family else config.columns
