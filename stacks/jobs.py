"""Job files that a stack's file names: what is wrong with one, what it holds, and the SQL that it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stacks.contract.files import FOLDER
from transforms.documents.problems import DocumentError, nearest, quoted

if TYPE_CHECKING:
    from transforms.job import Job

LARGEST_FILE = 200_000
"""Bytes. Kubernetes takes a ConfigMap of 1 MiB, and the file's SQL stands beside it there."""


@dataclass(frozen=True)
class JobFile:
    """A sound job file: its text, and the generated SQL with parameters and the columns after each step."""

    content: str
    sql: str


def problems(folder: Path, file: str, connections: Mapping[str, bool]) -> tuple[str, ...]:
    """What is wrong with the job file `file` in a stack's folder, a sentence each; those inside it with their lines.

    `connections` are the databases that the team's jobs may use, and whether they may write there.
    """
    path = folder / file
    if reason := _unreadable(folder, path):
        return (f"{file}: {reason}",)
    # Imported here: stacks without jobs need not pay for it.
    from transforms.reading import examine
    from transforms.steps.registry import PluginError

    try:
        job = examine(path, name=file).job
    except DocumentError as error:
        return tuple(map(str, error.problems))
    except PluginError as error:
        return (f"{file}: {error}",)
    _judge_reach(job, connections)
    return tuple(map(str, DocumentError(job.document.problems).problems))


def read(folder: Path, file: str) -> JobFile:
    """A job file in which `problems` found none."""
    from transforms.preview import preview

    path = folder / file
    return JobFile(path.read_text(encoding="utf-8"), preview(path, file).sql)


def _unreadable(folder: Path, path: Path) -> str:
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to((folder / FOLDER).resolve()):
            return f"it is a link to a file outside {FOLDER}/. Put the file itself there."
        if not real.is_file():
            return "it is a folder, and a job is a file in one."
        size = real.stat().st_size
    except FileNotFoundError:
        return "there is no such file. Its path begins in the folder of the stack's file."
    except (OSError, RuntimeError) as error:
        return f"it cannot be read: {getattr(error, 'strerror', None) or 'its links go round in a circle'}."
    if size > LARGEST_FILE:
        return f"expected a job file of at most {LARGEST_FILE // 1000} kB; got {size // 1000} kB."
    return ""


def _judge_reach(job: Job, connections: Mapping[str, bool]) -> None:
    """Tell the job's document what is sound in itself, and yet no run of this team's could do."""
    for name in job.open_parameters():
        job.document.report(
            ("parameters", name),
            "it has no default, and a run on the platform sets no parameter. Give it one.",
            cover=False,
        )
    for place, connection, writes in _used(job):
        if connection not in connections:
            near = nearest(connection, list(connections))
            known = f"Did you mean {near}?" if near else f"The team's jobs have {', '.join(connections) or 'none'}."
            message = f"the team's jobs have no connection {quoted(connection)}. {known}"
        elif writes and not connections[connection]:
            message = f"the team may read {connection} and not write there. Write into a database of its own."
        else:
            continue
        job.document.report(place, message, cover=False)


def _used(job: Job) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
    """The connections that a job names: where, which, and whether it writes there."""
    for name, source in job.sources.items():
        if source.jdbc:
            yield ("sources", name, "jdbc", "connection"), source.jdbc.connection, False
        if source.quarantine and source.quarantine.jdbc:
            place = ("sources", name, "quarantine", "jdbc", "connection")
            yield place, source.quarantine.jdbc.connection, True
    for name, sink in job.sinks.items():
        if sink.jdbc:
            yield ("sinks", name, "jdbc", "connection"), sink.jdbc.connection, True
    for step in job.steps:
        quarantine = getattr(step.config, "quarantine", None)
        if quarantine is not None and quarantine.jdbc:
            yield step.at("quarantine", "jdbc", "connection"), quarantine.jdbc.connection, True
