"""One row for each key, chosen by a stated order."""

from pydantic import Field

from transforms.documents.models import Complain, Entry
from transforms.schema import Schema
from transforms.spec.fields import ColumnName
from transforms.steps.base import Inputs, Step, Writer
from transforms.steps.ordering import Order, check_columns, check_order, window_sql


class DeduplicateConfig(Entry):
    """Which rows are the same, and which of them stays."""

    key: tuple[ColumnName, ...] = Field(strict=False, min_length=1, description="The columns that make rows the same.")
    order_by: tuple[Order, ...] = Field(
        strict=False, min_length=1, description="The order in which the first row of each key stays."
    )


class Deduplicate(Step[DeduplicateConfig]):
    """`deduplicate: {key: [country, day], order_by: [{column: updated, descending: true}]}`."""

    Config = DeduplicateConfig

    def schema(self, config: DeduplicateConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The same columns."""
        check_columns(config.key, "key", inputs.main.schema, complain)
        check_order(config.order_by, inputs.main.schema, complain)
        return inputs.main.schema

    def sql(self, config: DeduplicateConfig, inputs: Inputs, write: Writer) -> str:
        """The first row of each window."""
        window = window_sql(config.key, config.order_by, write)
        return f"SELECT * FROM {write.relation(inputs.main)} QUALIFY row_number() OVER ({window}) = 1"
