"""What travels beside the SQL: values as they are, names quoted for `IDENTIFIER`."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

Value = bool | int | float | str | Decimal | date | None

LONGEST_MARKER = 40
"""Characters of a column's name that its marker repeats."""

_WORD = re.compile(r"[^a-z0-9]+")


def quote(name: str) -> str:
    """A name as one part of a multipart identifier, whatever characters it holds."""
    return "`" + name.replace("`", "``") + "`"


class Parameters:
    """The named parameters of one query, and the markers that stand for them in its text.

    Nothing that a person wrote in a job file becomes part of the text: the text consists of our own words and of
    markers. A marker's name follows a column's name where it can, for those who read the query.
    """

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self._markers: dict[tuple[str, str], str] = {}

    def identifier(self, *parts: str) -> str:
        """`IDENTIFIER(:marker)` for a name of one or more parts."""
        name = ".".join(quote(part) for part in parts)
        word = _WORD.sub("_", parts[-1].lower()).strip("_")[:LONGEST_MARKER]
        return f"IDENTIFIER(:{self._marker('name', name, word if word[:1].isalpha() else f'name_{word}')})"

    def value(self, value: Value) -> str:
        """`:marker` for a value; the same value of the same type has one marker throughout the query."""
        return f":{self._marker(type(value).__name__, repr(value), 'value_1', value)}"

    def _marker(self, kind: str, key: str, wanted: str, value: Value = None) -> str:
        if (kind, key) not in self._markers:
            stem, count, marker = wanted.removesuffix("_1"), 1, wanted
            while marker in self.values:
                count += 1
                marker = f"{stem}_{count}"
            self.values[marker] = key if kind == "name" else value
            self._markers[kind, key] = marker
        return self._markers[kind, key]
