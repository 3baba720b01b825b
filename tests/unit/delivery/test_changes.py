"""What counts as a change, and where it is said to be."""

from typing import Any

import pytest

from delivery.changes import ABSENT, Change, compare, difference
from tests.unit.delivery.renders import compared, entry, kubernetes, render


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [Change("a", 1, 2)]),
        ({"a": 1}, {"a": True}, [Change("a", 1, True)]),
        ({}, {"a": None}, [Change("a", ABSENT, None)]),
        ({"a": {"b": 1}}, {"a": {}}, [Change("a.b", 1, ABSENT)]),
        ({"a": {"etl/team": "x"}}, {"a": {"etl/team": "y"}}, [Change('a["etl/team"]', "x", "y")]),
        ({"a": ["x"]}, {"a": ["x", "y"]}, [Change("a", ["x"], ["x", "y"])]),
        ({"a": [{"p": 1}]}, {"a": [{"p": 2}]}, [Change("a[0].p", 1, 2)]),
        ({"a": [{"p": 1}]}, {"a": [{"p": 1}, {"p": 2}]}, [Change("a", [{"p": 1}], [{"p": 1}, {"p": 2}])]),
        ({"a": {"b": 1}}, {"a": [1]}, [Change("a", {"b": 1}, [1])]),
    ],
)
def test_a_change_is_told_at_its_innermost_place(old: Any, new: Any, expected: list[Change]) -> None:
    assert list(compare(old, new, "")) == expected


def test_an_entry_put_before_others_is_one_change() -> None:
    old = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}
    new = {"env": [{"name": "C", "value": "3"}, {"name": "A", "value": "1"}, {"name": "B", "value": "4"}]}
    assert list(compare(old, new, "")) == [
        Change("env[B].value", "2", "4"),
        Change("env[C]", ABSENT, {"name": "C", "value": "3"}),
    ]


def test_a_new_order_of_named_entries_is_a_change() -> None:
    old = {"init": [{"name": "A"}, {"name": "B"}]}
    assert list(compare(old, {"init": old["init"][::-1]}, "")) == [Change("init (order)", ["A", "B"], ["B", "A"])]


def test_resources_are_counted_by_what_happens_to_them() -> None:
    same, gone, new = (kubernetes("Service", name) for name in ("same", "gone", "new"))
    before = kubernetes("Service", "changed", spec={"type": "ClusterIP"})
    after = kubernetes("Service", "changed", spec={"type": "NodePort"})
    found = compared([same, gone, before], [same, new, after])
    assert [(each.kind, each.entry["name"]) for each in found.resources] == [
        ("changed", "changed"),
        ("removed", "gone"),
        ("added", "new"),
    ]
    assert found.of("changed")[0].changes == (Change("spec.type", "ClusterIP", "NodePort"),)
    assert (found.unchanged, found.reordered) == (1, 0)


def test_an_option_and_a_provider_are_changes_and_dependencies_are_none() -> None:
    plain = kubernetes("Service", "cases")
    assert compared([plain], [{**plain, "options": {"protect": True}}]).resources[0].changes == (
        Change("options.protect", ABSENT, True),
    )
    assert compared([plain], [{**plain, "provider": "urn:x"}]).resources[0].changes == (
        Change("provider", None, "urn:x"),
    )
    reordered = compared([plain], [{**plain, "dependencies": ["urn:x"]}])
    assert not reordered
    assert (reordered.unchanged, reordered.reordered) == (0, 1)


def test_stack_outputs_are_compared() -> None:
    found = difference(render(url="https://a"), render(url="https://b"))
    assert found.outputs == (Change("url", "https://a", "https://b"),)
    assert found


def test_equal_renders_have_no_difference() -> None:
    assert not compared([entry("a:b:C", "x")], [entry("a:b:C", "x")])
