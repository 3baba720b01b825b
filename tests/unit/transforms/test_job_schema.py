"""The JSON Schema of job files: current, and of the same opinion as the library."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from transforms.spec.schema import schema, text

FILE = Path(__file__).resolve().parents[3] / "docs/transforms/job.schema.json"

JOB: dict[str, Any] = {
    "name": "covid",
    "sources": {
        "wide": {
            "csv": {"path": "a.csv"},
            "columns": {
                "country": "string",
                "day": {"type": "date", "format": "M/d/yy", "from": ["Date", "date"]},
                "days": {"type": "bigint", "matching": ".*", "example": "1/22/20"},
            },
        }
    },
    "rules": {"known": {"expect": {"column": "country", "is_null": False}, "threshold": 0.1, "severity": "fail"}},
    "steps": [
        {"name": "long", "unpivot": {"family": "days", "names_to": "day", "values_to": "cases"}},
        {"name": "new", "window": {"order_by": ["day", {"column": "cases", "descending": True}], "values": {"x": 1}}},
        {"name": "both", "from": "long", "join": {"with": "new", "on": ["country"]}},
        {"name": "sums", "pivot": {"by": ["a"], "column": "kind", "values": ["x"], "value": "sum(cases)"}},
    ],
    "sinks": {"out": {"parquet": {"path": "out"}, "mode": "overwrite"}},
}


@cache
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(schema())
    return Draft202012Validator(schema())


def test_the_committed_schema_is_current() -> None:
    assert FILE.read_text() == text(), "renew it: python -m transforms schema > docs/transforms/job.schema.json"


def test_what_a_person_may_write_short_is_accepted() -> None:
    validator().validate(JOB)


@pytest.mark.parametrize(
    "wrong",
    [
        {"sourcess": {}},
        {"name": "With Blanks"},
        {"steps": [{"name": "a", "filterr": {"where": "x"}}]},
        {"steps": [{"name": "a"}]},
        {"steps": [{"name": "a", "filter": {"where": "x"}, "select": {}}]},
        {"steps": [{"name": "a", "filter": {"wher": "x"}}]},
        {"steps": [{"name": "a", "join": {"with": "b", "on": ["c"], "how": "outer"}}]},
        {"sinks": {"out": {"mode": "overwrite"}}},
        {"sinks": {"out": {"csv": {"path": "a"}, "parquet": {"path": "b"}}}},
        {"sinks": {"Not A Name": {"csv": {"path": "a"}}}},
        {"rules": {"known": {"expect": "x", "threshold": 2}}},
    ],
)
def test_what_an_editor_can_see_is_wrong(wrong: dict[str, Any]) -> None:
    assert not validator().is_valid(JOB | wrong)
