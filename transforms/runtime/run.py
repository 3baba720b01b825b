"""One run of a job: look at its places, stage what its sinks hold, judge the data, and only then publish."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession

from transforms import telemetry
from transforms.analysis import analyse
from transforms.documents.problems import DocumentError, Problem
from transforms.job import Job
from transforms.query.compile import CheckpointPlan, Plan, compile_job
from transforms.runtime.counts import ROWS, TAKEN, Counter, counted, second_counts
from transforms.runtime.errors import DataError, RunError
from transforms.runtime.files import reason
from transforms.runtime.overlaps import overlaps
from transforms.runtime.phases import Phases, Progress
from transforms.runtime.report import Report, RuleCount, SinkCount, SourceCount
from transforms.runtime.session import open_session
from transforms.runtime.sinks import Sink, quarantine_of, sink_of
from transforms.runtime.sources import Bound, Sources
from transforms.runtime.stagings import RUN
from transforms.runtime.texts import EXTRA
from transforms.runtime.verdict import Verdict, judge_places, judge_rules, judge_sinks, judge_sources
from transforms.runtime.views import UNREADABLE, Views, checkpoints_of
from transforms.spec.job import QuarantineSpec
from transforms.steps.base import BROKEN


def run(job: Job, progress: Progress = lambda _: None, session: SparkSession | None = None) -> Report:
    """Run a job to its end.

    Args:
        progress: told what happens, a few words at a time.
        session: where it runs; a session of its own by default.

    Raises:
        DocumentError: the job file does not fit what lies at its places, or has parameters without a value.
        DataError: the data broke rules that end the job; nothing but quarantines was written.
        RunError: something else failed; each sink is as it was or as this run made it, never between.
    """
    refuse_open_parameters(job)
    return _Run(job, Phases(progress), session).all()


def check(job: Job, session: SparkSession | None = None) -> tuple[str, ...]:
    """What would keep a job from running, found by looking at its places: a sentence each."""
    refuse_open_parameters(job)
    started = _Run(job, Phases(lambda _: None), session)
    try:
        return started.problems()
    except RunError as error:
        return (str(error),)


def refuse_open_parameters(job: Job) -> None:
    """Refuse a job whose parameters have no value yet.

    Raises:
        DocumentError: one has none.
    """
    if missing := job.open_parameters():
        line = job.document.line(("parameters", missing[0]))
        message = f"has no value; give it one: --set {missing[0]}=…"
        raise DocumentError([Problem(job.document.file, line, f"parameters.{missing[0]}", message)])


@dataclass
class _Staged:
    """A sink that was written beside its place; `counter` tells its rows, and without one there are none."""

    name: str
    sink: Sink
    counter: Counter | None

    def count(self, mode: str) -> SinkCount:
        rows = self.counter.get().get(ROWS, 0) if self.counter else 0
        return SinkCount(self.name, mode, self.sink.place, rows)


@dataclass
class _Run:
    job: Job
    phases: Phases
    session: SparkSession | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:RUN])
    bound: dict[str, Bound] = field(default_factory=dict)
    staged: list[_Staged] = field(default_factory=list)
    quarantined: list[_Staged] = field(default_factory=list)

    def all(self) -> Report:
        try:
            return self._all()
        except (DocumentError, RunError):
            raise
        except (Py4JJavaError, PySparkException) as error:
            raise RunError(said(error), self.report(Verdict())) from error

    def _all(self) -> Report:
        with self.phases.phase("start", "starting Spark"):
            session = self.open()
        with self.phases.phase("look", "looking at the sources and sinks"):
            verdict = self.look()
        self.refuse(verdict)
        analysis = analyse(self.job, {name: bound.families for name, bound in self.bound.items()})
        plan = compile_job(analysis)
        self.recover(plan, session)
        try:
            with self.phases.phase("stage", f"reading, and staging {len(plan.sinks)} sinks"):
                views = self.stage(plan, session)
            with self.phases.phase("judge", "judging what was counted"):
                self.judge(plan, views, verdict)
            if self.quarantined:
                with self.phases.phase("quarantine", "publishing the quarantines"):
                    self.publish(self.quarantined)
            self.refuse(verdict)
            with self.phases.phase("publish", f"publishing {len(plan.sinks)} sinks"):
                self.publish(self.staged)
        except BaseException:
            self.discard()
            raise
        return self.report(verdict)

    def refuse(self, verdict: Verdict) -> None:
        if verdict.failures:
            raise DataError("; ".join(verdict.failures), self.report(verdict))

    def open(self) -> SparkSession:
        if self.session is None:
            self.session = open_session(f"transforms {self.job.name}")
        return self.session

    def problems(self) -> tuple[str, ...]:
        session = self.open()
        verdict = self.look()
        if verdict.failures:
            return tuple(verdict.failures)
        plan = compile_job(analyse(self.job, {name: bound.families for name, bound in self.bound.items()}))
        found = []
        for sink in self.places(plan, session):
            try:
                sink.check()
            except RunError as error:
                found.append(str(error))
        return tuple(found)

    def look(self) -> Verdict:
        meeting = overlaps(self.job)
        sources = Sources(self.open(), self.job.folder)
        for name, spec in self.job.sources.items():
            self.bound[name] = sources.bind(spec)
        verdict = judge_places(self.job, self.bound)
        verdict.failures += meeting
        return verdict

    def sinks(self, plan: Plan, session: SparkSession) -> list[tuple[str, Sink]]:
        return [
            (each.name, sink_of(each.spec, self.job, session, self.id, each.query.schema.names)) for each in plan.sinks
        ]

    def places(self, plan: Plan, session: SparkSession) -> Iterator[Sink]:
        """All that the run may write, quarantines included."""
        yield from (sink for _, sink in self.sinks(plan, session))
        for checkpoint in checkpoints_of(plan).values():
            if checkpoint.quarantine:
                yield self.kept_at(checkpoint.quarantine, checkpoint.broken.schema.names)
        for name, spec in self.job.sources.items():
            if spec.quarantine:
                yield self.kept_at(spec.quarantine, (*plan.analysis.schemas[name].names, *EXTRA))

    def kept_at(self, quarantine: QuarantineSpec, columns: Iterable[str]) -> Sink:
        """What writes a quarantine of rows with these columns, BROKEN left out."""
        kept = tuple(name for name in columns if name != BROKEN)
        return quarantine_of(quarantine, self.job, self.open(), self.id, kept)

    def recover(self, plan: Plan, session: SparkSession) -> None:
        for sink in self.places(plan, session):
            sink.check()
            for sentence in sink.recover():
                self.phases.say(sentence)

    def stage(self, plan: Plan, session: SparkSession) -> Views:
        views = Views(session)
        sources = Sources(session, self.job.folder)
        for name in self.job.sources:
            views.add_source(name, self.bound[name], plan.analysis.schemas[name], sources)
        views.add_checkpoints(plan)
        for (name, sink), planned in zip(self.sinks(plan, session), plan.sinks, strict=True):
            self.phases.say(f"sink {name}")
            frame, counter = counted(views.query(planned.query), f"sink {name}", {})
            # Before it is written: a write that fails has left files, too.
            staged = _Staged(name, sink, counter)
            self.staged.append(staged)
            # The query has markers where its values stand: what it is shown is what a reviewer saw.
            with telemetry.span("transforms.sink", sink=name, sql=planned.query.sql):
                sink.stage(frame)
                if getattr(sink.target, "partition_by", ()) and not counter.get().get(ROWS, 0):
                    sink.discard()
                    sink.stage(session.createDataFrame([], frame.schema), empty=True)
        return views

    def judge(self, plan: Plan, views: Views, verdict: Verdict) -> None:
        judge_sources(self.job, self.bound, views, verdict)
        views.uncounted_checkpoints(plan)
        for checkpoint in checkpoints_of(plan).values():
            self.checkpoint(checkpoint, views, verdict)
        judge_sinks(self.job, [staged.count("") for staged in self.staged], verdict)
        for name, spec in self.job.sources.items():
            if spec.quarantine and name in views.unreadable:
                rows = views.sources[name].get().get(UNREADABLE, 0)
                frame = views.unreadable[name]
                sink = self.kept_at(spec.quarantine, frame.columns)
                self.quarantine(f"quarantine of {name}", sink, frame, rows)

    def checkpoint(self, checkpoint: CheckpointPlan, views: Views, verdict: Verdict) -> None:
        """Judge a checkpoint; what it took out is looked at once more, for its reasons, and kept if it is to be."""
        counts = dict(views.checkpoints[checkpoint.step].get())
        taken = counts.get(TAKEN, 0)
        frame = views.query(checkpoint.broken)
        if checkpoint.quarantine:
            sink = self.kept_at(checkpoint.quarantine, frame.columns)
            counts |= self.quarantine(
                f"quarantine of {checkpoint.step}", sink, frame, taken, second_counts(checkpoint.rules)
            )
        elif taken:
            (row,) = frame.agg(*(count.alias(key) for key, count in second_counts(checkpoint.rules).items())).collect()
            counts |= row.asDict()
        judge_rules(checkpoint, counts, verdict)

    def quarantine(
        self, name: str, sink: Sink, frame: DataFrame, rows: int, counts: Mapping[str, Column] | None = None
    ) -> dict[str, int]:
        """Stage what a quarantine keeps, and count in it; a pass that is only made when there is something."""
        staged = _Staged(name, sink, None)
        self.quarantined.append(staged)
        if not rows:
            sink.stage(self.open().createDataFrame([], frame.drop(BROKEN).schema), empty=True)
            return {}
        frame, staged.counter = counted(frame, name, counts or {})
        sink.stage(frame.drop(BROKEN))
        found = dict(staged.counter.get())
        if found.pop(ROWS, 0) != rows:
            raise RunError(
                f"{name}: the data changed while it was read: {rows} rows were to be kept, and there are others"
            )
        return found

    def publish(self, staged: list[_Staged]) -> None:
        for each in staged:
            each.sink.publish()

    def discard(self) -> None:
        for each in (*self.staged, *self.quarantined):
            try:
                each.sink.discard()
            except RunError as error:
                self.phases.say(f"{each.name}: what was staged could not be removed: {error}")

    def report(self, verdict: Verdict) -> Report:
        modes = {name: sink.mode for name, sink in self.job.sinks.items()}
        written = [each.count(modes.get(each.name, "overwrite")) for each in (*self.staged, *self.quarantined)]
        return Report(
            self.job.name,
            self.id,
            self.phases.elapsed,
            dict(self.phases.seconds),
            tuple(verdict.sources),
            tuple(verdict.rules),
            tuple(written),
            tuple(verdict.warnings),
        )


def said(error: Py4JJavaError | PySparkException) -> str:
    """What Spark says in one line, without stacks and without data."""
    text = reason(error) if isinstance(error, Py4JJavaError) else str(error)
    return text.strip().splitlines()[0]


__all__ = [
    "DataError",
    "Report",
    "RuleCount",
    "RunError",
    "SinkCount",
    "SourceCount",
    "check",
    "run",
]
