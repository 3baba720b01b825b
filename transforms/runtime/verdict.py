"""Whether the data that passed was good enough to be published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from transforms.job import Job
from transforms.query.compile import CheckpointPlan
from transforms.runtime.counts import ROWS, broken_by
from transforms.runtime.report import RuleCount, SinkCount, SourceCount
from transforms.runtime.sources import Bound
from transforms.runtime.views import UNREADABLE, Views


@dataclass
class Verdict:
    """What was counted, what a person should know, and what must not be."""

    sources: list[SourceCount] = field(default_factory=list)
    rules: list[RuleCount] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def note(self, policy: str, sentence: str) -> None:
        """Take down what a policy says about something: fail, warn or allow."""
        if policy != "allow":
            (self.failures if policy == "fail" else self.warnings).append(sentence)


def judge_places(job: Job, bound: Mapping[str, Bound]) -> Verdict:
    """What can be said before a row is read: headers and types that drifted, sources without a row."""
    verdict = Verdict()
    for name, source in bound.items():
        verdict.failures += [f"source {name}: {problem}" for problem in source.problems]
        verdict.warnings += [f"source {name}: {warning}" for warning in source.warnings]
        if source.empty and not source.problems:
            verdict.note(job.sources[name].empty, f"source {name}: there is not one row")
    return verdict


def judge_sources(job: Job, bound: Mapping[str, Bound], views: Views, verdict: Verdict) -> None:
    """Judge what was counted in the sources."""
    for name, spec in job.sources.items():
        counter = views.sources.get(name)
        if counter is None:
            verdict.sources.append(SourceCount(name, bound[name].rows))
            continue
        counts = counter.get()
        if ROWS not in counts:
            # No row of it could have changed the result, so it was not read.
            verdict.sources.append(SourceCount(name, None))
            continue
        rows, unreadable = counts[ROWS], counts[UNREADABLE]
        verdict.sources.append(SourceCount(name, rows, unreadable))
        if not rows:
            verdict.note(spec.empty, f"source {name}: there is not one row")
        if unreadable:
            sentence = f"source {name}: {unreadable} of {rows} rows do not fit its columns"
            verdict.note("warn" if spec.quarantine or spec.unreadable == "drop" else "fail", sentence)


def judge_rules(checkpoint: CheckpointPlan, counts: Mapping[str, int], verdict: Verdict) -> None:
    """Judge what was counted at a checkpoint, in both passes."""
    rows = counts.get(ROWS, 0)
    for name, rule in checkpoint.rules.items():
        broken = broken_by(counts, name)
        verdict.rules.append(RuleCount(checkpoint.step, name, rule.severity, broken, rows))
        if not broken:
            continue
        sentence = f"step {checkpoint.step}: {broken} of {rows} rows break the rule {name}"
        if rule.ends_the_job(broken, rows):
            borne = f", and {rule.threshold:.4g} of them are borne" if rule.threshold else ""
            verdict.failures.append(sentence + borne)
        else:
            verdict.warnings.append(sentence)


def judge_sinks(job: Job, written: Iterable[SinkCount], verdict: Verdict) -> None:
    """Judge how many rows there are for the sinks."""
    for sink in written:
        if not sink.rows:
            verdict.note(job.sinks[sink.name].empty, f"sink {sink.name}: there is not one row for it")
