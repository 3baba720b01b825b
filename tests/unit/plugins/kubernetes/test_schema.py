from __future__ import annotations

from typing import Any

from sandbox.plugins.host import UNKNOWN, Failure
from sandbox.plugins.kubernetes.schema import check

SCHEMAS: dict[str, Any] = {
    "Pod": {
        "type": "object",
        "required": ["spec"],
        "properties": {
            "metadata": {"type": "object", "additionalProperties": {"type": "string"}},
            "spec": {"default": {}, "allOf": [{"$ref": "#/components/schemas/Spec"}]},
        },
    },
    "Spec": {
        "type": "object",
        "required": ["containers"],
        "properties": {
            "containers": {"type": "array", "items": {"$ref": "#/components/schemas/Container"}},
            "priority": {"type": "integer"},
            "hostNetwork": {"type": "boolean"},
            "amount": {"oneOf": [{"type": "string"}, {"type": "number"}]},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
        },
    },
    "Container": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
}


def failures(value: dict[str, Any]) -> list[Failure]:
    return check(value, SCHEMAS["Pod"], SCHEMAS)


def test_everything_that_the_schema_does_not_know_is_named_at_once() -> None:
    spec = {
        "containers": [{"name": "a"}, {"nmae": "b"}],
        "priority": "high",
        "hostNetwork": 1,
        "amount": 1,
        "free": {"any": ["thing"]},
    }
    assert failures({"metadata": {"any": "thing"}, "spec": spec}) == [
        Failure("spec.containers[1].nmae", 'unknown property "nmae" (did you mean "name"?)'),
        Failure("spec.containers[1].name", "is required and missing"),
        Failure("spec.priority", "expected a whole number, found a string"),
        Failure("spec.hostNetwork", "expected true or false, found a whole number"),
    ]


def test_what_is_unknown_in_a_preview_is_not_judged() -> None:
    assert failures({"spec": {"containers": UNKNOWN}}) == []
    assert failures({"spec": UNKNOWN}) == []


def test_what_has_a_default_is_not_required() -> None:
    assert failures({}) == []
