"""What can be judged of a job file of which a part is broken, so that a person reads all mistakes at once.

A part that is broken has been complained about; whatever follows from it is left out here, as its columns are guesses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from transforms.documents.source import Source
from transforms.job import Job, JobStep
from transforms.spec.fields import Name
from transforms.spec.job import JobSpec, ParameterSpec, RuleSpec, SinkSpec, SourceSpec
from transforms.steps.base import Checkpoint

M = TypeVar("M", bound=BaseModel)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


def remainder(tree: dict[str, Any], steps: Sequence[JobStep], folder: Path, document: Source) -> Job:
    """A job of the sound sources, rules and sinks of a file's values, and of those `steps` whose inputs are known."""
    names = relations(tree)
    once = {name for name, number in Counter(names).items() if number == 1}
    rules = _rules(tree.get("rules", {}))
    spec = JobSpec.model_construct(
        name=str(tree.get("name")),
        parameters=_sound(ParameterSpec, tree.get("parameters")),
        sources={name: source for name, source in _sound(SourceSpec, tree.get("sources")).items() if name in once},
        rules=rules or {},
        sinks={
            name: sink if sink.from_ else sink.model_copy(update={"from_": names[-1]})
            for name, sink in _sound(SinkSpec, tree.get("sinks")).items()
        }
        if names
        else {},
    )
    judged = tuple(
        step for step in steps if step.name in once and (rules is not None or not isinstance(step.plugin, Checkpoint))
    )
    return Job(spec, judged, folder, document)


def relations(tree: dict[str, Any]) -> list[str]:
    """The names of a file's sources and then of its steps, sound or not; an empty one where there is none."""
    sources, steps = tree.get("sources"), tree.get("steps")
    found = list(sources) if isinstance(sources, dict) else []
    entries = steps if isinstance(steps, list) else []
    return found + [str(entry.get("name", "")) if isinstance(entry, dict) else "" for entry in entries]


def _sound(model: type[M], entries: object) -> dict[str, M]:
    """Those of the entries that are of the model, by their names."""
    found: dict[str, M] = {}
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        try:
            found[_NAME.validate_python(name)] = model.model_validate(entry)
        except ValidationError:
            continue
    return found


def _rules(entries: object) -> dict[str, RuleSpec] | None:
    """The rules; None when of one it is not known what becomes of rows that break it.

    Of a rule whose condition alone is broken, that is known: there, one that always holds stands in for it.
    """
    if not isinstance(entries, dict):
        return None
    certain = {
        name: {**entry, "expect": True}
        if isinstance(entry, dict) and name not in _sound(RuleSpec, {name: entry})
        else entry
        for name, entry in entries.items()
    }
    found = _sound(RuleSpec, certain)
    return found if len(found) == len(entries) else None
