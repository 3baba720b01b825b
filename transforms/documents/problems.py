"""A problem that a person can act on: where it is, what was expected, what was found, how to fix it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Loc = tuple[str | int, ...]
"""Where a value stands: `("teams", 0)` in the settings, `("config", "etl-platform:teams", 0)` in the file."""

NAMESPACE = "etl-platform"
"""The Pulumi project's name, before the colon of each key under `config:`."""

LONGEST_QUOTE = 60
"""Characters of a person's own text that an error repeats; more hides the sentence around it."""

_CREDENTIALS = re.compile(r"://[^/@\s]*:[^/@\s]*@")
_PLAIN_KEY = re.compile(r"^[A-Za-z_<][\w:<-]*$")


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake. `line` counts from 1; it is None when the value came from no file."""

    file: str
    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.path}: {self.message}"


class DocumentError(Exception):
    """A file breaks its contract. `str()` is one line for each of its `problems`, in the file's order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _place(problem: Problem) -> tuple[object, ...]:
    """Sorts by line, and within a line `[2]` before `[10]`, line 8 of a file that is named there before its line 10."""
    return (problem.file, problem.line or 0, _counting(problem.path), _counting(problem.message))


def _counting(text: str) -> list[str]:
    return [f"{int(part):09}" if part.isdigit() else part for part in re.split(r"([0-9]+)", text)]


class Refused(ValueError):  # noqa: N818 - a verdict within the contract, which never leaves it as an error
    """A rule's verdict on one value.

    `because` ends the sentence "got …:", `suggestion` is what was probably meant, and `wanted` stands after "expected"
    where the setting's own phrase holds and something else does not.
    """

    def __init__(self, because: str = "", *, suggestion: str = "", wanted: str = "") -> None:
        self.because = because
        self.suggestion = suggestion
        self.wanted = wanted
        super().__init__(because or suggestion or "refused")


def path_of(loc: Loc) -> str:
    """`("teams", 0, "name")`, or the place in the file where that stands, as a person writes it: `teams[0].name`."""
    text = ""
    if len(loc) > 1 and loc[0] == "config" and str(loc[1]).startswith(f"{NAMESPACE}:"):
        loc = (str(loc[1]).removeprefix(f"{NAMESPACE}:"), *loc[2:])
    for part in loc:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.match(part):
            text += f".{part}" if text else part
        else:
            text += f"[{quoted(part)}]"
    return text


def quoted(text: str) -> str:
    """Someone's text in double quotes on one line, shortened, without the credentials of a URL or a key in PEM."""
    if _CREDENTIALS.search(text):
        return "a URL with credentials (not shown)"
    if "-----BEGIN" in text:
        return "a text in PEM (not shown)"
    if len(text) > LONGEST_QUOTE:
        text = text[: LONGEST_QUOTE - 1] + "…"
    return json.dumps(text, ensure_ascii=not text.isprintable())


def shown(value: object) -> str:
    """A value as an error names it, containers without their content."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return quoted(value) if value else "an empty text"
    if isinstance(value, dict | list | tuple) and not value:
        return f"an empty {'mapping' if isinstance(value, dict) else 'list'}"
    return "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list | tuple) else "something else"


def expected(phrase: str, got: str, *, because: str = "", suggestion: str = "", advice: str = "") -> str:
    """The one sentence that every refusal has, and the advice after it.

    `because` explains the refusal, `suggestion` is what was probably meant, `advice` is a sentence of its own.
    """
    sentence = f"expected {phrase}; got {got}" + (f": {because}" if because else "") + "."
    if suggestion:
        sentence += f" Did you mean {suggestion}?"
    if advice:
        sentence += f" {advice}"
    return sentence


def nearest(word: str, known: Sequence[str], *, cutoff: float = 0.7) -> str:
    """The known word that was probably meant, or an empty string when none is near (`cutoff` as in difflib, 0 to 1)."""
    plain = {re.sub(r"[\W_]", "", each).lower(): each for each in known}
    wanted = re.sub(r"[\W_]", "", word).lower()
    if not wanted:
        return ""
    if wanted in plain:
        return plain[wanted]
    beginnings = [
        each
        for each in plain
        if min(len(each), len(wanted)) > 2 and (each.startswith(wanted) or wanted.startswith(each))
    ]
    close = difflib.get_close_matches(wanted, plain, n=1, cutoff=cutoff)
    if close:
        return plain[close[0]]
    return plain[beginnings[0]] if len(beginnings) == 1 else ""


def one_of(words: Iterable[str]) -> str:
    """`one of small, medium, large`."""
    return "one of " + ", ".join(words)
