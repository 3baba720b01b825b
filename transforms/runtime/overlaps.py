"""Sinks that would write where the job reads, or where another sink writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from transforms.job import Job
from transforms.runtime.files import located
from transforms.runtime.sources import base_of
from transforms.spec.job import QuarantineSpec
from transforms.spec.places import Jdbc, JdbcTable


def overlaps(job: Job) -> list[str]:
    """What is wrong with the places of a job, a sentence each."""
    read = [(f"source {name}", _place(source.place, job.folder)) for name, source in job.sources.items()]
    written = [(label, _place(spec.target, job.folder)) for label, spec in targets(job)]
    problems = []
    for index, (label, place) in enumerate(written):
        for other, elsewhere in (*read, *written[:index]):
            if _meet(place, elsewhere):
                problems.append(f"{label} writes to {_text(place)}, where {other} lies ({_text(elsewhere)})")
    return problems


def targets(job: Job) -> Iterator[tuple[str, QuarantineSpec]]:
    """All that a job writes: sinks, and the quarantines of sources and steps."""
    yield from ((f"sink {name}", sink) for name, sink in job.sinks.items())
    yield from ((f"the quarantine of source {name}", s.quarantine) for name, s in job.sources.items() if s.quarantine)
    for step in job.steps:
        quarantine = getattr(step.config, "quarantine", None)
        if isinstance(quarantine, QuarantineSpec):
            yield f"the quarantine of step {step.name}", quarantine


def _place(place: object, folder: Path) -> tuple[str, ...]:
    if isinstance(place, Jdbc | JdbcTable):
        schema, _, name = place.table.rpartition(".")
        return ("table", place.connection, schema or "public", name)
    path = located(str(getattr(place, "path")), folder)  # noqa: B009 - every other place has one
    return ("file", *base_of(path).rstrip("/").removeprefix("file:").replace("//", "/").split("/"))


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return longer[: len(shorter)] == shorter


def _text(place: tuple[str, ...]) -> str:
    return f"{place[1]}: {place[2]}.{place[3]}" if place[0] == "table" else "/".join(place[1:])
