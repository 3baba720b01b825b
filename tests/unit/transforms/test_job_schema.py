"""The JSON Schema of job files: current, and of the same opinion as the library."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from transforms.analysis import analyse
from transforms.query.compile import compile_job
from transforms.reading import read_job
from transforms.spec import reference
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


def test_the_reference_is_current() -> None:
    page = reference.PAGE.read_text()
    assert page == reference.page(page), "renew it: python -m transforms.spec.reference --write"


def test_every_link_of_the_reference_leads_to_one_of_its_sections() -> None:
    page = reference.PAGE.read_text()
    sections = {reference._anchor(title) for title in re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE)}

    links = set(re.findall(r"\]\(#([a-z-]+)\)", page))

    assert links
    assert links <= sections


def test_the_guides_example_is_a_sound_job(tmp_path: Path) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", (FILE.parent / "README.md").read_text(), flags=re.DOTALL)
    (tmp_path / "job.yaml").write_text(example)

    compile_job(analyse(read_job(tmp_path / "job.yaml")))
    validator().validate(yaml.safe_load(example))
