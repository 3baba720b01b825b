"""What came of a run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SourceCount:
    """A source: the rows that were read, where it is known, and how many of them did not fit its columns."""

    name: str
    rows: int | None
    unreadable: int = 0


@dataclass(frozen=True)
class RuleCount:
    """A rule at a step: how many of so many rows broke it."""

    step: str
    rule: str
    severity: str
    broken: int
    rows: int


@dataclass(frozen=True)
class SinkCount:
    """A sink or a quarantine that was written; `place` is its folder or table."""

    name: str
    mode: str
    place: str
    rows: int


@dataclass
class Report:
    """A run: its counts, and the seconds of each phase and of all."""

    job: str
    run: str
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    sources: tuple[SourceCount, ...] = ()
    rules: tuple[RuleCount, ...] = ()
    sinks: tuple[SinkCount, ...] = ()
    warnings: tuple[str, ...] = ()
