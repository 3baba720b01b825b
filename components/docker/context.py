"""What an image is built from, as one short text: the same files give the same tag, on every machine."""

import hashlib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

IGNORE = ".dockerignore"
LENGTH = 16


def digest(context: Path, arguments: Mapping[str, str], supplied: str | None = None) -> str:
    """A digest of a build's arguments and of its context: each file's path, content and whether it can be executed.

    What comes into the folder `supplied` from elsewhere is left out: it is checked against sums in the context, and
    need not be there to know the image's name.

    Left out is what the context's `.dockerignore` leaves out; of its language the lines `name`, `*.suffix` and
    `**/name` are enough, and others are refused, so that the builder and this agree.

    Raises:
        ValueError: a line of `.dockerignore` says more than that.
    """
    total = hashlib.sha256(repr(sorted(arguments.items())).encode())
    for path in _files(context):
        if supplied in path.relative_to(context).parts[:1]:
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        executable = bool(path.stat().st_mode & 0o100)
        total.update(f"{path.relative_to(context).as_posix()}\0{executable}\0{content}\n".encode())
    return total.hexdigest()[:LENGTH]


def _files(context: Path) -> Iterator[Path]:
    anywhere, top = _ignored(context / IGNORE)
    for path in sorted(context.rglob("*"), key=lambda each: each.relative_to(context).as_posix()):
        parts = path.relative_to(context).parts
        if any(fnmatchcase(part, pattern) for part in parts for pattern in anywhere):
            continue
        if any(fnmatchcase(parts[0], pattern) for pattern in top):
            continue
        if path.is_file():
            yield path


def _ignored(file: Path) -> tuple[list[str], list[str]]:
    """The patterns for every part of a path, and those for its first."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for each in patterns:
        if each.startswith("!") or "/" in each.removeprefix("**/"):
            raise ValueError(f"{file}: {each!r} says more than a name; write `name`, `*.suffix` or `**/name`")
    anywhere = [each.removeprefix("**/") for each in patterns if each.startswith("**/")]
    return anywhere, [each for each in patterns if not each.startswith("**/")]
