"""The JSON Schema of a whole `Pulumi.<stack>.yaml`, for editors.

`python -m stacks.contract.schema --write` renews the committed file. A schema sees one value at a time:
checks over entries, calendars and suggestions remain with `python -m delivery validate`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from stacks.contract.crosschecks import LISTS_WITHOUT_REPEATS
from stacks.contract.model import Settings
from stacks.contract.setting import GrowsOnly, Immutable, Setting, settings_of
from stacks.contract.stackfile import ROOT_KEYS
from transforms.documents.problems import NAMESPACE
from transforms.documents.schema import DIALECT, Plain

FILE = Path(__file__).resolve().parents[1] / "config.schema.json"

_OF_PULUMI = {
    "encryptedkey": "Pulumi's data key, encrypted by the secrets provider. Written by Pulumi.",
    "encryptionsalt": "The salt of the passphrase that protects this stack's secrets. Written by Pulumi.",
    "environment": "Pulumi ESC environments whose values this stack imports.",
    "secretsprovider": "What encrypts this stack's secrets.",
}


def schema() -> dict[str, Any]:
    """The schema of a stack's file, JSON Schema draft 2020-12."""
    model = Settings.model_json_schema(schema_generator=Plain)
    definitions: dict[str, Any] = model["$defs"]
    for entry in _models(Settings):
        _finish(model if entry is Settings else definitions[entry.__name__], entry)
    properties = {f"{NAMESPACE}:{key}": value for key, value in model["properties"].items() if key != "environment"}
    return {
        "$schema": DIALECT,
        "title": f"Stack config of {NAMESPACE}",
        "description": "What one environment asks for. The reference is docs/stack-config.md.",
        "type": "object",
        "required": ["config"],
        "additionalProperties": False,
        "properties": {
            "config": {
                "description": f"Our settings begin with {NAMESPACE}:, those of Pulumi's providers with theirs.",
                "type": "object",
                "required": [f"{NAMESPACE}:domain"],
                "properties": properties,
                "patternProperties": {f"^(?!{NAMESPACE}:)[^:]+:": True},
                "additionalProperties": False,
            },
            **{key: {"description": _OF_PULUMI[key]} for key in ROOT_KEYS if key != "config"},
        },
        "$defs": definitions,
    }


def text() -> str:
    """The schema as the committed file has it."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def main(argv: Sequence[str]) -> int:
    """Print the schema, or with --write renew the committed file."""
    parser = argparse.ArgumentParser(
        prog="python -m stacks.contract.schema", description="The stack files' JSON Schema."
    )
    parser.add_argument("--write", action="store_true", help=f"write {FILE.parent.name}/{FILE.name}")
    if parser.parse_args(argv).write:
        FILE.write_text(text(), encoding="utf-8")
    else:
        sys.stdout.write(text())
    return 0


def _models(model: type[BaseModel]) -> list[type[BaseModel]]:
    found = [model]
    for setting in settings_of(model).values():
        inner = (setting.item or setting).model
        if inner:
            found += _models(inner)
    return found


def _finish(definition: dict[str, Any], model: type[BaseModel]) -> None:
    """Say in each description what may not change, and drop defaults that only mean "nothing asked for"."""
    for key, setting in settings_of(model).items():
        entry = definition["properties"][key]
        entry["description"] = describe(entry["description"], setting)
        if not isinstance(entry.get("default"), bool | int | str):
            entry.pop("default", None)
        if key in LISTS_WITHOUT_REPEATS:
            entry["uniqueItems"] = True


def describe(description: str, setting: Setting) -> str:
    """A setting's description, with what must not change later and why."""
    for mark in setting.metadata:
        if isinstance(mark, Immutable):
            description += f" Must not change once applied: {mark.reason}."
        elif isinstance(mark, GrowsOnly):
            description += f" May only go up once applied: {mark.reason}."
    return description


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
