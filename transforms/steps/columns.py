"""New columns beside old ones, for the steps that add some."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from transforms.schema import Column, Schema, repeated
from transforms.steps.base import Relation, Writer


def with_columns(old: Schema, made: Mapping[str, Column], complain: Callable[[str, str], None]) -> Schema:
    """The old columns in their order, replaced where a new one has the very name; then the other new ones.

    Args:
        complain: told what is wrong with a new column, and its name.
    """
    for name, column in made.items():
        if column.type.name == "void":
            complain("it is always NULL; CAST it to the type that the column shall have", name)
    added = tuple(column for name, column in made.items() if name not in old)
    for name in repeated((*old.names, *(column.name for column in added))):
        complain(f"two columns would be called {name}, for Spark does not tell upper from lower case", name)
    return Schema((*(made.get(column.name, column) for column in old), *added))


def projection(relation: Relation, new: Mapping[str, str], write: Writer) -> str:
    """The SELECT that makes the columns of `with_columns`; `new` holds each new one as `sql AS name`."""
    names = relation.schema.names
    # A star where none is replaced: Spark's parser takes its time for each IDENTIFIER, and wide tables have many.
    old = [new.get(name) or write.column(name) for name in names] if set(names) & set(new) else ["*"]
    added = [sql for name, sql in new.items() if name not in names]
    return f"SELECT {', '.join([*old, *added])} FROM {write.relation(relation)}"
