"""What a step's plugin is: a config model, the columns it makes, and its SQL.

A plugin is a subclass of `Step`, named by an entry point of the group `transforms.steps`; the built-in ones are found
the same way. See `docs/transforms/plugins.md` for one in a package of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, TypeVar

from transforms.documents.models import Complain, Entry
from transforms.expressions.render import Renderer
from transforms.expressions.tree import Node
from transforms.query.parameters import Parameters, Value
from transforms.schema import Column, Schema
from transforms.spec.job import QuarantineSpec, RuleSpec

C = TypeVar("C", bound=Entry)


@dataclass(frozen=True)
class Relation:
    """A source or a step as another step sees it: its name in the query, and its columns."""

    name: str
    schema: Schema


@dataclass(frozen=True)
class Inputs:
    """What a step works on: `main` is the one before it or its `from`; `others` are those that its config names."""

    main: Relation
    others: Mapping[str, Relation] = field(default_factory=dict)
    rules: Mapping[str, RuleSpec] = field(default_factory=dict)


class Writer:
    """Writes a step's SQL so that nothing of a job file becomes part of it."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters

    def relation(self, relation: Relation, alias: str = "") -> str:
        """A relation after FROM or JOIN; `alias` is a word of the plugin's own."""
        return f"`{relation.name}`" + (f" AS {alias}" if alias else "")

    def column(self, name: str, relation: str = "") -> str:
        """A column's name where it is used; `relation` is the alias that qualifies it."""
        return self.parameters.identifier(*((relation, name) if relation else (name,)))

    def value(self, value: Value) -> str:
        """A value."""
        return self.parameters.value(value)

    def expression(self, node: Node, relation: str = "", over: tuple[str, str] | None = None) -> str:
        """An expression; `over` is the window of its aggregate and window functions, with and without its frame."""
        return Renderer(self.parameters, relation, over)(node)

    def named(self, sql: str, name: str) -> str:
        """`sql AS name`."""
        return f"{sql} AS {self.parameters.identifier(name)}"

    def columns(self, names: tuple[str, ...], relation: str = "") -> str:
        """Columns after SELECT, GROUP BY or PARTITION BY."""
        return ", ".join(self.column(name, relation) for name in names)


class Step(ABC, Generic[C]):
    """A kind of step.

    Attributes:
        Config: the model of what stands below the plugin's name in a job file.
    """

    Config: ClassVar[type[Entry]]

    def inputs(self, config: C) -> tuple[str, ...]:  # noqa: ARG002 - for those that have some
        """The names of further sources or steps that it reads, beside its `from`."""
        return ()

    @abstractmethod
    def schema(self, config: C, inputs: Inputs, complain: Complain) -> Schema:
        """The columns that it makes of its inputs' columns.

        Args:
            complain: `complain(message, *path)` for each mistake; `path` leads to it within the config.
        """

    @abstractmethod
    def sql(self, config: C, inputs: Inputs, write: Writer) -> str:
        """One SELECT over its inputs. Called only when `schema` had nothing to complain about."""


BROKEN = "__broken"
"""The column that a checkpoint adds: a bigint with one bit for each rule, set where the row breaks it."""


class Checkpoint(Step[C]):
    """A step at which rows are judged: the job counts what its rules find there, and takes out what broke them.

    `sql` returns the columns of its input and BROKEN; `schema` does not tell of that column.
    """

    @abstractmethod
    def rules(self, config: C, inputs: Inputs) -> dict[str, RuleSpec]:
        """The rules by name, in the order of their bits."""

    @abstractmethod
    def quarantine(self, config: C) -> QuarantineSpec | None:
        """Where the rows go that are taken out; None when no rule keeps them."""

    def rows(self, config: C, inputs: Inputs, write: Writer, marked: Relation) -> str:
        """The rows that go on, of the relation that holds what `sql` returned.

        The mask holds the bits of the rules that take a row out.
        """
        mask = mask_of(self.rules(config, inputs))
        columns = write.columns(inputs.main.schema.names)
        # A literal zero, so that rows without a broken rule are all that a filter has to let through.
        passing = f" WHERE (`{BROKEN}` & {write.value(mask)}) = 0" if mask else ""
        return f"SELECT {columns} FROM {write.relation(marked)}{passing}"


def mask_of(rules: Mapping[str, RuleSpec]) -> int:
    """The bits of the rules that take a row out."""
    return sum(1 << bit for bit, rule in enumerate(rules.values()) if rule.takes_out)


__all__ = ["BROKEN", "Checkpoint", "Column", "Complain", "Entry", "Inputs", "Relation", "Schema", "Step", "Writer"]
