"""`make doctor`: what was found, where, which version, what is missing and how to get it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence

from sandbox.commands.prepared import prepare_cluster
from sandbox.commands.summary import table
from sandbox.toolchain.cluster_findings import cluster
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.findings import Finding, Verdict, host_tools, machine, tools
from sandbox.toolchain.session import Session

AT_ONCE = 2
"""Versions on one line."""


def run(given: argparse.Namespace) -> int:
    """Print every finding; status 1 when something is missing that a person must get."""
    session = Session.open(given.context)
    findings = [
        *machine(session.paths, sandbox=session.cluster.sandbox),
        *host_tools(session),
        *tools(session),
        *_cluster(session, probe=given.probe),
    ]
    engine = session.engine
    print(f"engine   pulumi {engine.version} ({engine.reason})\ncluster  {session.cluster.title}\n")
    print("\n".join(table([row for one in findings for row in rows(one)])))
    print(f"\n{closing(findings)}")
    return 1 if any(one.verdict is Verdict.MISSING for one in findings) else 0


def rows(one: Finding) -> list[tuple[str, str, str, str]]:
    """A finding as lines of the table: a list of versions goes over several."""
    first, *others = [", ".join(line) for line in batched(one.found.split(", "), AT_ONCE)]
    return [(one.verdict, one.thing, first, one.where), *(("", "", line, "") for line in others)]


def batched(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Groups of at most `size` items."""
    return (items[start : start + size] for start in range(0, len(items), size))


def closing(findings: Iterable[Finding]) -> str:
    """One sentence about all findings."""
    verdicts = [one.verdict for one in findings]
    counts = {verdict: verdicts.count(verdict) for verdict in Verdict}
    if missing := counts[Verdict.MISSING]:
        return f"{missing} needed thing{'s are' if missing > 1 else ' is'} missing; the last column says how to get it."
    if later := counts[Verdict.LATER]:
        return f"Nothing is missing that you must get; `make up` gets the {later} that are to build."
    return "Everything is there."


def _cluster(session: Session, *, probe: bool) -> list[Finding]:
    if not session.cluster.sandbox:
        try:
            prepare_cluster(session)
        except ToolchainError as error:
            return [Finding(Verdict.MISSING, "cluster", str(session.cluster.context), str(error))]
    return list(cluster(session, probe=probe))
