"""The columns of a relation: of a source, and of what each step makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from transforms.documents.problems import nearest, quoted
from transforms.types import Type

MOST_NAMED = 8
"""Columns that an error lists; a wide table's other names hide the sentence."""


@dataclass(frozen=True)
class Column:
    """A column; `family` names the group of columns of one source to which it belongs, such as one for each day."""

    name: str
    type: Type
    family: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


@dataclass(frozen=True)
class Schema:
    """Columns in their order. No two have names that differ in case alone: Spark would not tell them apart."""

    columns: tuple[Column, ...] = ()

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __contains__(self, name: object) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(column.name for column in self.columns)

    def find(self, name: str) -> Column | None:
        """The column of that very name."""
        return next((column for column in self.columns if column.name == name), None)

    def family(self, name: str) -> tuple[Column, ...]:
        """The columns of a family."""
        return tuple(column for column in self.columns if column.family == name)

    @property
    def families(self) -> tuple[str, ...]:
        """The families' names."""
        return tuple(dict.fromkeys(column.family for column in self.columns if column.family))

    def missing(self, name: str) -> str:
        """What to say of a column that is not there."""
        near = nearest(name, self.names)
        if near:
            return f"there is no column {quoted(name)}. Did you mean {near}?"
        shown = ", ".join(self.names[:MOST_NAMED]) + (", …" if len(self) > MOST_NAMED else "")
        return f"there is no column {quoted(name)}; there are {shown or 'none'}."


def repeated(names: Iterable[str]) -> list[str]:
    """The names that stand there a second time, also in other case."""
    seen: set[str] = set()
    twice = []
    for name in names:
        if name.lower() in seen:
            twice.append(name)
        seen.add(name.lower())
    return twice
