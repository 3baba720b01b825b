"""Files that are whole or absent: written beside their place, moved there when complete."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial-"


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `target` when the block ends well.

    An interrupted block leaves nothing but a `.partial-` folder, which the next one removes. Two processes must
    not make the same target at once; the toolchain's lock sees to that.
    """
    partial = target.with_name(f"{PARTIAL}{target.name}")
    remove(partial)
    partial.mkdir(parents=True)
    yield partial
    remove(target)
    partial.rename(target)


def write_whole(target: Path, content: str, mode: int = 0o644) -> None:
    """Write a text file so that nobody ever sees half of it, nor a moment with a wider mode."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{PARTIAL}{target.name}")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as sink:
        sink.write(content)
    partial.replace(target)


def link(source: Path, target: Path) -> None:
    """Make the symbolic link `target` point to `source`, in place of whatever it was."""
    if target.is_symlink() and target.readlink() == source:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{PARTIAL}{target.name}")
    partial.unlink(missing_ok=True)
    partial.symlink_to(source)
    partial.replace(target)


def remove(path: Path) -> None:
    """Remove a file or a folder; Go's module cache has read-only folders, which are opened first."""

    def make_writable(function: Callable[[str], object], name: str, _: object) -> None:
        Path(name).parent.chmod(stat.S_IRWXU)
        Path(name).chmod(stat.S_IRWXU)
        function(name)

    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path, onerror=make_writable)


def key_of(parts: Iterable[str | Path]) -> str:
    """Twelve hexadecimal digits that follow from texts and from the content of files."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode()
        digest.update(hashlib.sha256(content).digest())
    return digest.hexdigest()[:12]
