"""`transforms new FILE`: a job file to begin with, sound as it stands."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

from transforms.cli.errors import OK, CommandError
from transforms.cli.guess import ROWS, Guess, guess

SCHEMA = "job.schema.json"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_/.() -]*[A-Za-z0-9_)]|[A-Za-z_]")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
"""What one YAML or another takes for something else than a text."""


def main(given: argparse.Namespace) -> int:
    """Write the file, with the columns of the data where some is named."""
    file: Path = given.file
    if file.exists():
        raise CommandError(f"{file} is there already and stays as it is; name another file")
    found = guess(given.data) if given.data else None
    text = job(file, given.data, found)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except OSError as error:
        raise CommandError(f"{file} cannot be written: {(error.strerror or '').lower()}") from error
    print(f"{file} is written; next: transforms check {file}", file=sys.stderr)
    return OK


def job(file: Path, data: Path | None = None, found: Guess | None = None) -> str:
    """The text of a job file that reads the data, or an example of some."""
    found = found or Guess("csv", {"id": "bigint", "day": "date", "amount": "double"})
    path = Path(os.path.relpath(data, file.parent)).as_posix() if data else "data.csv"
    names = list(found.columns)
    first = word(names[0] if names else found.family.example[0] if found.family else "id")
    hint = f"# The types are guessed from the first {ROWS:,} rows: look at them.\n    " if data else ""
    return f"""\
# yaml-language-server: $schema={schema_beside(file)}
# `transforms check {file.name}` finds every mistake, `transforms explain {file.name}` shows the SQL that it becomes.
name: {name_of(file)}
description: What this job is for.

# Texts that a run may set with --set day=2020-01-22; ${{day}} stands for one in paths, connections, tables, batches.
# parameters:
#   day: {{default: "2020-01-22"}}

sources:
  data:
    {_place(found, path)}
    {hint}columns:
{_columns(found)}

# What rows must satisfy. warn counts those that do not, quarantine takes them out, fail ends the job.
# rules:
#   complete: {{expect: {{column: {first}, is_null: false}}, severity: quarantine}}

# What happens, in order; each step works on the one before.
# steps:
#   - name: judged
#     validate: {{rules: [complete], quarantine: {{parquet: {{path: out/{name_of(file)}-quarantine}}}}}}
#   - name: once
#     deduplicate: {{key: [{first}], order_by: [{first}]}}

sinks:
  result:
    parquet: {{path: out/{name_of(file)}}}
    mode: overwrite
"""


def name_of(file: Path) -> str:
    """A job's name after its file's."""
    plain = re.sub(r"[^a-z0-9]+", "_", file.name.partition(".")[0].lower()).strip("_")[:50]
    return plain if plain[:1].isalpha() else f"job_{plain}".rstrip("_")


def schema_beside(file: Path) -> str:
    """Where the schema lies that an editor reads: in the platform's checkout, or else beside the job file."""
    for folder in file.absolute().parents:
        found = folder / "docs/transforms" / SCHEMA
        if found.exists():
            return Path(os.path.relpath(found, file.absolute().parent)).as_posix()
    return SCHEMA


def word(text: str) -> str:
    """A text as YAML takes for nothing but a text."""
    plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if plain else json.dumps(text, ensure_ascii=not text.isprintable())


def _place(found: Guess, path: str) -> str:
    more = f", delimiter: {json.dumps(found.delimiter)}" if found.format == "csv" and found.delimiter != "," else ""
    return f"{found.format}: {{path: {word(path)}{more}}}"


def _columns(found: Guess) -> str:
    lines = [f"{word(name)}: {of}" for name, of in found.columns.items()]
    if found.family:
        examples = ", ".join(map(json.dumps, found.family.example))
        matching = json.dumps(found.family.matching)
        lines.append(f"{found.family.name}: {{type: {found.family.type}, matching: {matching}, example: [{examples}]}}")
    lines += [f"# {each}." for each in found.left_out]
    return "\n".join(f"      {line}" for line in lines)
