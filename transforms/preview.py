"""What a job file becomes, without Spark and without data: for reviewers, and for checks before it is merged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from transforms.analysis import Analysis
from transforms.documents.problems import DocumentError
from transforms.query.compile import Plan, Query, compile_job
from transforms.query.parameters import Value
from transforms.reading import read_analysis
from transforms.schema import Schema

MOST_COLUMNS = 30
"""Columns of one step that are shown; a family may have thousands."""


@dataclass(frozen=True)
class Preview:
    """A job file's mistakes, or else the SQL that it becomes with its parameters, and each step's columns."""

    problems: tuple[str, ...]
    sql: str


def preview(path: Path, name: str = "") -> Preview:
    """Look at a job file; errors call it `name`."""
    try:
        return Preview((), explain(compile_job(read_analysis(path, name=name))))
    except DocumentError as error:
        return Preview(tuple(map(str, error.problems)), "")


def explain(plan: Plan) -> str:
    """The queries of a job with their parameters, and the columns after each step."""
    parts = [f"-- job {plan.analysis.job.name}", *_columns(plan.analysis)]
    shown: set[str] = set()
    for sink in plan.sinks:
        for checkpoint in sink.checkpoints:
            if checkpoint.step not in shown:
                shown.add(checkpoint.step)
                parts.append(
                    _query(f"rows judged by step {checkpoint.step}, the view {checkpoint.view}", checkpoint.marked)
                )
                if checkpoint.quarantine:
                    parts.append(_query(f"rows that step {checkpoint.step} takes out", checkpoint.broken))
        parts.append(_query(f"sink {sink.name}, {sink.spec.mode}", sink.query))
    return "\n".join(parts) + "\n"


def _columns(analysis: Analysis) -> list[str]:
    job = analysis.job
    lines = [f"-- source {name}: {listed(analysis.schemas[name])}" for name in job.sources]
    return lines + [f"-- step {step.name} ({step.kind}): {listed(analysis.schemas[step.name])}" for step in job.steps]


def listed(schema: Schema) -> str:
    """Columns with their types, on one line."""
    names = [str(column) for column in schema.columns[:MOST_COLUMNS]]
    more = len(schema) - len(names)
    return ", ".join(names) + (f" and {more} more" if more > 0 else "")


def _query(title: str, query: Query) -> str:
    lines = [f"\n-- {title}", query.sql + ";"]
    width = max((len(name) for name in query.parameters), default=0)
    return "\n".join([*lines, *(f"--   :{name:<{width}} = {shown(value)}" for name, value in query.parameters.items())])


def shown(value: Value) -> str:
    """A parameter's value on one line."""
    if isinstance(value, date):
        return f"DATE '{value}'"
    return repr(value) if isinstance(value, str) else str(value)
