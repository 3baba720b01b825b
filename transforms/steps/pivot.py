"""Rows into columns: one column for each value of another."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from transforms.documents.models import Complain, Entry
from transforms.expressions.check import GROUP, type_of
from transforms.expressions.functions import FUNCTIONS
from transforms.expressions.tree import Call, Literal, Reference, renamed
from transforms.schema import Column, Schema, repeated
from transforms.spec.fields import ColumnName, Expression
from transforms.steps.aggregate import ungrouped
from transforms.steps.base import Inputs, Step, Writer
from transforms.steps.ordering import check_columns


def _listed(value: Any) -> Any:
    if isinstance(value, list):
        return {
            str(each): f"'{each.replace(chr(39), chr(39) * 2)}'" if isinstance(each, str) else each for each in value
        }
    return value


class PivotConfig(Entry):
    """The groups, the column whose values become columns, and what stands in them."""

    by: tuple[ColumnName, ...] = Field(strict=False, min_length=1, description="The columns that make a row.")
    column: ColumnName = Field(description="The column whose values become columns.")
    values: Annotated[
        dict[ColumnName, Expression],
        BeforeValidator(_listed, json_schema_input_type=list[str | int] | dict[ColumnName, Expression]),
    ] = Field(
        min_length=1, description="The values that become columns: a list, or the values by the new columns' names."
    )
    value: Expression = Field(description="What stands there: an aggregate such as sum(cases).")


class Pivot(Step[PivotConfig]):
    """`pivot: {by: [country], column: kind, values: [confirmed, deaths], value: sum(cases)}`."""

    Config = PivotConfig

    def schema(self, config: PivotConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The groups' columns, then one for each value."""
        old = inputs.main.schema
        check_columns(config.by, "by", old, complain)
        column = old.find(config.column)
        if column is None:
            complain(old.missing(config.column), "column")
        for name, node in config.values.items():
            if not isinstance(node, Literal) or node.value is None:
                complain("its values are written out, such as 'confirmed' or 2020", "values", name)
            elif column and node.type.kind != column.type.kind:
                complain(
                    f"{config.column}, of the type {column.type}, never is the {node.type} {node.value}", "values", name
                )
        found = type_of(config.value, old, lambda message: complain(message, "value"), GROUP)
        if found is not None and found.name == "void":
            complain("it is always NULL; CAST it to the type that the columns shall have", "value")
        for loose in ungrouped(config.value, ()):
            complain(f"{loose} is not inside an aggregate such as sum or max", "value")
        if not (isinstance(config.value, Call) and FUNCTIONS[config.value.function].kind == "aggregate"):
            complain("it must be one aggregate, such as sum(cases); calculate with it in a later step", "value")
        if config.column in config.by:
            complain("a column cannot make rows and columns at once", "column")
        groups = tuple(Column(each.name, each.type) for name in config.by if (each := old.find(name)))
        made = Schema((*groups, *(Column(name, found) for name in config.values if found)))
        for name in repeated(made.names):
            complain(f"two columns would be called {name}", "values")
        return made

    def sql(self, config: PivotConfig, inputs: Inputs, write: Writer) -> str:
        """A PIVOT over the columns that it needs: it groups by all others that it is given."""
        used = dict.fromkeys([*config.by, config.column, *_read(config)])
        values = ", ".join(write.named(write.expression(node), name) for name, node in config.values.items())
        # Spark would not group by a column that the aggregate reads too, so that one is given a second name.
        second = {name: f"__{index}" for index, name in enumerate(used) if name in config.by and name in _read(config)}
        columns = [*map(write.column, used), *(write.named(write.column(old), new) for old, new in second.items())]
        inner = f"SELECT {', '.join(columns)} FROM {write.relation(inputs.main)}"
        pivot = (
            f"PIVOT ({write.expression(renamed(config.value, second))} FOR {write.column(config.column)} IN ({values}))"
        )
        return f"SELECT * FROM ({inner}) {pivot}"


def _read(config: PivotConfig) -> list[str]:
    """The columns that the aggregate reads."""
    return [each.name for each in config.value.walk() if isinstance(each, Reference)]
