"""A job's sinks and quarantines, whichever kind of place they write to."""

from __future__ import annotations

from pyspark.sql import SparkSession

from transforms.job import Job
from transforms.runtime.files import Files, located
from transforms.runtime.folders import FolderSink
from transforms.runtime.tables import TableSink
from transforms.spec.job import QuarantineSpec, SinkSpec
from transforms.spec.places import JdbcTable

Sink = FolderSink | TableSink


def sink_of(spec: SinkSpec, job: Job, session: SparkSession, run: str, columns: tuple[str, ...]) -> Sink:
    """What writes a sink."""
    target = spec.target
    if isinstance(target, JdbcTable):
        return TableSink(session, target, spec.mode, run, columns, spec.key, spec.batch or "")
    return FolderSink(Files(session), target, located(target.path, job.folder), spec.mode, run, spec.batch or "")


def quarantine_of(spec: QuarantineSpec, job: Job, session: SparkSession, run: str, columns: tuple[str, ...]) -> Sink:
    """What writes a quarantine: it holds the rows of the last run alone."""
    target = spec.target
    if isinstance(target, JdbcTable):
        return TableSink(session, target, "overwrite", run, columns)
    return FolderSink(Files(session), target, located(target.path, job.folder), "overwrite", run)
