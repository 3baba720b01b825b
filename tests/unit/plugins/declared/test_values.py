"""How a property behaves, whatever it is of."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from sandbox.plugins.declared.fields import (
    Kind,
    Table,
    boolean,
    integer,
    mapping,
    nested,
    ordered,
    result,
    string,
    unordered,
)
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.declared.values import completed, differs, mistakes
from sandbox.plugins.host import context
from sandbox.plugins.host.context import Call
from sandbox.plugins.host.errors import InitFailed, PluginError
from sandbox.plugins.host.values import UNKNOWN, Inputs, State

TABLE: Table = {
    "name": string(autonamed=True),
    "size": integer(default=1, minimum=0, maximum=9),
    "kind": string(required=True, choices=("small", "large"), replaces=True),
    "open": boolean(default=False),
    "tags": unordered(),
    "steps": ordered(),
    "labels": mapping(),
    "owner": string(computed=True),
    "inner": nested({"depth": integer(default=3), "word": string(required=True)}),
    "id": result(Kind.STRING),
}


class Shelf(Declared):
    """A type whose things lie on a shelf of this process."""

    table: ClassVar[Table] = TABLE

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = {}

    def make(self, inputs: Inputs) -> str:
        self.things[inputs["name"]] = {**inputs, "owner": inputs.get("owner", "nobody"), "id": "7"}
        return str(inputs["name"])

    def look(self, key: str, known: State) -> dict[str, Any] | None:  # noqa: ARG002
        return self.things.get(key)

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        self.things[key] = {**inputs, "owner": inputs.get("owner", old["owner"]), "id": "7"}

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        self.things.pop(key, None)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"kind": "small", "sise": 1}, ("sise", 'the offline plugin knows no such property (did you mean "size"?)')),
        ({}, ("kind", "is required and was not given")),
        ({"kind": "tiny"}, ("kind", "cannot be `tiny`; expected one of small, large")),
        ({"kind": "small", "size": "1"}, ("size", "must be a whole number, not a string")),
        ({"kind": "small", "size": 10}, ("size", "must be at most 9, not 10")),
        ({"kind": "small", "size": True}, ("size", "must be a whole number, not a boolean")),
        ({"kind": "small", "tags": "a"}, ("tags", "must be a list (in any order), not a string")),
        ({"kind": "small", "tags": ["a", 2]}, ("tags[1]", "must be a string, not a number")),
        ({"kind": "small", "labels": {"a": 1}}, ("labels", "must be a map of strings, not an object")),
        ({"kind": "small", "inner": {}}, ("inner.word", "is required and was not given")),
        ({"kind": "small", "id": "7"}, ("id", "is a result of the resource and cannot be given")),
    ],
)
def test_a_mistake_names_the_property_and_what_was_expected(values: dict[str, Any], expected: tuple[str, str]) -> None:
    assert list(mistakes(TABLE, values)) == [expected]


def test_unknown_values_are_no_mistake() -> None:
    assert list(mistakes(TABLE, {"kind": UNKNOWN, "tags": [UNKNOWN], "labels": {"a": UNKNOWN}, "inner": UNKNOWN})) == []


def test_a_refused_secret_is_not_shown() -> None:
    table: Table = {"password": string(secret=True, choices=("a", "b"))}
    ((_, reason),) = mistakes(table, {"password": "hunter2"})
    assert "hunter2" not in reason


def test_defaults_are_filled_in_at_every_depth() -> None:
    inputs = completed(TABLE, {"kind": "small", "size": 2.0, "inner": {"word": "x"}, "owner": None})
    assert inputs == {"kind": "small", "size": 2, "open": False, "inner": {"word": "x", "depth": 3}}
    assert isinstance(inputs["size"], int)


@pytest.mark.parametrize(
    ("name", "wanted", "actual", "expected"),
    [
        ("tags", ["a", "b"], ["b", "a"], False),
        ("tags", ["a"], ["a", "b"], True),
        ("steps", ["a", "b"], ["b", "a"], True),
        ("labels", None, {}, False),
        ("open", None, False, False),
        ("open", None, True, True),
        ("name", "", None, False),
        ("owner", None, "ada", False),
        ("owner", "ben", "ada", True),
        ("size", UNKNOWN, 1, True),
        ("inner", {"word": "x", "depth": 3}, {"depth": 3, "word": "x"}, False),
        ("inner", {"word": "x", "depth": 3}, {"depth": 4, "word": "x"}, True),
    ],
)
def test_a_difference_is_what_the_program_would_not_have_asked_for(
    name: str, wanted: Any, actual: Any, expected: bool
) -> None:
    assert differs(TABLE[name], wanted, actual) is expected


def test_a_generated_name_is_the_same_in_a_preview_and_the_update_after_it() -> None:
    context.enter(Call(random_seed=b"seed"))
    try:
        first, second = (Shelf().check("shelf", {"kind": "small"}, None).inputs["name"] for _ in range(2))
        context.enter(Call(random_seed=b"other"))
        other = Shelf().check("shelf", {"kind": "small"}, None).inputs["name"]
        kept = Shelf().check("shelf", {"kind": "small"}, {"name": first}).inputs["name"]
        context.enter(Call(autonaming=False))
        with pytest.raises(PluginError, match="give it a name"):
            Shelf().check("shelf", {"kind": "small"}, None)
    finally:
        context.enter(Call())
    assert first == second == kept != other
    assert first.startswith("shelf-")
    assert len(first) == len("shelf-") + 7


def test_a_preview_knows_the_inputs_and_nothing_that_the_server_chooses() -> None:
    inputs = Shelf().check("shelf", {"kind": "small", "name": "a"}, None).inputs
    planned = Shelf().create("urn", inputs, preview=True, timeout=None)
    assert planned.id == ""
    assert planned.state["kind"] == "small"
    assert planned.state["owner"] is UNKNOWN
    assert planned.state["id"] is UNKNOWN


def test_a_thing_goes_through_its_whole_life() -> None:
    shelf = Shelf()
    inputs = shelf.check("shelf", {"kind": "small", "name": "a", "inner": {"word": "x"}}, None).inputs
    made = shelf.create("urn", inputs, preview=False, timeout=None)
    assert not shelf.diff("a", inputs, made.state, inputs).changed

    shelf.things["a"]["size"] = 5
    drifted = shelf.read("a", inputs, made.state)
    assert drifted is not None
    assert drifted.inputs == {**inputs, "size": 5}
    found = shelf.diff("a", drifted.inputs, drifted.state, inputs)
    assert list(found.changed) == ["size"]
    assert not found.replaces

    wanted = {**inputs, "inner": {"word": "y", "depth": 3}}
    assert list(shelf.diff("a", inputs, drifted.state, wanted).changed) == ["size", "inner.word"]
    state = shelf.update("a", inputs, drifted.state, wanted, preview=False, timeout=None)
    assert state["owner"] == "nobody"
    assert not shelf.diff("a", wanted, state, wanted).changed
    assert shelf.diff("a", wanted, state, {**wanted, "kind": "large"}).replaces

    shelf.delete("a", wanted, state, timeout=None)
    assert shelf.read("a", wanted, state) is None


def test_an_import_takes_what_is_not_the_default_into_the_inputs() -> None:
    shelf = Shelf()
    inputs = shelf.check("shelf", {"kind": "small", "name": "a", "size": 4}, None).inputs
    shelf.make(inputs)
    found = shelf.read("a", {}, {})
    assert found is not None
    assert not shelf.diff("a", found.inputs, found.state, inputs).changed


def test_a_thing_that_cannot_be_read_back_is_kept_as_unfinished() -> None:
    class Blind(Shelf):
        def look(self, key: str, known: State) -> dict[str, Any] | None:  # noqa: ARG002
            raise PluginError("it is dark")

    shelf = Blind()
    inputs = shelf.check("shelf", {"kind": "small", "name": "a"}, None).inputs
    with pytest.raises(InitFailed, match="it is dark") as caught:
        shelf.create("urn", inputs, preview=False, timeout=None)
    assert caught.value.id == "a"
    assert caught.value.state["kind"] == "small"
