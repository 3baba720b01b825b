"""The rows of several relations, one below the other, their columns matched by name."""

from typing import Literal

from pydantic import Field

from transforms.documents.models import Complain, Entry
from transforms.schema import Column, Schema, repeated
from transforms.spec.fields import Name
from transforms.steps.base import Inputs, Relation, Step, Writer
from transforms.types import common


class UnionConfig(Entry):
    """What is put below the main input."""

    others: tuple[Name, ...] = Field(alias="with", strict=False, min_length=1, description="The other relations.")
    missing: Literal["refuse", "null"] = Field(
        default="refuse", description="What a column that one of them lacks is: a mistake, or NULL there."
    )
    distinct: bool = Field(default=False, description="Whether equal rows are kept once.")


class Union(Step[UnionConfig]):
    """`union: {with: [deaths, recovered]}`."""

    Config = UnionConfig

    def inputs(self, config: UnionConfig) -> tuple[str, ...]:
        """The other relations."""
        return config.others

    def schema(self, config: UnionConfig, inputs: Inputs, complain: Complain) -> Schema:
        """The columns of all, in the order in which they first come."""
        for index, other in enumerate(config.others):
            if other in config.others[:index]:
                complain(f"{other} stands here twice", "with", index)
        relations = [inputs.main, *inputs.others.values()]
        names = dict.fromkeys(name for relation in relations for name in relation.schema.names)
        made = []
        for name in names:
            lacking = [relation.name for relation in relations if name not in relation.schema]
            if lacking and config.missing == "refuse":
                complain(
                    f"{lacking[0]} has no column {name}; select the same ones first, or say `missing: null`", "with"
                )
            types = [column.type for relation in relations if (column := relation.schema.find(name))]
            found = common(types)
            if found is None:
                complain(f"{name} is {' and '.join(dict.fromkeys(map(str, types)))}, which have no common type", "with")
            else:
                made.append(Column(name, found))
        for name in repeated(names):
            complain(f"two columns would be called {name}, for Spark does not tell upper from lower case", "with")
        return Schema(tuple(made))

    def sql(self, config: UnionConfig, inputs: Inputs, write: Writer) -> str:
        """A UNION of projections in the same order."""
        relations = [inputs.main, *inputs.others.values()]
        columns = self.schema(config, inputs, lambda *_: None)
        between = " UNION " if config.distinct else " UNION ALL "
        return between.join(
            f"SELECT {_columns(relation, columns, write)} FROM {write.relation(relation)}" for relation in relations
        )


def _columns(relation: Relation, wanted: Schema, write: Writer) -> str:
    return ", ".join(
        write.column(column.name)
        if column.name in relation.schema
        else write.named(f"CAST(NULL AS {column.type})", column.name)
        for column in wanted
    )
