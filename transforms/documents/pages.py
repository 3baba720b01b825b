"""Pages of the documentation of which a part is generated."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

END = "<!-- end of the generated part -->"


def begin(origin: str) -> str:
    """The mark before the generated part; `origin` is what it follows from."""
    return f"<!-- generated from {origin}, do not edit by hand -->"


def renewed(current: str, text: str, name: str) -> str:
    """The page with its generated part, marks included, replaced by `text`.

    Raises:
        ValueError: the marks with which `text` begins and ends are gone from the page `name`.
    """
    first = text.partition("\n")[0]
    marked = re.compile(re.escape(first) + ".*" + re.escape(END), re.DOTALL)
    if not marked.search(current):
        raise ValueError(f"{name} has lost its marks {first} and {END}")
    return marked.sub(lambda _: text, current)


def main(argv: Sequence[str], *, module: str, about: str, page: Path, text: str) -> int:
    """The command of a module that makes such a part: print it, or with --write renew it in the page."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=about)
    parser.add_argument("--write", action="store_true", help=f"write {page.parent.name}/{page.name}")
    if parser.parse_args(argv).write:
        page.write_text(renewed(page.read_text(encoding="utf-8"), text, page.name), encoding="utf-8")
    else:
        print(text)
    return 0
