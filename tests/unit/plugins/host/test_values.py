from __future__ import annotations

import copy

import pytest

from sandbox.plugins.host import UNKNOWN, Change, Kind, compare, contains_unknown, lookup, property_path, suggestion


def test_the_unknown_is_one_object_that_nobody_takes_for_true_or_false() -> None:
    assert copy.deepcopy({"a": UNKNOWN})["a"] is UNKNOWN
    with pytest.raises(TypeError, match="not known"):
        bool(UNKNOWN)
    assert contains_unknown({"a": [{"b": UNKNOWN}]})
    assert not contains_unknown({"a": [{"b": 1}]})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "ports", 0, "name"), "spec.ports[0].name"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
        (('a"b',), '["a\\"b"]'),
    ],
)
def test_paths_are_written_as_pulumi_reads_them(path: tuple[str | int, ...], text: str) -> None:
    assert property_path(path) == text


def test_a_value_is_looked_up_by_path_and_is_none_where_there_is_none() -> None:
    value = {"a": [{"b": 1}]}
    assert lookup(value, ("a", 0, "b")) == 1
    assert lookup(value, ("a", 1, "b")) is None
    assert lookup(value, ("a", "b")) is None


def test_the_comparison_names_every_changed_property_and_no_other() -> None:
    old = {"same": 1, "gone": 1, "deep": {"list": [1, 2, 3]}, "none": None, "flag": 1}
    new = {"same": 1, "new": 1, "deep": {"list": [1, 5]}, "unknown": UNKNOWN, "flag": True}
    assert compare(old, new) == {
        "new": Change(Kind.ADD),
        "deep.list[1]": Change(Kind.UPDATE),
        "deep.list[2]": Change(Kind.DELETE),
        "unknown": Change(Kind.ADD),
        "gone": Change(Kind.DELETE),
        "flag": Change(Kind.UPDATE),
    }


def test_a_near_miss_is_suggested_and_a_far_one_is_not() -> None:
    assert suggestion("imagePullPolice", ["image", "imagePullPolicy"]) == ' (did you mean "imagePullPolicy"?)'
    assert suggestion("zzz", ["image"]) == ""
