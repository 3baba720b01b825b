"""The JSON Schema of job files, for editors: from the models, and from the steps that are installed here.

A schema sees one value at a time: columns, types and references remain with `transforms check`.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from transforms.documents.schema import DIALECT, Plain
from transforms.spec.job import FORMATS, TARGETS, JobSpec
from transforms.steps.registry import installed

_ONE_OF = {"SourceSpec": FORMATS, "SinkSpec": TARGETS, "QuarantineSpec": TARGETS}
"""The models of which exactly one of some keys is written."""


def schema() -> dict[str, Any]:
    """The schema of a job file, JSON Schema draft 2020-12.

    Raises:
        PluginError: a plugin that is installed cannot be used.
    """
    plugins = installed()
    models: list[type[BaseModel]] = [JobSpec, *(plugin.Config for plugin in plugins.values())]
    references, shared = models_json_schema(
        [(model, "validation") for model in models], by_alias=True, schema_generator=Plain
    )
    definitions: dict[str, Any] = shared["$defs"]
    for definition in definitions.values():
        _finish(definition)
    for name, keys in _ONE_OF.items():
        definitions[name]["oneOf"] = [{"required": [key]} for key in keys]
    job = definitions.pop(_name(references[JobSpec, "validation"]))
    job["properties"]["steps"]["items"] = {"$ref": "#/$defs/Step"}
    definitions["Step"] = _step(
        {
            kind: references[plugin.Config, "validation"] | {"description": _about(plugin.__doc__)}
            for kind, plugin in plugins.items()
        }
    )
    used = _references([job, definitions])
    return {
        "$schema": DIALECT,
        "title": "Job file",
        "description": "What a job reads, does, demands and writes. The guide is docs/transforms/README.md.",
        **{key: value for key, value in job.items() if key not in {"title", "description"}},
        "$defs": {name: definitions[name] for name in sorted(definitions) if name in used},
    }


def text() -> str:
    """The schema as a file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _step(kinds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    name = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"}
    return {
        "description": "A step: its name, and one kind of step with what it is told.",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": name | {"description": "The step's name, by which others refer to it."},
            "from": name | {"description": "The source or earlier step that it works on; the one before by default."},
            **kinds,
        },
        "additionalProperties": False,
        "oneOf": [{"required": [kind]} for kind in kinds],
    }


def _finish(definition: dict[str, Any]) -> None:
    """Drop the names of our classes and defaults that only mean "nothing", and refuse names that are none."""
    definition.pop("title", None)
    for entry in definition.get("properties", {}).values():
        if "patternProperties" in entry:
            entry["additionalProperties"] = False
        if not isinstance(entry.get("default"), bool | int | str) or entry.get("default") == "":
            entry.pop("default", None)


def _references(value: Any) -> set[str]:
    """The names of the definitions that are referred to."""
    if isinstance(value, dict):
        own = {_name(value)} if "$ref" in value else set()
        return own.union(*map(_references, value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


def _about(docstring: str | None) -> str:
    return (docstring or "").strip().splitlines()[0] if docstring else ""


def _name(reference: dict[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
