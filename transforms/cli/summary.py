"""The summary at the end of a run: one table for sources, rules, sinks and phases each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.runtime.run import Report

UNKNOWN = "-"
"""Stands where a number was not counted."""


def summary(report: Report) -> str:
    """The report as a person reads it."""
    tables = [
        table(
            ("source", "rows", "unreadable"),
            [(each.name, count(each.rows), count(each.unreadable)) for each in report.sources],
            right=(1, 2),
        ),
        table(
            ("rule", "step", "severity", "broken", "of rows"),
            [(each.rule, each.step, each.severity, count(each.broken), count(each.rows)) for each in report.rules],
            right=(3, 4),
        ),
        table(
            ("sink", "rows", "mode", "place"),
            [(each.name, count(each.rows), each.mode, each.place) for each in report.sinks],
            right=(1,),
        ),
        table(("phase", "seconds"), [(name, f"{took:.1f}") for name, took in report.phases.items()], right=(1,)),
    ]
    head = f"job {report.job}, run {report.run}, {report.seconds:.1f} s"
    warnings = [f"warning: {each}" for each in report.warnings]
    return "\n\n".join([head, *("\n".join(lines) for lines in (*tables, warnings) if lines)])


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Lines in columns, those of `right` aligned to the right; none when there are no rows."""
    if not rows:
        return []
    widths = [max(len(row[index]) for row in (head, *rows)) for index in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    ]


def count(number: int | None) -> str:
    """`12,345`."""
    return UNKNOWN if number is None else f"{number:,}"
