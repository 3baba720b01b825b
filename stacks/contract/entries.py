"""How the checks over entries read a file's plain values, and how they report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from transforms.documents.problems import Loc, path_of, quoted
from transforms.documents.source import Source


def teams(source: Source) -> Iterator[tuple[Loc, str]]:
    """The place and the name of each team's entry."""
    for index, team in enumerate(listed(source.tree.get("teams"))):
        if isinstance(team, dict):
            yield ("teams", index), text(team.get("name"))


def on_line(source: Source, loc: Loc) -> str:
    """Where an entry stands, for a sentence about another one."""
    return f"on line {source.lines[loc]}" if loc in source.lines else f"as {path_of(loc)}"


def report(source: Source, loc: Loc, message: str) -> None:
    """Report a mistake, unless the same place has one already."""
    if not source.is_covered(loc):
        source.report(loc, message)


def unique_in_team(source: Source, kind: str, entries: Iterable[tuple[Loc, dict[str, Any]]]) -> None:
    """Report entries, each with its place, of whose name there was one in the same list before.

    Args:
        kind: what they are, as a sentence calls one.
    """
    first: dict[tuple[Loc, str], Loc] = {}
    for loc, entry in entries:
        name = text(entry.get("name"))
        if other := first.get((loc[:-1], name)):
            where = on_line(source, other)
            message = f"the {kind} {quoted(name)} stands in this team twice, first {where}. Rename one."
            report(source, (*loc, "name"), message)
        elif name:
            first[(loc[:-1], name)] = loc


def listed(value: object) -> list[Any]:
    """A list as it is, and nothing of anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A text as it is, and an empty one for anything else."""
    return value if isinstance(value, str) else ""
