"""New columns beside old ones, for the steps that add some."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from transforms.schema import Column, Schema, repeated


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
