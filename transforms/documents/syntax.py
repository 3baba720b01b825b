"""What is wrong with a text that is no YAML, in a person's words rather than the parser's."""

from __future__ import annotations

import re

import yaml

from transforms.documents.problems import DocumentError, Problem

_FAST = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_PATH = "YAML"
TOO_DEEP = "lists and mappings are nested too deeply."

# Each: what the parser's own message contains, and what a person should do. The first that fits is taken.
_ADVICE = (
    ("found character '\\t'", "a tab cannot be used for indentation. Use spaces."),
    ("while scanning an alias", 'a value that begins with * must be in quotes, such as "*/15 * * * *".'),
    ("found undefined alias", "a value that begins with * must be in quotes; without, it repeats one marked with &."),
    ("while scanning an anchor", "a value that begins with & must be in quotes."),
    ("found duplicate anchor", "a mark &name stands here a second time. Give it another name."),
    ("that cannot start any token", "a value that begins with {character} must be in quotes."),
    (
        "mapping values are not allowed",
        'a second ": " stands in one line, or the line is indented too far. Put the value in quotes or align the line.',
    ),
    ("found '<scalar>'", "something stands after a closing quote or bracket. A quote inside quotes is written twice."),
    ("while scanning a quoted scalar", "a quote is opened and never closed."),
    (
        "while scanning a double-quoted",
        'the backslash in "…" begins an escape that YAML does not know. Use single quotes.',
    ),
    ("while parsing a flow mapping", "the brace { is not closed, or a comma is missing inside it."),
    ("while parsing a flow sequence", "the bracket [ is not closed, or a comma is missing inside it."),
    (
        "while parsing a block mapping",
        "this line does not fit those before it. Align the keys of an entry below each other.",
    ),
    (
        "while parsing a block collection",
        "this line does not fit the list before it. Align its hyphens below each other.",
    ),
    ("expected the node content", "a value that begins with this character must be in quotes; is it a leftover?"),
    ("expected '<document start>'", "something stands after the end of the file's content. Is it a bracket too many?"),
    ("could not find expected ':'", 'a key without its colon. Write "key: value".'),
    ("sequence entries are not allowed", "a hyphen of a list cannot stand here. Begin a new line for it."),
    ("expected a single document", "a second document begins here (---). The file may hold one."),
    ("while scanning a block scalar", "the text after | or > is not indented as it should be."),
    ("while scanning a directive", "a value that begins with % must be in quotes."),
    ("while scanning a tag", "a value that begins with ! must be in quotes."),
    ("while parsing a tag", "a value that begins with ! must be in quotes."),
)
_BEGUN_THERE = ("while scanning a quoted scalar", "while parsing a flow", "while scanning a simple key")


def compose(name: str, data: bytes) -> yaml.Node | None:
    """The document's node, each scalar as text; None when it is empty. Raises DocumentError when it is no YAML."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _broken(name, line, "the file is not encoded in UTF-8.") from None
    try:
        return _compose(text, _FAST)
    except (yaml.YAMLError, RecursionError):
        pass
    # The fast parser words its errors differently and may not be there at all, so the slow one has the last word.
    try:
        return _compose(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        raise _broken(name, *_words(error, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _broken(name, line, "a control character stands in the line. Delete it.") from None
    except RecursionError:
        raise _broken(name, 1, TOO_DEEP) from None


def _compose(text: str, loader: type) -> yaml.Node | None:
    node: yaml.Node | None = yaml.compose(text, Loader=loader)
    return node


def _words(error: yaml.MarkedYAMLError, text: str) -> tuple[int, str]:
    said = f"{error.context or ''} {error.problem or ''}"
    advice = next(
        (words for part, words in _ADVICE if part in said),
        "the line cannot be read. Check its indentation, colons, quotes and brackets.",
    )
    character = re.search(r"found character '(.)'", said)
    advice = advice.replace("{character}", character[1] if character else "this character")
    mark = error.problem_mark or error.context_mark
    if error.context_mark and said.startswith(_BEGUN_THERE):
        mark = error.context_mark
    line = min(mark.line + 1, text.count("\n") + 1) if mark else 1
    lines = text.splitlines()
    if line <= len(lines) and re.match(r" *\t", lines[line - 1]):
        advice = _ADVICE[0][1]
    return line, advice


def _broken(name: str, line: int, message: str) -> DocumentError:
    return DocumentError([Problem(name, line, _PATH, message)])
