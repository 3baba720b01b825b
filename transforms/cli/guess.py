"""Columns of a file of data, and what their types may be: a first guess that a person corrects."""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transforms.cli.errors import CommandError
from transforms.cli.spark import spark_at_hand
from transforms.documents.problems import Refused, quoted
from transforms.spec.fields import column_name
from transforms.types import parse_type

ROWS = 1000
"""How many rows are looked at."""

FEWEST_OF_A_FAMILY = 4
"""Headers that are dates make a family of columns from so many on."""

ENDINGS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".parquet": "parquet",
}  # fmt: skip
DELIMITERS = ",;\t|"
_TEXTS = (
    ("boolean", re.compile(r"true|false", re.IGNORECASE)),
    ("bigint", re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")),
    ("double", re.compile(r"[-+]?(0|[1-9][0-9]*)?\.?[0-9]+([eE][-+]?[0-9]{1,3})?")),
    ("date", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")),
    ("timestamp", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z?")),
)
"""The forms of texts, each with what it is the form of; a bigint is a double too."""

_IDENTIFIER = re.compile(r"[-+]?(0[0-9]+|[0-9]{19,})")
_DATES = (r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}", r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Family:
    """Columns whose headers are dates."""

    name: str
    type: str
    matching: str
    example: tuple[str, ...]


@dataclass(frozen=True)
class Guess:
    """What a file seems to hold.

    Attributes:
        format: csv, json or parquet.
        columns: types by name.
        left_out: a sentence for each column that a job file cannot name or type.
    """

    format: str
    columns: Mapping[str, str]
    family: Family | None = None
    delimiter: str = ","
    left_out: tuple[str, ...] = ()


def guess(data: Path) -> Guess:
    """Look at a file, or at the first one of a folder.

    Raises:
        CommandError: it cannot be read, or it is in none of the formats.
    """
    file, kind = _first(data)
    try:
        if kind == "csv":
            return _csv(file)
        if kind == "json":
            return _json(file)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {(error.strerror or '').lower()}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{file} is not UTF-8, byte {error.start}: convert it first") from error
    except (csv.Error, json.JSONDecodeError) as error:
        raise CommandError(f"{file} cannot be read as {kind.upper()}: {error}") from error
    return _parquet(data)


def _first(data: Path) -> tuple[Path, str]:
    if not data.exists():
        raise CommandError(f"there is no file or folder {data}")
    files = [data] if data.is_file() else sorted(each for each in data.rglob("*.*") if each.is_file())
    for file in files:
        if kind := ENDINGS.get(file.suffix.lower()):
            return file, kind
    wanted = ", ".join(ENDINGS)
    raise CommandError(f"{data} is {'not' if data.is_file() else 'a folder without'} a file that ends in {wanted}")


def _csv(file: Path) -> Guess:
    # utf-8-sig: spreadsheets begin their files with a byte order mark.
    with file.open(encoding="utf-8-sig", newline="") as lines:
        first = lines.readline()
        if not first.strip():
            raise CommandError(f"{file} has no header")
        delimiter = max(DELIMITERS, key=first.count)
        rows = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
        header = next(rows)
        values: list[list[str]] = [[] for _ in header]
        for row in itertools.islice(rows, ROWS):
            for column, value in zip(values, row, strict=False):
                column.append(value)
    names, left_out = _names(header)
    types = {name: type_of(values[index]) for index, name in names.items()}
    family = _family(types, {name: values[index] for index, name in names.items()})
    if family:
        types = {name: of for name, of in types.items() if not re.fullmatch(family.matching, name)}
    return Guess("csv", types, family, delimiter, left_out)


def _names(header: Sequence[str]) -> tuple[dict[int, str], tuple[str, ...]]:
    """The names that columns can have, by their position; a sentence about each of the others."""
    names: dict[int, str] = {}
    left_out = []
    for index, name in enumerate(header):
        if not name.strip():
            left_out.append(f"column {index + 1} has no header")
        elif name.lower() in {other.lower() for other in names.values()}:
            left_out.append(f"column {index + 1}, {quoted(name)}, has the header of another one")
        elif not _possible(name):
            left_out.append(f"column {index + 1}, {quoted(name)}, has a header that is no column's name")
        else:
            names[index] = name
    return names, tuple(left_out)


def _possible(name: str) -> bool:
    try:
        return bool(column_name(name))
    except Refused:
        return False


def _family(types: Mapping[str, str], values: Mapping[str, list[str]]) -> Family | None:
    for pattern in _DATES:
        found = [name for name in types if re.fullmatch(pattern, name)]
        if len(found) >= FEWEST_OF_A_FAMILY:
            of = type_of(itertools.chain.from_iterable(values[name] for name in found))
            return Family("days" if "days" not in types else "date_columns", of, pattern, (found[0], found[-1]))
    return None


def type_of(values: Iterable[str]) -> str:
    """The narrowest type whose form all texts have that are not blank; string when there is none."""
    texts = [value.strip() for value in values if value.strip()]
    # As a number 007 would lose its zeros, and one of 20 digits its last ones.
    if not texts or any(_IDENTIFIER.fullmatch(text) for text in texts):
        return "string"
    return next((name for name, form in _TEXTS if all(form.fullmatch(text) for text in texts)), "string")


def _json(file: Path) -> Guess:
    values: dict[str, list[Any]] = {}
    with file.open(encoding="utf-8-sig") as lines:
        for row in _objects(itertools.islice((line for line in lines if line.strip()), ROWS), file):
            for name, value in row.items():
                values.setdefault(name, []).append(value)
    names, left_out = _names(list(values))
    types = {name: _json_type(values[name]) for name in names.values()}
    odd = [f"column {quoted(name)} holds objects or lists of several kinds" for name, of in types.items() if not of]
    return Guess("json", {name: of for name, of in types.items() if of}, left_out=(*left_out, *odd))


def _objects(lines: Iterable[str], file: Path) -> Iterator[dict[str, Any]]:
    empty = True
    for line in lines:
        empty = False
        row = json.loads(line)
        if not isinstance(row, dict):
            raise CommandError(f"{file}: expected one JSON object a line")
        yield row
    if empty:
        raise CommandError(f"{file} is empty")


def _json_type(values: Sequence[Any]) -> str | None:
    """The type of JSON values; None for objects, and for lists whose elements have no type in common."""
    there = [value for value in values if value is not None]
    if any(isinstance(value, dict) for value in there):
        return None
    if there and all(isinstance(value, list) for value in there):
        element = _json_type([each for value in there for each in value])
        return f"array<{element}>" if element and not element.startswith("array") else None
    if any(isinstance(value, list) for value in there):
        return None
    if all(isinstance(value, str) for value in there):
        found = type_of(there)
        return found if found in {"date", "timestamp"} else "string"
    kinds = {type(value) for value in there}
    return {frozenset({bool}): "boolean", frozenset({int}): "bigint"}.get(
        frozenset(kinds), "double" if kinds <= {int, float} else "string"
    )


def _parquet(data: Path) -> Guess:
    """Parquet tells its columns itself; Spark reads them."""
    with spark_at_hand():
        from transforms.runtime.session import open_session

        schema = open_session("transforms new").read.parquet(str(data)).schema
    fields = [(field.name, field.dataType.simpleString()) for field in schema]
    names, left_out = _names([name for name, _ in fields])
    types = {name: fields[index][1] for index, name in names.items()}
    odd = [f"column {quoted(name)} is a {of[:40]}" for name, of in types.items() if not parse_type(of)]
    return Guess("parquet", {name: of for name, of in types.items() if parse_type(of)}, left_out=(*left_out, *odd))
