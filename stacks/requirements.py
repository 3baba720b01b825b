"""What goes into the image of the jobs beside Spark: the part of requirements.lock that the library needs there.

`python -m stacks.requirements --write` renews the files in transforms/; a test compares them.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LIBRARY = ROOT / "transforms"
HEADER = "# A part of requirements.lock, by `python -m stacks.requirements --write`.\n"
OF_THE_IMAGE = frozenset({"pyspark", "py4j"})  # Spark's own image has them
BUILD = frozenset({"setuptools"})


def files(root: Path = ROOT) -> dict[Path, str]:
    """The content of each file: what the library imports, and what builds it."""
    lock = _entries((root / "requirements.lock").read_text(encoding="utf-8"))
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    library = tomllib.loads((root / "transforms/pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [*library["dependencies"], *project["optional-dependencies"]["transforms"]]
    names = {str(canonicalize_name(Requirement(each).name)) for each in asked} - OF_THE_IMAGE
    return {
        root / "transforms/requirements.lock": _part(lock, _closure(names - BUILD)),
        root / "transforms/build-requirements.lock": _part(lock, names & BUILD),
    }


def _closure(names: set[str]) -> set[str]:
    """The packages and all that they need here, as the installed ones say."""
    found: set[str] = set()
    todo = sorted(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += list(_needs(name))
    return found - OF_THE_IMAGE


def _needs(name: str) -> Iterator[str]:
    for line in requires(name) or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            yield canonicalize_name(needed.name)


def _entries(text: str) -> Mapping[str, str]:
    """Each package of the lock with its hashes, without the comments on who asked for it."""
    found: dict[str, str] = {}
    for entry in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]:
        lines = [line for line in entry.splitlines() if line.strip() and not line.lstrip().startswith("#")]
        found[canonicalize_name(re.split(r"[=\[; ]", lines[0])[0])] = "\n".join(lines).rstrip(" \\") + "\n"
    return found


def _part(lock: Mapping[str, str], names: set[str]) -> str:
    return HEADER + "".join(lock[name] for name in sorted(names))


def main(argv: Sequence[str]) -> int:
    """Print the files, or with --write renew them."""
    parser = argparse.ArgumentParser(prog="python -m stacks.requirements", description="The locks of the jobs' image.")
    parser.add_argument("--write", action="store_true", help="write them")
    write = parser.parse_args(argv).write
    for path, text in files().items():
        if write:
            path.write_text(text, encoding="utf-8")
        else:
            print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
