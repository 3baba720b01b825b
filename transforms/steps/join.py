"""Two relations side by side, where columns of theirs are equal."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from transforms.documents.models import Complain, Entry
from transforms.documents.problems import quoted
from transforms.schema import Column, Schema, repeated
from transforms.spec.fields import ColumnName, Name
from transforms.steps.base import Inputs, Relation, Step, Writer
from transforms.types import Type, common

LEFT, RIGHT = "left_side", "right_side"
"""The aliases of the two relations."""

_SQL = {"inner": "JOIN", "left": "LEFT JOIN", "right": "RIGHT JOIN", "full": "FULL JOIN"}
_SQL |= {"semi": "LEFT SEMI JOIN", "anti": "LEFT ANTI JOIN"}


def _pairs(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    return (
        {name: name for name in value} if isinstance(value, list) and all(isinstance(x, str) for x in value) else value
    )


class JoinConfig(Entry):
    """The other relation, and which rows belong together."""

    other: Name = Field(alias="with", description="The other relation, on the right side.")
    on: Annotated[
        dict[ColumnName, ColumnName],
        BeforeValidator(_pairs, json_schema_input_type=str | list[str] | dict[ColumnName, ColumnName]),
    ] = Field(
        min_length=1,
        description="Columns that are equal: a list of names, or names of the right side by those of the left.",
    )
    how: Literal["inner", "left", "right", "full", "semi", "anti"] = Field(
        default="inner",
        description="left, right and full keep rows without a partner; semi keeps the left rows that have one, anti "
        "those that have none. NULL equals nothing.",
    )
    take: tuple[ColumnName, ...] | None = Field(
        default=None, strict=False, description="The columns of the right side that are taken; all by default."
    )
    rename: dict[ColumnName, ColumnName] = Field(
        default_factory=dict, description="New names of the right side's columns."
    )


class Join(Step[JoinConfig]):
    """`join: {with: owid, on: [country, day], how: left, take: [continent]}`."""

    Config = JoinConfig

    def inputs(self, config: JoinConfig) -> tuple[str, ...]:
        """The right side."""
        return (config.other,)

    def schema(self, config: JoinConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The left side's columns, then those taken from the right side; what is equal stands there once."""
        left, right = inputs.main.schema, _right(config, inputs).schema
        keys: dict[str, Type] = {}
        for ours, theirs in config.on.items():
            one, other = left.find(ours), right.find(theirs)
            if one is None:
                complain(f"the left side: {left.missing(ours)}", "on")
            if other is None:
                complain(f"the right side: {right.missing(theirs)}", "on")
            if one and other:
                found = common((one.type, other.type))
                if found is None or found.element:
                    complain(
                        f"{ours} is {one.type} and {theirs} {other.type}, which are never equal; CAST one of them",
                        "on",
                    )
                keys[ours] = _key_type(config.how, one.type, other.type)
        self._check_taken(config, right, complain)
        taken = [
            Column(config.rename.get(c.name, c.name), c.type) for c in right if c.name in self._taken(config, right)
        ]
        made = Schema((*(Column(c.name, keys.get(c.name, c.type), c.family) for c in left), *taken))
        for name in repeated(made.names):
            complain(
                f"both sides have a column {name}; `rename` the right side's, or leave it out of `take`",
                "take",
            )
        return made

    def sql(self, config: JoinConfig, inputs: Inputs, write: Writer) -> str:
        """A join of two projections' worth of columns."""
        right = _right(config, inputs)
        on = " AND ".join(
            f"{write.column(ours, LEFT)} = {write.column(theirs, RIGHT)}" for ours, theirs in config.on.items()
        )
        columns = [f"{LEFT}.*"]  # Spark's parser takes its time for each IDENTIFIER
        if config.how in {"right", "full"}:
            columns = [self._left(config, name, write) for name in inputs.main.schema.names]
        columns += [
            write.named(write.column(name, RIGHT), config.rename[name])
            if name in config.rename
            else write.column(name, RIGHT)
            for name in right.schema.names
            if name in self._taken(config, right.schema)
        ]
        sides = f"{write.relation(inputs.main, LEFT)} {_SQL[config.how]} {write.relation(right, RIGHT)}"
        return f"SELECT {', '.join(columns)} FROM {sides} ON {on}"

    def _check_taken(self, config: JoinConfig, right: Schema, complain: Complain) -> None:
        for key, names in (("take", config.take or ()), ("rename", tuple(config.rename))):
            for name in names:
                if name not in right:
                    complain(f"the right side: {right.missing(name)}", key)
        for name in config.rename:
            if name in right and name not in self._taken(config, right):
                complain(f"{quoted(name)} is renamed but not taken", "rename", name)
        if config.take is not None and config.how in {"semi", "anti"}:
            complain(f"a join of the kind {config.how} takes no columns of the right side", "take")
        for name in repeated(config.take or ()):
            complain(f"{quoted(name)} stands here twice", "take")

    @staticmethod
    def _taken(config: JoinConfig, right: Schema) -> tuple[str, ...]:
        if config.how in {"semi", "anti"}:
            return ()
        return (
            tuple(name for name in right.names if name not in config.on.values())
            if config.take is None
            else config.take
        )

    @staticmethod
    def _left(config: JoinConfig, name: str, write: Writer) -> str:
        """A column of the left side; where a row has no left side, what is equal comes from the right one."""
        if name in config.on and config.how in {"right", "full"}:
            ours, theirs = write.column(name, LEFT), write.column(config.on[name], RIGHT)
            return write.named(f"coalesce({ours}, {theirs})" if config.how == "full" else theirs, name)
        return write.column(name, LEFT)


def _key_type(how: str, left: Type, right: Type) -> Type:
    """The type of what is equal: that of the side from which it comes."""
    if how == "right":
        return right
    return common((left, right)) or left if how == "full" else left


def _right(config: JoinConfig, inputs: Inputs) -> Relation:
    return inputs.others.get(config.other, inputs.main)
