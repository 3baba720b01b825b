"""A job's relations in a session: sources and checkpoints as views whose rows are counted as they pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as fn

from transforms.query.compile import CheckpointPlan, Plan, Query
from transforms.query.parameters import quote
from transforms.runtime.counts import Counter, counted, first_counts
from transforms.runtime.sources import Bound, Sources
from transforms.runtime.texts import BAD
from transforms.schema import Schema

UNREADABLE = "unreadable"


@dataclass
class Views:
    """What was registered, and what counts there.

    Attributes:
        unreadable: the bad rows of sources that can have some.
        sources, checkpoints: the counters, by source and step.
    """

    session: SparkSession
    unreadable: dict[str, DataFrame] = field(default_factory=dict)
    sources: dict[str, Counter] = field(default_factory=dict)
    checkpoints: dict[str, Counter] = field(default_factory=dict)

    def add_source(self, name: str, bound: Bound, schema: Schema, sources: Sources) -> None:
        """Register a source without its unreadable rows, which are counted."""
        relation = sources.relation(name, bound, schema)
        frame = relation.frame
        if relation.unreadable is not None:
            bad = fn.col(BAD)
            self.unreadable[name] = relation.unreadable
            frame, self.sources[name] = counted(frame, f"source {name}", {UNREADABLE: fn.count_if(bad)})
            frame = frame.where(~bad).drop(BAD)
        frame.createOrReplaceTempView(quote(name))

    def add_checkpoints(self, plan: Plan) -> None:
        """Register the checkpoints' marked rows, which are counted."""
        for step, checkpoint in checkpoints_of(plan).items():
            frame = self.query(checkpoint.marked)
            frame, self.checkpoints[step] = counted(frame, f"step {step}", first_counts(checkpoint.rules))
            frame.createOrReplaceTempView(quote(checkpoint.view))

    def uncounted_checkpoints(self, plan: Plan) -> None:
        """Register them anew for a second pass: what counted in the first is spent, and would cost as much again."""
        for checkpoint in checkpoints_of(plan).values():
            self.query(checkpoint.marked).createOrReplaceTempView(quote(checkpoint.view))

    def query(self, query: Query) -> DataFrame:
        """What a query makes."""
        parameters: Mapping[str, Any] = query.parameters
        return self.session.sql(query.sql, args=dict(parameters))


def checkpoints_of(plan: Plan) -> dict[str, CheckpointPlan]:
    """The checkpoints of all sinks, by step, in the order in which rows pass them."""
    return {checkpoint.step: checkpoint for sink in plan.sinks for checkpoint in sink.checkpoints}
