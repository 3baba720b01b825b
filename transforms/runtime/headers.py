"""Which field of a CSV file holds which column, file by file: layouts drift, and a position alone says nothing."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass

from transforms.documents.problems import nearest, quoted
from transforms.runtime.files import Files
from transforms.schema import repeated
from transforms.spec.job import SourceSpec
from transforms.spec.places import Csv

MOST_FILES_TOLD = 3
"""Files that an error names; the others have the same header."""


@dataclass(frozen=True)
class Layout:
    """Files with one header.

    Attributes:
        names: what the fields are called, each once; one without a header by its place.
        positions: by column, the field that holds it; a column that is optional may have none.
        families: by family, the columns found and their fields.
    """

    files: tuple[str, ...]
    names: tuple[str, ...]
    positions: Mapping[str, int]
    families: Mapping[str, Mapping[str, int]]


def layouts(spec: SourceSpec, place: Csv, names: list[str], files: Files) -> tuple[list[Layout], list[str], list[str]]:
    """The layouts of a source's files, the files that are empty, and what is wrong with their headers."""
    groups: dict[tuple[str, ...], list[str]] = {}
    empty = []
    for name in names:
        line = files.first_line(name)
        if line is None:
            empty.append(name)
        else:
            groups.setdefault(header_of(line, place.delimiter), []).append(name)
    problems: list[str] = []
    found = [layout for header, members in groups.items() if (layout := _layout(spec, header, members, problems))]
    return found, empty, problems


def header_of(line: str, delimiter: str) -> tuple[str, ...]:
    """The names in a header line."""
    return tuple(name.strip() for name in next(csv.reader([line], delimiter=delimiter), []))


def _layout(spec: SourceSpec, header: tuple[str, ...], members: list[str], problems: list[str]) -> Layout | None:
    shown = ", ".join(members[:MOST_FILES_TOLD]) + (
        f" and {len(members) - MOST_FILES_TOLD} more" * (len(members) > MOST_FILES_TOLD)
    )
    before = len(problems)
    if twice := repeated(name for name in header if name):
        problems.append(f"{shown}: the header has {quoted(twice[0])} twice")
    positions: dict[str, int] = {}
    for name, column in spec.columns.items():
        if column.matching:
            continue
        wanted = column.headers or (name,)
        at = next((header.index(each) for each in wanted if each in header), None)
        if at is not None:
            positions[name] = at
        elif not column.optional:
            near = nearest(wanted[0], header)
            hint = f"; is it {quoted(near)}?" if near else f"; it has {', '.join(map(quoted, header[:8]))}"
            problems.append(f"{shown}: no column {' or '.join(map(quoted, wanted))}{hint}")
    taken = set(positions.values())
    families: dict[str, dict[str, int]] = {}
    for name, column in spec.columns.items():
        if column.matching:
            pattern = re.compile(column.matching)
            families[name] = {each: at for at, each in enumerate(header) if at not in taken and pattern.fullmatch(each)}
            if not families[name]:
                problems.append(f"{shown}: no column matches {quoted(column.matching)}, as the family {name} does")
    return Layout(tuple(members), _named(header), positions, families) if len(problems) == before else None


def _named(header: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name or f"_c{at}" for at, name in enumerate(header))
