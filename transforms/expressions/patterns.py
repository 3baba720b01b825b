"""Patterns of LIKE, and what replaces what a regular expression matches, checked before a run."""

from __future__ import annotations

import re

from transforms.documents.problems import Refused, quoted
from transforms.expressions.regex import Groups, check_reference

_REFERENCE = re.compile(r"\$(?:(?P<number>[0-9])|\{(?P<name>[A-Za-z][A-Za-z0-9]*)\})")


def check_like(pattern: str) -> None:
    r"""Whether LIKE takes a pattern: after a backslash comes %, _ or another one.

    Raises:
        Refused: something else does, or nothing.
    """
    for found in re.finditer(r"\\(.?)", pattern, re.DOTALL):
        if not found[1]:
            raise Refused("the pattern ends with a backslash; one that stands for itself is written twice")
        if found[1] not in "%_\\":
            raise Refused(f"after a backslash comes %, _ or a backslash, not {quoted(found[1])}")


def check_replacement(text: str, groups: Groups) -> None:
    r"""Whether a replacement refers to groups that are there; `$1`, `${name}`, and `\$` for the sign itself.

    Raises:
        Refused: it does not.
    """
    at = 0
    while at < len(text):
        if text[at] == "\\":
            if at + 1 == len(text):
                raise Refused("the replacement ends with a backslash; one that stands for itself is written twice")
            at += 2
        elif text[at] == "$":
            found = _REFERENCE.match(text, at)
            if found is None:
                raise Refused(r"after $ comes the number of a group; the sign itself is written \$")
            check_reference(found["number"], found["name"], groups)
            at = found.end()
        else:
            at += 1
