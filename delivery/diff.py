"""Read two renders back and compare them."""

import json
from pathlib import Path
from typing import Any

from delivery import folder
from delivery.changes import Difference, Render, difference
from delivery.program import BadInputError
from delivery.render import OUTPUTS, RESOURCES


def load(path: Path) -> Render:
    """What a render's folder declares.

    Raises:
        BadInputError: it is no render, or one that is not whole.
    """
    found = folder.manifest(path)
    if found is None:
        raise BadInputError(f"{path}: holds no render; make one with `python -m delivery render <environment> {path}`")
    return Render(
        environment=str(found["environment"]),
        resources={str(each["urn"]): each for each in _read(path / RESOURCES)},
        outputs=_read(path / OUTPUTS),
    )


def compare(base: Path, head: Path) -> list[Difference]:
    """Compare two renders, or two folders that hold a render for each environment.

    Raises:
        BadInputError: one of them is no render, or they are renders of different environments.
    """
    if folder.manifest(base) is None and folder.manifest(head) is None:
        names = sorted({each.name for side in (base, head) for each in _renders(side)})
        if names:
            return [pair(base / name, head / name) for name in names]
    return [pair(base, head)]


def pair(base: Path, head: Path) -> Difference:
    """Compare two renders of one environment."""
    one, other = load(base), load(head)
    if one.environment != other.environment:
        raise BadInputError(
            f"{base} is a render of {one.environment} and {head} one of {other.environment}; compare like"
        )
    return difference(one, other)


def _renders(path: Path) -> list[Path]:
    return [each for each in path.iterdir() if folder.manifest(each) is not None] if path.is_dir() else []


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadInputError(f"{path}: missing or broken; render again") from None
