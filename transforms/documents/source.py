"""A YAML file as plain values that remember their lines.

YAML's implicit types differ between its versions and libraries: an unquoted `no` is a boolean for one and a text for
another, `010` is 8 or 10. So nothing is guessed here: numbers are taken only in the one form on which all agree, what
any of them calls a boolean is one, and each value keeps its spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from transforms.documents import syntax
from transforms.documents.problems import DocumentError, Loc, Problem, path_of, quoted

LARGEST_FILE = 1_000_000
"""Bytes. A thousand teams fit into a third of it; more is another file, opened by mistake."""

MOST_VALUES = 50_000
"""Aliases can make a small file unfold into billions of values."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
_FALSE = frozenset({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FRACTION = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}([eE][-+]?[0-9]{1,3})?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TEXT_TAG, _LIST_TAG, _MAP_TAG = "tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"


class Hidden:
    """Stands for a value that must not be shown or cannot be used; the problem that says so is recorded already."""

    def __repr__(self) -> str:
        """Nothing of the value."""
        return "[hidden]"


@dataclass(frozen=True)
class Spelling:
    """How a scalar is written: `text` as it stands in the file, `plain` when it has no quotes around it."""

    text: str
    plain: bool


@dataclass
class Source:
    """The values of a file and where they stand.

    `tree` is the document; `lines` and `spellings` are by the path of a value in it; `covered` holds the paths
    about which a problem has been recorded, so that nothing below them is complained about a second time.
    """

    file: str
    tree: Any = None
    lines: dict[Loc, int] = field(default_factory=dict)
    spellings: dict[Loc, Spelling] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    covered: set[Loc] = field(default_factory=set)

    def line(self, loc: Loc) -> int | None:
        """The line of the value at `loc`, or of the nearest mapping or list around it; None when no file was read."""
        for end in range(len(loc), -1, -1):
            if loc[:end] in self.lines:
                return self.lines[loc[:end]]
        return None

    def is_covered(self, loc: Loc) -> bool:
        """Whether a problem is recorded for `loc` or for something around it."""
        return any(loc[:end] in self.covered for end in range(len(loc) + 1))

    def report(self, loc: Loc, message: str, *, path: str = "", line: int | None = None, cover: bool = True) -> None:
        """Record what is wrong at `loc`; `path` and `line` say otherwise where a person sees it elsewhere."""
        self.problems.append(Problem(self.file, line or self.line(loc), path or path_of(loc) or "file", message))
        if cover:
            self.covered.add(loc)


def read(path: Path, name: str = "") -> Source:
    """Read a file; errors call it `name`, or else as `path` does.

    Raises DocumentError when it cannot be read or is not YAML: then nothing more can be said about it. What is YAML but
    not fit for a file of ours (a key twice, a tag) is in the result's `problems`.
    """
    name = name or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise DocumentError([Problem(name, None, "file", f"cannot be read: {reason}.")]) from None
    except ValueError:
        raise DocumentError(
            [Problem(quoted(name), None, "file", "cannot be read: the name is not one of a file.")]
        ) from None
    return parse(name, data)


def parse(name: str, data: bytes) -> Source:
    """Take the text of a file apart. Raises DocumentError as `read` does."""
    if len(data) > LARGEST_FILE:
        message = f"expected a file of at most {LARGEST_FILE // 1000} kB; got {len(data) // 1000} kB."
        raise DocumentError([Problem(name, 1, "file", message)])
    root = syntax.compose(name, data)
    source = Source(name)
    if root is None:
        source.tree, source.lines[()] = {}, 1
        return source
    try:
        _Reader(source).read(root)
    except RecursionError:
        raise DocumentError([Problem(name, 1, "YAML", syntax.TOO_DEEP)]) from None
    return source


class _Reader:
    """Turns composed nodes into values, once for each place where they stand."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.count = 0
        self.around: list[int] = []

    def read(self, root: yaml.Node) -> None:
        self.source.lines[()] = 1
        self.source.tree = self.value(root, ())

    def value(self, node: yaml.Node, loc: Loc) -> Any:
        self.source.lines.setdefault(loc, node.start_mark.line + 1)
        self.count += 1
        if self.count > MOST_VALUES:
            unfolds = f"expected at most {MOST_VALUES:,} values; the file's aliases (*name) unfold into more."
            raise DocumentError([Problem(self.source.file, node.start_mark.line + 1, "file", unfolds)])
        if id(node) in self.around:
            self.source.report(loc, "an alias (*name) must not stand inside what it refers to. Write the value out.")
            return Hidden()
        if node.tag not in {_TEXT_TAG, _LIST_TAG, _MAP_TAG}:
            tag = node.tag.replace("tag:yaml.org,2002:", "!!")
            self.source.report(loc, f"the tag {quoted(tag)} is not accepted. Remove it and write the value alone.")
            return Hidden()
        if isinstance(node, yaml.ScalarNode):
            self.source.spellings[loc] = Spelling(node.value, node.style in {None, ""})
            if _SURROGATE.search(node.value):
                self.source.report(
                    loc, "half of a surrogate pair stands in the text, which is no character. Delete it."
                )
                return Hidden()
            return plain(node.value) if node.style in {None, ""} else node.value
        self.around.append(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
            return self.mapping(node, loc)
        finally:
            self.around.pop()

    def mapping(self, node: yaml.Node, loc: Loc) -> dict[str, Any]:
        values: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in _pairs(node):
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self.source.report(
                    (*loc, "?"),
                    "a key must be a word, not a list or a mapping.",
                    path=path_of(loc) or "file",
                    line=line,
                )
                continue
            key = key_node.value
            here = (*loc, key)
            if key in first:
                self.source.report(
                    here,
                    f"the key stands here twice, first on line {first[key]}. Remove one of the two.",
                    line=line,
                    cover=False,
                )
                continue
            first[key] = line
            self.source.lines[here] = line
            values[key] = self.value(value_node, here)
        return values


def plain(text: str) -> Any:
    """An unquoted scalar's value: None, a boolean, a number, or the text itself."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _WHOLE.fullmatch(text):
        return int(text)
    if _FRACTION.fullmatch(text):
        return float(text)
    return text


def _pairs(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    yield from node.value
