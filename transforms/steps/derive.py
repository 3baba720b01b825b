"""New columns beside the old ones, or in their place."""

from pydantic import Field

from transforms.documents.models import Complain, Entry
from transforms.expressions.check import type_of
from transforms.schema import Column, Schema
from transforms.spec.fields import ColumnName, Expression
from transforms.steps.base import Inputs, Step, Writer
from transforms.steps.columns import projection, with_columns


class DeriveConfig(Entry):
    """Expressions by the column that holds them; all of them see the columns as they were before the step."""

    columns: dict[ColumnName, Expression] = Field(min_length=1, description="The expressions, by column.")


class Derive(Step[DeriveConfig]):
    """`derive: {columns: {per_million: new_cases / population * 1000000}}`."""

    Config = DeriveConfig

    def schema(self, config: DeriveConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The old columns in their order, replaced where one has the name of a new one; then the new ones."""
        old = inputs.main.schema
        made = {}
        for name, expression in config.columns.items():

            def about(message: str, name: str = name) -> None:
                complain(message, "columns", name)

            found = type_of(expression, old, about)
            if found is not None:
                made[name] = Column(name, found)
        return with_columns(old, made, lambda message, name: complain(message, "columns", name))

    def sql(self, config: DeriveConfig, inputs: Inputs, write: Writer) -> str:
        """A projection."""
        new = {name: write.named(write.expression(node), name) for name, node in config.columns.items()}
        return projection(inputs.main, new, write)
