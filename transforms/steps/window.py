"""Columns that look at other rows: running sums, moving means, the row before."""

from typing import Literal, Self

from pydantic import Field, model_validator

from transforms.documents.models import Complain, Entry
from transforms.documents.problems import Refused
from transforms.expressions.check import WINDOW, type_of
from transforms.expressions.functions import FUNCTIONS, WHOLE
from transforms.expressions.tree import Call, Node
from transforms.schema import Column, Schema
from transforms.spec.fields import ColumnName, Expression
from transforms.steps.base import Inputs, Step, Writer
from transforms.steps.columns import projection, with_columns
from transforms.steps.ordering import Order, check_columns, check_order, window_sql

Bound = int | Literal["unbounded"]


class FrameConfig(Entry):
    """The rows around each row that an aggregate sees."""

    preceding: Bound = Field(default="unbounded", description="How many rows before, or unbounded.")
    following: Bound = Field(default=0, description="How many rows after, or unbounded; 0 ends at the row itself.")

    @model_validator(mode="after")
    def _not_negative(self) -> Self:
        for bound in (self.preceding, self.following):
            if isinstance(bound, int) and not 0 <= bound < 2**31:
                raise Refused(f"{bound} rows are none", wanted="0 or more rows, or unbounded")
        return self


class WindowConfig(Entry):
    """The window and what is calculated over it."""

    partition_by: tuple[ColumnName, ...] = Field(
        default=(), strict=False, description="Rows that have these columns in common see each other."
    )
    order_by: tuple[Order, ...] = Field(default=(), strict=False, description="The order within a partition.")
    frame: FrameConfig | None = Field(
        default=None,
        description="The rows that aggregates see. Without: the whole partition, or with an order all rows up to those "
        "that are equal in it.",
    )
    values: dict[ColumnName, Expression] = Field(min_length=1, description="Expressions by the column that holds them.")


class Window(Step[WindowConfig]):
    """`window: {partition_by: [country], order_by: [day], values: {new_cases: cases - lag(cases)}}`."""

    Config = WindowConfig

    def schema(self, config: WindowConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The old columns, replaced where one has the name of a new one; then the new ones."""
        old = inputs.main.schema
        check_columns(config.partition_by, "partition_by", old, complain)
        check_order(config.order_by, old, complain)
        if config.frame and not config.order_by:
            complain("a frame needs an order; add `order_by`", "frame")
        made = {}
        for name, node in config.values.items():

            def about(message: str, name: str = name) -> None:
                complain(message, "values", name)

            found = type_of(node, old, about, WINDOW)
            for reason in beyond_windows(node, ordered=bool(config.order_by)):
                about(reason)
            if needs_order(node) and not config.order_by:
                about("its function needs an order; add `order_by`")
            if found is not None:
                made[name] = Column(name, found)
        return with_columns(old, made, lambda message, name: complain(message, "values", name))

    def sql(self, config: WindowConfig, inputs: Inputs, write: Writer) -> str:
        """A projection with OVER in each call."""
        window = window_sql(config.partition_by, config.order_by, write)
        framed = f"{window} {_frame(config.frame, write)}" if config.frame else window
        new = {
            name: write.named(write.expression(node, over=(framed, window)), name)
            for name, node in config.values.items()
        }
        return projection(inputs.main, new, write)


def needs_order(node: Node) -> bool:
    """Whether a function of the expression has no meaning without an order."""
    return any(isinstance(part, Call) and FUNCTIONS[part.function].kind == "window" for part in node.walk())


def beyond_windows(node: Node, *, ordered: bool) -> list[str]:
    """Why calls that are fine over a group cannot run over a window (Spark)."""
    calls = [part for part in node.walk() if isinstance(part, Call)]
    reasons = ["count(DISTINCT …) cannot run over a window; approx_count_distinct can"] * any(c.distinct for c in calls)
    if ordered:
        reasons += [
            f"{c.function} runs over whole partitions only; leave `order_by` out" for c in calls if c.function in WHOLE
        ]
    return reasons


def _frame(frame: FrameConfig, write: Writer) -> str:
    preceding = "UNBOUNDED" if frame.preceding == "unbounded" else write.value(frame.preceding)
    if frame.following == 0:
        return f"ROWS BETWEEN {preceding} PRECEDING AND CURRENT ROW"
    following = "UNBOUNDED" if frame.following == "unbounded" else write.value(frame.following)
    return f"ROWS BETWEEN {preceding} PRECEDING AND {following} FOLLOWING"
