"""A job's parameters: where `${name}` stands for one, and the values in its place. Never in an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from transforms.documents.problems import Loc
from transforms.spec.job import FORMATS

SUBSTITUTED = frozenset({"path", "connection", "table"})
"""The keys of a place in whose values `${name}` stands for a parameter; beside them only a sink's `batch`."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def variables_in(text: str) -> list[str]:
    """The names of the parameters that a text uses."""
    return _VARIABLE.findall(text)


def texts_with_parameters(tree: object, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    """The texts of a job file in which parameters may stand, and where they stand themselves."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, str) and _takes_parameters((*loc, key)):
                yield (*loc, key), value
            yield from texts_with_parameters(value, (*loc, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from texts_with_parameters(value, (*loc, index))


def with_values(tree: Any, values: Mapping[str, str], loc: Loc = ()) -> Any:
    """The tree of a job file with its parameters' values; a parameter that has none stays as it is."""
    if isinstance(tree, dict):
        return {key: with_values(value, values, (*loc, key)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [with_values(value, values, (*loc, index)) for index, value in enumerate(tree)]
    if isinstance(tree, str) and _takes_parameters(loc):
        return _VARIABLE.sub(lambda found: values.get(found[1], found[0]), tree)
    return tree


def _takes_parameters(loc: Loc) -> bool:
    """Whether parameters stand there, whatever a column is called."""
    if loc[0] == "sinks" and len(loc) == 3:
        return loc[2] == "batch"
    return len(loc) > 3 and loc[-2] in FORMATS and loc[-1] in SUBSTITUTED
