"""`python -m benchmarks`: measure, print a table, and keep it as JSON. `make bench` calls it."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import backups, checks, engine, memory, request, toolchain
from benchmarks.report import NotMeasuredError, Row, keep, machine, table
from sandbox.toolchain.session import Session

MOST_MILLIONS = 50
Measure = Callable[[], Iterator[Row]]


def measures(session: Session, *, restart: bool, millions: Sequence[int]) -> dict[str, Measure]:
    """Everything that can be measured, by name, in the order in which it is."""
    found: dict[str, Measure] = {
        "parts": lambda: toolchain.parts(session),
        "up": lambda: toolchain.again(session),
        "unchanged": lambda: engine.unchanged(session),
        "request": lambda: request.to_first_connection(session),
        "backups": lambda: backups.beside_by_hand(session),
        "memory": lambda: memory.used(session),
        "render": checks.render,
        "validate": checks.validate,
        "tests": checks.tests,
        "transforms": lambda: _transforms(millions),
    }
    return {"warm": lambda: toolchain.warm(session), **found} if restart else found


def main(arguments: list[str]) -> int:
    """Run what was asked for; a measurement that is not possible here is a row that says why."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what the platform costs here.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the numbers in this file as well")
    parser.add_argument("--restart", action="store_true", help="also stop the sandbox and start it anew")
    parser.add_argument(
        "--rows", type=_millions, default=(1,), metavar="N,…", help="millions of rows for transforms; 1 by default"
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="some measurements; without any, all")
    given = parser.parse_args(arguments)
    session = Session.open()
    session.display.out = sys.stderr
    possible = measures(session, restart=given.restart, millions=given.rows)
    if unknown := sorted(set(given.names) - set(possible)):
        parser.error(f"no such measurement: {', '.join(unknown)}; there are {', '.join(possible)}")
    rows: list[Row] = []
    for name in given.names or possible:
        print(f"measuring: {name}", file=sys.stderr)
        try:
            rows.extend(possible[name]())
        except NotMeasuredError as reason:
            rows.append(Row(name, name, None, note=str(reason)))
    about = machine()
    print(f"{about['cpus']} CPUs, {about['memory_gib']} GiB, kernel {about['kernel']}, load {about['load']}\n")
    print(table(rows))
    if given.json:
        keep(rows, given.json)
    return 0


def _transforms(millions: Sequence[int]) -> Iterator[Row]:
    # Four engines are imported with it, which nothing else here needs.
    from benchmarks.transforms import figures

    return figures.transforms(millions)


def _millions(text: str) -> tuple[int, ...]:
    sizes = tuple(int(each) for each in text.split(",") if each.isdecimal())
    if len(sizes) != len(text.split(",")) or not all(1 <= size <= MOST_MILLIONS for size in sizes):
        raise argparse.ArgumentTypeError(f"expected millions of rows, 1 to {MOST_MILLIONS}, such as 1,10; got {text!r}")
    return sizes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
