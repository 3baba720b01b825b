"""The files that a build may read, and the digest that follows from them."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

IGNORED = ".dockerignore"


def digest(context: Path, dockerfile: Path) -> str:
    """What the context holds as one text: names, modes and content of all its files, and the Dockerfile's."""
    total = hashlib.sha256(dockerfile.read_bytes())
    for path in files(context):
        inside = path.relative_to(context).as_posix()
        status = path.lstat()
        content = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        total.update(f"{inside}\0{status.st_mode & 0o111}\0{path.is_symlink()}\0".encode())
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()


def files(context: Path) -> Iterator[Path]:
    """The files of a context that `.dockerignore` leaves, in a fixed order."""
    rules = _rules(context / IGNORED)
    for folder, names, found in os.walk(context):
        names.sort()
        for name in sorted(found):
            path = Path(folder) / name
            if not _ignored(path.relative_to(context).as_posix(), rules):
                yield path


def _rules(file: Path) -> list[tuple[re.Pattern[str], bool]]:
    """Each line's pattern, and whether it takes files back in; the last one that matches decides."""
    lines = file.read_text().splitlines() if file.exists() else []
    words = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return [(_pattern(word.removeprefix("!").strip("/")), word.startswith("!")) for word in words]


def _ignored(path: str, rules: list[tuple[re.Pattern[str], bool]]) -> bool:
    decided = [back for pattern, back in rules if pattern.match(path)]
    return bool(decided) and not decided[-1]


def _pattern(word: str) -> re.Pattern[str]:
    """A pattern of `.dockerignore`: anchored at the context, `**` for any folders; what it matches counts whole."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", word.removeprefix("./"))
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(known.get(part, re.escape(part)) for part in parts) + r"(?:/.*)?\Z")
