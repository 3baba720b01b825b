"""One row for each group."""

from pydantic import Field

from transforms.documents.models import Complain, Entry
from transforms.expressions.check import GROUP, type_of
from transforms.expressions.functions import FUNCTIONS
from transforms.expressions.tree import Call, Node, Reference
from transforms.schema import Column, Schema, repeated
from transforms.spec.fields import ColumnName, Expression
from transforms.steps.base import Inputs, Step, Writer


class AggregateConfig(Entry):
    """The groups and what is calculated for each."""

    by: tuple[ColumnName, ...] = Field(
        default=(), strict=False, description="The columns that make a group; without any, all rows are one."
    )
    values: dict[ColumnName, Expression] = Field(min_length=1, description="Expressions with aggregates, by column.")


class Aggregate(Step[AggregateConfig]):
    """`aggregate: {by: [continent, month], values: {cases: sum(new_cases)}}`."""

    Config = AggregateConfig

    def schema(self, config: AggregateConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The groups' columns, then the values'."""
        old = inputs.main.schema
        made = []
        for index, name in enumerate(config.by):
            column = old.find(name)
            if column is None:
                complain(old.missing(name), "by", index)
            else:
                made.append(Column(column.name, column.type))
        for name, node in config.values.items():

            def about(message: str, name: str = name) -> None:
                complain(message, "values", name)

            for loose in ungrouped(node, config.by):
                about(f"{loose} is neither in `by` nor inside an aggregate such as sum or max")
            found = type_of(node, old, about, GROUP)
            if found is not None and found.name == "void":
                about("it is always NULL; CAST it to the type that the column shall have")
            elif found is not None:
                made.append(Column(name, found))
        if not config.by and not any(map(aggregates, config.values.values())):
            complain("without `by`, at least one value must be an aggregate such as count(*)", "values")
        for name in repeated((*config.by, *config.values)):
            complain(f"two columns would be called {name}", "values" if name in config.values else "by")
        return Schema(tuple(made))

    def sql(self, config: AggregateConfig, inputs: Inputs, write: Writer) -> str:
        """A GROUP BY."""
        values = [write.named(write.expression(node), name) for name, node in config.values.items()]
        keys = [write.column(name) for name in config.by]
        groups = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"SELECT {', '.join([*keys, *values])} FROM {write.relation(inputs.main)}{groups}"


def aggregates(node: Node) -> bool:
    """Whether an expression makes one value of many rows."""
    return any(isinstance(part, Call) and FUNCTIONS[part.function].kind == "aggregate" for part in node.walk())


def ungrouped(node: Node, by: tuple[str, ...]) -> list[str]:
    """The columns of an expression that have many values in a group."""
    if isinstance(node, Call) and FUNCTIONS[node.function].kind == "aggregate":
        return []
    if isinstance(node, Reference):
        return [] if node.name in by else [node.name]
    return [name for child in node.children for name in ungrouped(child, by)]
