"""A folder that holds a render and can be written again."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from delivery.program import BadInputError

MANIFEST = "render.json"
FORMAT = 1


def manifest(folder: Path) -> dict[str, Any] | None:
    """What an earlier render wrote into a folder, or None where there was none.

    Raises:
        BadInputError: it comes from a version of the program with another format.
    """
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        form, files = found["format"], [str(each) for each in found["files"]]
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        raise BadInputError(
            f"{folder / MANIFEST}: not the list of files that a render leaves; remove the folder"
        ) from None
    if form != FORMAT:
        raise BadInputError(
            f"{folder}: holds a render of format {form}, and this program reads {FORMAT}; render it again"
        )
    return found | {"files": files}


def write(folder: Path, environment: str, files: Mapping[str, str]) -> None:
    """Make `folder` hold exactly this render, and leave what is not a render's alone.

    No reader ever sees half a file, and a run that is interrupted is cleaned up by the next one: the manifest names
    old and new files while they change.

    Args:
        files: content by relative path.

    Raises:
        BadInputError: the folder holds files of someone else and no render, or such a file is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInputError(f"{folder}: is a file; name a folder")
    earlier = manifest(folder)
    if earlier is None and folder.exists() and any(folder.iterdir()):
        raise BadInputError(f"{folder}: is not empty and holds no earlier render; name a new or empty folder")
    old = set((earlier or {"files": []})["files"])
    for name in sorted(set(files) - old):
        if (folder / name).exists():
            raise BadInputError(f"{folder / name}: is in the way and was written by no render; move it")
    folder.mkdir(parents=True, exist_ok=True)
    _manifest(folder, environment, old | set(files))
    for name, text in files.items():
        replace(folder / name, text)
    for name in old - set(files):
        _remove(folder, name)
    _manifest(folder, environment, set(files))


def _manifest(folder: Path, environment: str, files: set[str]) -> None:
    content = {"format": FORMAT, "environment": environment, "files": sorted(files)}
    replace(folder / MANIFEST, json.dumps(content, indent=2) + "\n")


def replace(path: Path, text: str) -> None:
    """Write a file so that nobody sees half of it; its folder is made where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".render-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(partial).chmod(0o644)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def _remove(folder: Path, name: str) -> None:
    path = folder / name
    # A manifest could have been edited: nothing outside the folder is ours.
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadInputError(f"{folder / MANIFEST}: names {name}, which is outside of the folder")
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder or any(parent.iterdir()):
            break
        parent.rmdir()
