"""The program: a render's resources, each one of nothing, in the same tree with the same inputs and dependencies."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi

SECRET = "[secret]"  # noqa: S105


def declare(file: Path) -> None:
    """Register as many resources as the `resources.json` in `file` names."""
    entries = {each["urn"]: each for each in json.loads(file.read_text())}
    made: dict[str, pulumi.Resource] = {}
    for index, urn in enumerate(_ordered(entries)):
        entry = entries[urn]
        options = pulumi.ResourceOptions(
            parent=made.get(entry["parent"]), depends_on=[made[each] for each in entry["dependencies"] if each in made]
        )
        name = f"{index:04}"
        if entry["component"]:
            made[urn] = pulumi.ComponentResource("nothing:index:Group", name, {}, options)
        else:
            options.version = "1.0.0"
            made[urn] = pulumi.CustomResource("nothing:index:Nothing", name, _secret(entry["inputs"]), options)


def _ordered(entries: dict[str, Any]) -> Iterator[str]:
    """URNs, each after its parent and what it depends on."""
    seen: set[str] = set()

    def visit(urn: str) -> Iterator[str]:
        if urn in seen or urn not in entries:
            return
        seen.add(urn)
        for before in (entries[urn]["parent"], *entries[urn]["dependencies"]):
            yield from visit(before)
        yield urn

    for urn in entries:
        yield from visit(urn)


def _secret(value: Any) -> Any:
    if value == SECRET:
        return pulumi.Output.secret("not a secret, and as long as many are")
    if isinstance(value, dict):
        return {key: _secret(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_secret(each) for each in value]
    return value
