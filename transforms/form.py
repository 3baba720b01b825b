"""A job file's form: everything that can be said about it without looking at columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from transforms.documents.models import Entry, read_model, unknown_key
from transforms.documents.problems import DocumentError, Loc, Problem, nearest, quoted
from transforms.documents.source import Source
from transforms.job import Job, JobStep
from transforms.remainder import relations, remainder
from transforms.spec.fields import Name
from transforms.spec.job import JobSpec
from transforms.spec.parameters import texts_with_parameters, variables_in, with_values
from transforms.steps.registry import installed


class _StepHead(Entry):
    name: Name
    from_: Name | None = None


def sound_parts(document: Source, folder: Path, settings: Mapping[str, str]) -> Job:
    """The job of a file: all of it, or where `document` has problems then, what can be judged without the rest.

    Args:
        folder: what the job's relative paths begin at.
        settings: values of its parameters, as `--set` gives them.

    Raises:
        DocumentError: the file holds no mapping, so that it has no parts.
    """
    return _Form(document, folder, settings).job()


class _Form:
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
        steps = list(self.steps(self.document.tree))
        self.check_sinks(self.document.tree)
        if spec and not self.document.problems:
            self.check_use(spec, steps)
        if spec and not self.document.problems:
            return Job(spec, tuple(steps), self.folder, self.document)
        return remainder(self.document.tree, steps, self.folder, self.document)

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
        for loc, text in texts_with_parameters(tree):
            for name in variables_in(text):
                if name not in declared:
                    self.document.report(loc, f"${{{name}}} is no parameter of the job; declare it under `parameters`.")
        replaced: dict[str, Any] = with_values(tree, values)
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

    def check_sinks(self, tree: dict[str, Any]) -> None:
        sinks, sources, known = tree.get("sinks"), tree.get("sources"), list(filter(None, relations(tree)))
        if not isinstance(sinks, dict) or not isinstance(sources, dict) or not sources:
            return
        for name, sink in sinks.items():
            if not isinstance(sink, dict) or self.document.is_covered(("sinks", name, "from")):
                continue
            if "from" in sink and sink["from"] not in known:
                self.document.report(("sinks", name, "from"), f"sink {name}: {_not_before(str(sink['from']), known)}")
            if "from" not in sink and not tree.get("steps") and len(sources) > 1:
                self.document.report(("sinks", name), f"sink {name}: expected `from`, as there are several sources.")

    def check_use(self, spec: JobSpec, steps: list[JobStep]) -> None:
        """Whatever no sink needs is a mistake: a reference that was forgotten, or a line that was."""
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
