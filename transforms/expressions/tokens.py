"""An expression's text, cut into words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from transforms.documents.problems import Refused, quoted

LONGEST = 4000
"""Characters of one expression; more is a table that belongs into a source."""

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>`(?:[^`]|``)+`)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<operator><=>|<=|>=|<>|!=|\|\||[-+*/%=<>(),])
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A word of the text; `kind` as in the pattern, and `end` after the last."""

    kind: str
    text: str
    at: int

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, in any case; a quoted name never is."""
        return self.kind == "word" and self.text.upper() in words


def tokens_of(text: str) -> list[Token]:
    """The words of an expression, and one that marks its end.

    Raises:
        Refused: a character that begins no word, or a text that is too long.
    """
    if len(text) > LONGEST:
        raise Refused(f"it has {len(text)} characters, {LONGEST} are the most")
    found: list[Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].lstrip()
            raise Refused(f"nothing begins with {_beginning(rest)}")
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, Token("end", "", len(text))]


def _beginning(rest: str) -> str:
    hints = {
        "'": "; a text begins with ' and ends with '",
        '"': "; a text stands in single quotes, a column's name in `backticks`",
        "`": "; a name begins with ` and ends with `",
        ";": "; an expression is one, without a semicolon",
    }
    return quoted(rest[:12]) + hints.get(rest[0], "")
