"""A job file, read: everything that can be said about it without looking at columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transforms.documents import source as documents
from transforms.documents.models import Entry, read_model, unknown_key
from transforms.documents.problems import DocumentError, Loc, Problem, nearest, quoted
from transforms.documents.source import Source
from transforms.spec.fields import Name, substituted, variables_in
from transforms.spec.job import FORMATS, JobSpec, SinkSpec, SourceSpec
from transforms.steps.base import Step
from transforms.steps.registry import installed

SUBSTITUTED = frozenset({"path", "connection", "table"})
"""The keys of a place in whose values `${name}` stands for a parameter; beside them only a sink's `batch`."""


class _StepHead(Entry):
    name: Name
    from_: Name | None = None


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
    """A job whose file is sound. `folder` is what relative paths begin at; `document` knows each value's line."""

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
        texts = (text for _, text in _substituted_texts(self.document.tree, ()))
        return list(dict.fromkeys(name for text in texts for name in variables_in(text)))


def read_job(path: Path, settings: Mapping[str, str] | None = None, name: str = "") -> Job:
    """Read a job file.

    Args:
        settings: values of its parameters, as `--set` gives them.
        name: what errors call the file; its path by default.

    Raises:
        DocumentError: every mistake, with its line.
    """
    document = documents.read(path, name)
    return _Reader(document, path.parent, settings or {}).job()


class _Reader:
    def __init__(self, document: Source, folder: Path, settings: Mapping[str, str]) -> None:
        self.document = document
        self.folder = folder
        self.settings = settings

    def job(self) -> Job:
        if not isinstance(self.document.tree, dict):
            raise DocumentError(
                [Problem(self.document.file, 1, "file", "expected a mapping with name, sources, steps and sinks.")]
            )
        self.document.tree = self.with_parameters(self.document.tree)
        spec = read_model(JobSpec, self.document, (), self.document.tree)
        # Also where another part of the file is broken: all its mistakes are told at once.
        steps = list(self.steps(self.document.tree))
        if spec and not self.document.problems:
            self.check_sinks(spec, steps)
            self.check_use(spec, steps)
        if self.document.problems or spec is None:
            raise DocumentError(self.document.problems)
        return Job(spec, tuple(steps), self.folder, self.document)

    def with_parameters(self, tree: dict[str, Any]) -> dict[str, Any]:
        """The tree with the values of parameters in place of `${name}`."""
        declared = tree.get("parameters")
        declared = declared if isinstance(declared, dict) else {}
        values = {
            name: str(entry["default"])
            for name, entry in declared.items()
            if isinstance(entry, dict) and entry.get("default") is not None
        }
        for name in self.settings:
            if name not in declared:
                near = nearest(name, list(declared))
                hint = f" Did you mean {near}?" if near else ""
                self.document.report(
                    ("parameters",), f"the job has no parameter {quoted(name)} that could be set.{hint}", cover=False
                )
        values |= self.settings
        for loc, text in _substituted_texts(tree, ()):
            for name in variables_in(text):
                if name not in declared:
                    self.document.report(loc, f"${{{name}}} is no parameter of the job; declare it under `parameters`.")
        replaced: dict[str, Any] = _replaced(tree, values)
        return replaced

    def steps(self, tree: dict[str, Any]) -> Iterator[JobStep]:
        sources, entries = tree.get("sources"), tree.get("steps")
        sources = sources if isinstance(sources, dict) else {}
        known = list(sources)
        for index, entry in enumerate(entries if isinstance(entries, list) and known else []):
            if not isinstance(entry, dict):
                continue
            step = self.step(index, entry, known)
            if step is None:
                # What follows may refer to it; its own mistake is enough.
                known.append(str(entry.get("name")))
                continue
            if step.name in known:
                what = "a source" if step.name in sources else "an earlier step"
                self.document.report(("steps", index, "name"), f"step {step.name}: {what} has this name already.")
            known.append(step.name)
            yield step

    def step(self, index: int, entry: dict[str, Any], known: list[str]) -> JobStep | None:
        loc: Loc = ("steps", index)
        kinds = [key for key in entry if key not in {"name", "from"}]
        plugins = installed()
        label = f"step {entry.get('name', index + 1)}: "
        head = read_model(_StepHead, self.document, loc, {"name": entry["name"]} if "name" in entry else {})
        if len(kinds) != 1:
            found = " and ".join(kinds) or "none"
            self.document.report(
                loc,
                f"{label}expected `name`, perhaps `from`, and one kind of step ({', '.join(plugins)}); got {found}.",
            )
            return None
        (kind,) = kinds
        if kind not in plugins:
            self.document.report((*loc, kind), label + unknown_key(kind, plugins))
            return None
        config = read_model(plugins[kind].Config, self.document, (*loc, kind), entry[kind])
        main = self.main(index, entry, known, label)
        if head is None or config is None or main is None:
            return None
        step = JobStep(head.name, kind, plugins[kind], config, main, index)
        missing = [each for each in step.inputs[1:] if each not in known]
        for each in missing:
            self.document.report(step.at(), label + _not_before(each, known), cover=False)
        return None if missing else step

    def main(self, index: int, entry: dict[str, Any], known: list[str], label: str) -> str | None:
        loc = ("steps", index, "from")
        if "from" not in entry:
            if index == 0 and len(known) > 1:
                self.document.report(
                    ("steps", index), f"{label}expected `from`, as there are several sources: {', '.join(known)}."
                )
                return None
            return known[-1]
        name = entry["from"]
        if name not in known:
            self.document.report(loc, label + _not_before(str(name), known))
            return None
        return str(name)

    def check_sinks(self, spec: JobSpec, steps: list[JobStep]) -> None:
        known = [*spec.sources, *(step.name for step in steps)]
        for name, sink in spec.sinks.items():
            if sink.from_ is not None and sink.from_ not in known:
                self.document.report(("sinks", name, "from"), f"sink {name}: {_not_before(sink.from_, known)}")
            if sink.from_ is None and not steps and len(spec.sources) > 1:
                self.document.report(("sinks", name), f"sink {name}: expected `from`, as there are several sources.")

    def check_use(self, spec: JobSpec, steps: list[JobStep]) -> None:
        """Whatever no sink needs is a mistake: a reference that was forgotten, or a line that was."""
        if self.document.problems:
            return
        job = Job(spec, tuple(steps), self.folder, self.document)
        held = {job.held_by(sink) for sink in spec.sinks}
        used = held | {name for each in held for step in job.before(each) for name in (step.name, *step.inputs)}
        for step in steps:
            if step.name not in used:
                self.document.report(
                    ("steps", step.index), f"step {step.name}: no sink holds what it makes. Remove it, or refer to it."
                )
        for name in spec.sources:
            if name not in used:
                self.document.report(("sources", name), f"source {name}: no sink needs it. Remove it, or refer to it.")


def _not_before(name: str, known: list[str]) -> str:
    near = nearest(name, known)
    hint = f"Did you mean {near}?" if near else f"There are {', '.join(known)}."
    return f"no source or earlier step is called {quoted(name)}. {hint}"


def _substituted_texts(tree: object, loc: Loc) -> Iterator[tuple[Loc, str]]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if isinstance(value, str) and _is_substituted((*loc, key)):
                yield (*loc, key), value
            yield from _substituted_texts(value, (*loc, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from _substituted_texts(value, (*loc, index))


def _is_substituted(loc: Loc) -> bool:
    """Whether parameters stand there. Never in an expression, whatever a column is called."""
    if loc[0] == "sinks" and len(loc) == 3:
        return loc[2] == "batch"
    return len(loc) > 3 and loc[-2] in FORMATS and loc[-1] in SUBSTITUTED


def _replaced(tree: Any, values: dict[str, str], loc: Loc = ()) -> Any:
    if isinstance(tree, dict):
        return {key: _replaced(value, values, (*loc, key)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_replaced(value, values, (*loc, index)) for index, value in enumerate(tree)]
    return substituted(tree, values) if isinstance(tree, str) and _is_substituted(loc) else tree
