"""`make build`: parts of the toolchain by name."""

from __future__ import annotations

import argparse

from sandbox.commands.summary import table
from sandbox.toolchain.parts import When
from sandbox.toolchain.progress import duration
from sandbox.toolchain.session import Session


def run(given: argparse.Namespace) -> int:
    """Make the named parts; without a name, list them all."""
    session = Session.open()
    if given.background:
        session.build([part.name for part in session.parts if part.when is When.BACKGROUND])
    elif given.parts:
        session.build(given.parts)
    else:
        print("\n".join(_listed(session)))
    return 0


def _listed(session: Session) -> list[str]:
    rows = [("PART", "WHEN", "STATE", "TAKES", "WHAT")]
    for part in session.parts:
        seconds = session.timings.all.get(part.name, part.expected)
        state = "ready" if part.ready() else "missing"
        rows.append((part.name, part.when, state, duration(seconds) if seconds else "?", part.title))
    return table(rows)
