"""Values and names as lines of text that nothing can break out of."""

import difflib
import json
import re
import textwrap
from collections.abc import Iterable
from typing import Any

from delivery.changes import ABSENT, Change, Entry

LONGEST = 160
"""Characters of one value; more hides the others."""

LONGEST_TEXT = 16
"""Changed lines that are shown of a text of many lines."""


def printable(text: str) -> str:
    """`text` on one line: control characters, line breaks and the marks that reorder text become escapes."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def shortened(text: str, longest: int = LONGEST) -> str:
    """`text`, cut at `longest` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def value(of: Any) -> str:
    """A value as JSON on one line."""
    return printable(shortened(json.dumps(of, ensure_ascii=False, sort_keys=True)))


def title(entry: Entry) -> str:
    """How a reviewer knows a resource: `StatefulSet epidemiology-data/cases`, `random RandomPassword cases-owner`."""
    token = str(entry["type"])
    package, kind = token.split(":", maxsplit=1)[0], token.rsplit(":", 1)[-1]
    metadata = entry.get("inputs", {}).get("metadata")
    if package == "kubernetes" and isinstance(metadata, dict) and metadata.get("name"):
        place = "/".join(str(metadata[key]) for key in ("namespace", "name") if metadata.get(key))
        return printable(shortened(f"{kind} {place}"))
    if token.startswith("pulumi:providers:"):
        package = "provider"
    known = kind if entry.get("component") or package == "kubernetes" else f"{package} {kind}"
    return printable(shortened(f"{known} {entry['name']}"))


def change(of: Change) -> list[str]:
    """One property's change as lines that start with `-` and `+`."""
    path = printable(shortened(of.path))
    if isinstance(of.old, str) and isinstance(of.new, str) and ("\n" in of.old or "\n" in of.new):
        return _text(path, of.old, of.new)
    lines = []
    if of.old is not ABSENT:
        lines.append(f"-   {path}: {value(of.old)}")
    if of.new is not ABSENT:
        lines.append(f"+   {path}: {value(of.new)}")
    return lines


def _text(path: str, old: str, new: str) -> list[str]:
    changed = [
        f"{line[0]}     {printable(shortened(line[1:]))}"
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
        if not line.startswith(("---", "+++", "@@"))
    ]
    lines = [f"    {path}: (text)", *changed[:LONGEST_TEXT]]
    if len(changed) > LONGEST_TEXT:
        lines.append(f"      … {len(changed) - LONGEST_TEXT} more lines")
    return lines


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """`1 resource`, `2 resources`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def listed(names: Iterable[str], most: int = 8) -> str:
    """Names in one line, the first `most` of them."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def wrapped(names: Iterable[str], mark: str) -> list[str]:
    """Names in lines of some 110 characters that start with `mark`."""
    text = ", ".join(name.replace(" ", "\u00a0") for name in names)
    lines = textwrap.wrap(text, 110, break_long_words=False, break_on_hyphens=False)
    return [f"{mark}   {line}".replace("\u00a0", " ") for line in lines]


def fence(lines: Iterable[str]) -> list[str]:
    """Lines as a Markdown code block, in which nothing is markup, whatever backticks they contain."""
    content = list(lines)
    longest = max((len(run) for line in content for run in re.findall("`+", line)), default=0)
    marks = "`" * max(3, longest + 1)
    return [f"{marks}diff", *content, marks]
