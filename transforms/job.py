"""A job: what its file says, its steps with their plugins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from transforms.documents.models import Entry
from transforms.documents.problems import Loc
from transforms.documents.source import Source
from transforms.spec.job import JobSpec, RuleSpec, SinkSpec, SourceSpec
from transforms.spec.parameters import texts_with_parameters, variables_in
from transforms.steps.base import Step


@dataclass(frozen=True)
class JobStep:
    """A step: its plugin `kind`, its config, and the source or step that it works on."""

    name: str
    kind: str
    plugin: Step[Entry]
    config: Entry
    main: str
    index: int

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of all that it reads, the main one first."""
        return (self.main, *self.plugin.inputs(self.config))

    def at(self, *path: str | int) -> Loc:
        """Where something of its config stands in the file."""
        return ("steps", self.index, self.kind, *path)


@dataclass(frozen=True)
class Job:
    """A job that was read. `folder` is what relative paths begin at; `document` knows each value's line."""

    spec: JobSpec
    steps: tuple[JobStep, ...]
    folder: Path
    document: Source

    @property
    def name(self) -> str:
        """The job's name."""
        return self.spec.name

    @property
    def sources(self) -> Mapping[str, SourceSpec]:
        """Its sources by name."""
        return self.spec.sources

    @property
    def rules(self) -> Mapping[str, RuleSpec]:
        """Its rules by name."""
        return self.spec.rules

    @property
    def sinks(self) -> Mapping[str, SinkSpec]:
        """Its sinks by name."""
        return self.spec.sinks

    def held_by(self, sink: str) -> str:
        """The source or step that a sink holds."""
        return self.sinks[sink].from_ or (self.steps[-1].name if self.steps else next(iter(self.sources)))

    def before(self, name: str) -> tuple[JobStep, ...]:
        """The steps that make a relation, itself the last, in the file's order."""
        needed = {name}
        for step in reversed(self.steps):
            if step.name in needed:
                needed.update(step.inputs)
        return tuple(step for step in self.steps if step.name in needed)

    def open_parameters(self) -> list[str]:
        """The parameters that still have no value."""
        texts = (text for _, text in texts_with_parameters(self.document.tree))
        used = dict.fromkeys(name for text in texts for name in variables_in(text))
        return [name for name in used if name in self.spec.parameters]
