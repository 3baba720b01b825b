"""A job's columns from its sources to its sinks, and everything about them that cannot work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from transforms.documents.models import Complain
from transforms.documents.problems import DocumentError
from transforms.job import Job, JobStep
from transforms.schema import Schema
from transforms.spec.job import TARGETS
from transforms.steps.base import Inputs, Relation

Found = Mapping[str, Mapping[str, tuple[str, ...]]]
"""The columns of each source's families, by source and family, as they were found in the data."""


@dataclass(frozen=True)
class Analysis:
    """A job with its columns; it can be compiled when its document has no problems.

    Attributes:
        schemas: the columns of each source and step, by its name.
        inputs: what each step works on, by its name.
    """

    job: Job
    schemas: Mapping[str, Schema]
    inputs: Mapping[str, Inputs]


def analyse(job: Job, found: Found | None = None) -> Analysis:
    """Work out each step's columns.

    Args:
        found: the columns of the sources' families; the examples of the job file stand in for those not given.

    Raises:
        DocumentError: every mistake, with its line and its step. What follows from a broken step is not judged.
    """
    analysis = judge(job, found)
    if job.document.problems:
        raise DocumentError(job.document.problems)
    return analysis


def judge(job: Job, found: Found | None = None) -> Analysis:
    """Work out the columns of as many steps as that can be said of, and tell the job's document what is wrong.

    What follows from a step that is broken, or not there as it is broken in its form, is not judged.
    """
    schemas = {name: source.columns_found(dict((found or {}).get(name, {}))) for name, source in job.sources.items()}
    inputs: dict[str, Inputs] = {}
    for step in job.steps:
        if any(name not in schemas for name in step.inputs):
            continue
        relations = {name: Relation(name, schemas[name]) for name in step.inputs}
        inputs[step.name] = Inputs(
            relations[step.main], {n: r for n, r in relations.items() if n in step.inputs[1:]}, job.rules
        )
        schema = _schema(job, step, inputs[step.name])
        if schema is not None:
            schemas[step.name] = schema
    _check_sinks(job, schemas)
    return Analysis(job, schemas, inputs)


def _schema(job: Job, step: JobStep, inputs: Inputs) -> Schema | None:
    before = len(job.document.problems)
    schema = step.plugin.schema(step.config, inputs, _complaints(job, step))
    return schema if len(job.document.problems) == before else None


def _complaints(job: Job, step: JobStep) -> Complain:
    def complain(message: str, *path: str | int) -> None:
        full = f"step {step.name}: {message}" + ("" if message.endswith((".", "?")) else ".")
        job.document.report(step.at(*path), full, cover=False)

    return complain


def _check_sinks(job: Job, schemas: Mapping[str, Schema]) -> None:
    for name, sink in job.sinks.items():
        schema = schemas.get(job.held_by(name))
        if schema is None:
            continue
        place = next(key for key in TARGETS if getattr(sink, key))
        partitions = getattr(sink.target, "partition_by", ())
        for key, columns in (((place, "partition_by"), partitions), (("key",), sink.key)):
            for index, column in enumerate(columns):
                if column not in schema:
                    job.document.report(
                        ("sinks", name, *key, index), f"sink {name}: {schema.missing(column)}", cover=False
                    )
        if partitions and len(partitions) >= len(schema):
            job.document.report(
                ("sinks", name, place), f"sink {name}: no column is left beside the partitions.", cover=False
            )
        nested = [column.name for column in schema if column.type.element]
        if place == "csv" and nested:
            job.document.report(
                ("sinks", name, place), f"sink {name}: CSV cannot hold the list {nested[0]}.", cover=False
            )
