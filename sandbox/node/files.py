"""Files that are whole or absent, however a start was interrupted."""

from __future__ import annotations

import os
from pathlib import Path


def write(path: Path, content: str, mode: int = 0o644) -> None:
    """Replace a file's content in one step; an equal file is left alone."""
    if path.exists() and path.read_text() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as output:
        output.write(content)
    part.replace(path)
