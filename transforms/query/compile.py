"""From an analysed job to one parameterised query for each sink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.analysis import Analysis
from transforms.job import JobStep
from transforms.query.parameters import Parameters, Value
from transforms.schema import Column, Schema
from transforms.spec.job import QuarantineSpec, RuleSpec, SinkSpec
from transforms.steps.base import BROKEN, Checkpoint, Relation, Writer, mask_of
from transforms.types import BIGINT, STRING, array

BROKEN_RULES = "broken_rules"
"""The column of a quarantine that names the rules which a row broke."""


@dataclass(frozen=True)
class Query:
    """SQL text of our own words and markers, the markers' values, and the columns that it makes."""

    sql: str
    parameters: Mapping[str, Value]
    schema: Schema


@dataclass(frozen=True)
class CheckpointPlan:
    """A checkpoint on the way to a sink.

    Attributes:
        view: the name under which what `marked` makes is registered before the queries that follow run.
        marked: the rows with the column BROKEN.
        broken: of that view, the rows that are taken out, with the names of the rules that each broke, and BROKEN.
        rules: by name, in the order of BROKEN's bits.
    """

    step: str
    view: str
    marked: Query
    broken: Query
    rules: Mapping[str, RuleSpec]
    quarantine: QuarantineSpec | None

    @property
    def mask(self) -> int:
        """The bits of the rules that take a row out."""
        return mask_of(self.rules)


@dataclass(frozen=True)
class SinkPlan:
    """All that leads to one sink: its checkpoints in order, and the query that it holds."""

    name: str
    spec: SinkSpec
    checkpoints: tuple[CheckpointPlan, ...]
    query: Query


@dataclass(frozen=True)
class Plan:
    """A compiled job."""

    analysis: Analysis
    sinks: tuple[SinkPlan, ...]


def compile_job(analysis: Analysis) -> Plan:
    """Write the queries of a job. Sources are views of their names; checkpoints are views that a run registers."""
    return Plan(analysis, tuple(_sink(analysis, name) for name in analysis.job.sinks))


def _sink(analysis: Analysis, name: str) -> SinkPlan:
    job = analysis.job
    held = job.held_by(name)
    steps = job.before(held)
    checkpoints = tuple(
        _checkpoint(analysis, step, job.before(step.name)) for step in steps if isinstance(step.plugin, Checkpoint)
    )
    return SinkPlan(name, job.sinks[name], checkpoints, query_of(analysis, held, steps))


def query_of(analysis: Analysis, relation: str, steps: Sequence[JobStep]) -> Query:
    """The query that makes a relation by these steps, each a common table expression."""
    parameters = Parameters()
    writer = Writer(parameters)
    tables = [_table(analysis, step, writer) for step in _since_checkpoints(relation, steps)]
    schema = analysis.schemas[relation]
    last = writer.relation(Relation(relation, schema))
    if tables:
        sql = f"WITH {', '.join(tables)}\nSELECT * FROM {last}"
    else:
        sql = f"SELECT {writer.columns(schema.names)} FROM {last}"
    return Query(sql, parameters.values, schema)


def _table(analysis: Analysis, step: JobStep, writer: Writer) -> str:
    inputs = analysis.inputs[step.name]
    if isinstance(step.plugin, Checkpoint):
        marked = Relation(view_of(step.name), inputs.main.schema)
        body = step.plugin.rows(step.config, inputs, writer, marked)
    else:
        body = step.plugin.sql(step.config, inputs, writer)
    return f"`{step.name}` AS (\n  {body}\n)"


def _since_checkpoints(relation: str, steps: Sequence[JobStep]) -> list[JobStep]:
    """The steps that a query holds itself: what lies before a checkpoint is in the checkpoint's view."""
    needed, found = {relation}, []
    for step in reversed(steps):
        if step.name not in needed:
            continue
        found.append(step)
        if not isinstance(step.plugin, Checkpoint):
            needed.update(step.inputs)
    return found[::-1]


def view_of(checkpoint: str) -> str:
    """The view of a checkpoint's marked rows; no step or source can have such a name."""
    return f"__marked_{checkpoint}"


def _checkpoint(analysis: Analysis, step: JobStep, steps: Sequence[JobStep]) -> CheckpointPlan:
    assert isinstance(step.plugin, Checkpoint)
    inputs = analysis.inputs[step.name]
    rules = step.plugin.rules(step.config, inputs)
    parameters = Parameters()
    writer = Writer(parameters)
    before = _since_checkpoints(step.main, [each for each in steps if each is not step])
    tables = [_table(analysis, each, writer) for each in before]
    body = step.plugin.sql(step.config, inputs, writer)
    schema = Schema((*inputs.main.schema, Column(BROKEN, BIGINT)))
    sql = f"WITH {', '.join(tables)}\n{body}" if tables else body
    return CheckpointPlan(
        step.name,
        view_of(step.name),
        Query(sql, parameters.values, schema),
        _broken(step.name, inputs.main.schema, rules),
        rules,
        step.plugin.quarantine(step.config),
    )


def _broken(name: str, schema: Schema, rules: Mapping[str, RuleSpec]) -> Query:
    parameters = Parameters()
    writer = Writer(parameters)
    names = ", ".join(
        f"CASE WHEN (`{BROKEN}` & {writer.value(1 << bit)}) <> 0 THEN {writer.value(rule)} END"
        for bit, rule in enumerate(rules)
    )
    sql = (
        f"SELECT {writer.columns(schema.names)}, filter(array({names}), rule -> rule IS NOT NULL) AS `{BROKEN_RULES}`,"
        f" `{BROKEN}` FROM `{view_of(name)}` WHERE (`{BROKEN}` & {writer.value(mask_of(rules))}) <> 0"
    )
    return Query(sql, parameters.values, Schema((*schema, Column(BROKEN_RULES, array(STRING)), Column(BROKEN, BIGINT))))
