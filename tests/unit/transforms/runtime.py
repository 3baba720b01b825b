"""A runtime without Spark for tests of what stands around it: the same names, no data."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

REPORT = SimpleNamespace(
    job="monthly",
    run="20200401T000000-1f",
    seconds=12.34,
    phases={"bind sources": 0.81, "write sinks": 10.06},
    sources=(
        SimpleNamespace(name="cases", rows=1234567, unreadable=3),
        SimpleNamespace(name="countries", rows=None, unreadable=0),
    ),
    rules=(SimpleNamespace(step="judged", rule="not_negative", severity="quarantine", broken=12, rows=1234567),),
    sinks=(SimpleNamespace(name="monthly", mode="overwrite", place="/data/monthly", rows=120),),
    warnings=("source countries: the file b.csv lacks the column since",),
)


class RunError(Exception):
    def __init__(self, message: str, report: Any = None) -> None:
        self.report = report
        super().__init__(message)


class DataError(RunError):
    pass


def install(patch: pytest.MonkeyPatch, run: Callable[[Any, Callable[[str], None]], Any]) -> None:
    """Let `run` be the runtime's."""
    module = ModuleType("transforms.runtime.run")
    module.__dict__.update(run=run, RunError=type("RunError", (RunError,), {}), DataError=DataError)
    patch.setitem(sys.modules, module.__name__, module)
