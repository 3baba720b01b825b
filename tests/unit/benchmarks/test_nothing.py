"""The program that does nothing has the tree of the one it is measured against."""

import json
from pathlib import Path
from typing import Any

import pulumi

from benchmarks.nothing import program
from delivery.record import record
from delivery.recording import Recording


def entry(urn: str, parent: str = "stack", *, component: bool = False, **inputs: Any) -> dict[str, Any]:
    return {"urn": urn, "parent": parent, "component": component, "inputs": inputs, "dependencies": []}


def declared(folder: Path, *entries: dict[str, Any]) -> Recording:
    file = folder / "resources.json"
    file.write_text(json.dumps(entries))
    return record(lambda: program.declare(file))


def test_every_resource_has_its_counterpart_below_its_parents(tmp_path: Path) -> None:
    found = declared(tmp_path, entry("leaf", "group", length=24), entry("group", component=True))
    group, leaf = found.resources
    assert (group.component, group.parent) == (True, found.root)
    assert (leaf.custom, leaf.parent, leaf.inputs) == (True, group.urn, {"length": 24})


def test_a_resource_depends_on_the_counterparts_of_what_it_depended_on(tmp_path: Path) -> None:
    found = declared(tmp_path, entry("b") | {"dependencies": ["a", "gone"]}, entry("a"))
    assert [len(each.dependencies) for each in found.resources] == [0, 1]
    assert found.resources[1].dependencies == (found.resources[0].urn,)


def test_a_secret_is_one_there_too() -> None:
    def build() -> None:
        value = program._secret({"list": ["[secret]", "plain"]})
        pulumi.export("secret", value["list"][0].is_secret())
        pulumi.export("plain", value["list"][1])

    assert record(build).outputs == {"secret": True, "plain": "plain"}
