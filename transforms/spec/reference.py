"""The tables of docs/transforms/job-file.md; `python -m transforms.spec.reference --write` renews them in the page."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transforms.documents import pages
from transforms.documents.pages import END, begin, renewed
from transforms.expressions.functions import FUNCTIONS
from transforms.spec.schema import schema
from transforms.steps.registry import installed

PAGE = Path(__file__).resolve().parents[2] / "docs" / "transforms" / "job-file.md"
BEGIN = begin("transforms/")

_TITLES = {
    "ParameterSpec": "A parameter",
    "SourceSpec": "A source",
    "Csv": "csv, of a source",
    "Json": "json, of a source",
    "Parquet": "parquet, of a source",
    "Jdbc": "jdbc, of a source",
    "ColumnSpec": "A column of a source",
    "RuleSpec": "A rule",
    "Step": "A step",
    "SinkSpec": "A sink",
    "QuarantineSpec": "A quarantine",
    "ParquetFolder": "parquet, of a sink",
    "CsvFolder": "csv, of a sink",
    "JdbcTable": "jdbc, of a sink",
    "OrderConfig": "A column of an order",
    "FrameConfig": "The frame of a window",
}
"""The sections, in the order in which a file is written; those of the kinds of steps follow `A step`."""

_KINDS = {"function": "scalar", "aggregate": "aggregate", "window": "window"}
_PLAIN: dict[str, str] = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
}
_COLUMN = ["string", "integer"]
_EXPRESSION = ["string", "number", "boolean"]
_CONDITION = ["string", "object", "array", "boolean"]


def text() -> str:
    """The generated part of the page, with its marks."""
    whole = schema()
    definitions: dict[str, Any] = whole["$defs"]
    parts = [BEGIN, _section("The job", whole)]
    steps = {
        f"{kind}: {_lower(definitions[plugin.Config.__name__]['description'])}": plugin.Config.__name__
        for kind, plugin in installed().items()
    }
    for name, title in _TITLES.items():
        parts.append(_section(title, definitions[name]))
        if name == "Step":
            parts += [_section(title, definitions[config], "###") for title, config in steps.items()]
    return "\n\n".join([*parts, _functions(), END])


def page(current: str) -> str:
    """The page with its generated part renewed. Raises ValueError when its marks are gone."""
    return renewed(current, text(), PAGE.name)


def main(argv: Sequence[str]) -> int:
    """Print the generated part, or with --write renew it in the page."""
    return pages.main(argv, module="transforms.spec.reference", about="Job files' reference.", page=PAGE, text=text())


def _section(title: str, model: dict[str, Any], level: str = "##") -> str:
    required = model.get("required", ())
    rows = [
        "| "
        + " | ".join(
            cell.replace("|", r"\|")
            for cell in (f"`{key}`", wanted(entry), _default(entry, key in required), entry.get("description", ""))
        )
        + " |"
        for key, entry in model["properties"].items()
    ]
    about = [] if level == "###" or "$schema" in model else [str(model.get("description", "")), ""]
    return "\n".join(
        [f"{level} {title}", "", *about, "| key | what to write | without it | |", "|---|---|---|---|", *rows]
    )


def wanted(entry: dict[str, Any]) -> str:
    """What a person writes for a part of the schema, in a few words."""
    if "$ref" in entry:
        name = str(entry["$ref"]).rpartition("/")[2]
        return f"[{_lower(_TITLES[name])}](#{_anchor(_TITLES[name])})" if name in _TITLES else "as below"
    if "enum" in entry:
        return "one of " + ", ".join(f"`{each}`" for each in entry["enum"])
    if "const" in entry:
        return f"`{entry['const']}`"
    if "anyOf" in entry:
        return " or ".join(dict.fromkeys(wanted(each) for each in entry["anyOf"]))
    return _typed(entry)


def _typed(entry: dict[str, Any]) -> str:
    of = entry.get("type")
    if isinstance(of, list):
        return "a column" if of == _COLUMN else "an expression" if of == _EXPRESSION else "a condition"
    if of == "array":
        return f"a list, each {_lower(wanted(entry['items']))}"
    if of == "object":
        inner = entry.get("patternProperties") or {"": entry.get("additionalProperties")}
        [value] = inner.values()
        return f"a mapping from each name to {wanted(value)}"
    if of == "string" and "pattern" in entry:
        return "a name"
    if of == "string" and "decimal(10,2)" in entry.get("examples", ()):
        return "a type such as " + ", ".join(f"`{each}`" for each in ("bigint", "date", "decimal(10,2)"))
    bounds = [f"{entry[key]:g}" for key in ("minimum", "maximum") if key in entry]
    return _PLAIN[str(of)] + (f" from {' to '.join(bounds)}" if len(bounds) > 1 else "")


def _default(entry: dict[str, Any], required: bool) -> str:
    if required:
        return "refused"
    default = entry.get("default")
    return "" if default is None else f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _functions() -> str:
    lines = [
        f"| {title} | " + ", ".join(f"`{name}`" for name in sorted(FUNCTIONS) if FUNCTIONS[name].kind == kind) + " |"
        for title, kind in _KINDS.items()
    ]
    return "\n".join(["## Functions of expressions", "", "| kind | names, as in Spark |", "|---|---|", *lines])


def _lower(text: str) -> str:
    return text if text[:2].isupper() and text[1:2].isalpha() else text[:1].lower() + text[1:]


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
