"""Rows for which a condition holds."""

from pydantic import Field

from transforms.documents.models import Complain, Entry
from transforms.expressions.check import condition
from transforms.schema import Schema
from transforms.spec.fields import Condition
from transforms.steps.base import Inputs, Step, Writer


class FilterConfig(Entry):
    """The condition; a row for which it is NULL is left out."""

    where: Condition = Field(description="The condition, as a text or as a mapping.")


class Filter(Step[FilterConfig]):
    """`filter: {where: "new_cases >= 0 AND continent IS NOT NULL"}`."""

    Config = FilterConfig

    def schema(self, config: FilterConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The same columns."""
        condition(config.where, inputs.main.schema, lambda message: complain(message, "where"))
        return inputs.main.schema

    def sql(self, config: FilterConfig, inputs: Inputs, write: Writer) -> str:
        """A WHERE."""
        return f"SELECT * FROM {write.relation(inputs.main)} WHERE {write.expression(config.where)}"
