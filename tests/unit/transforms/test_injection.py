"""Whatever stands in a job file, the SQL is ours: a hostile value, name or text changes no character of it."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transforms.hostile import EXPRESSIONS, NAMES, REFUSED_NAMES, VALUES
from tests.unit.transforms.jobs import compiled, errors, job_of, written
from transforms.analysis import analyse
from transforms.documents.problems import DocumentError
from transforms.query.compile import Plan, compile_job
from transforms.query.parameters import quote
from transforms.reading import read_job

HARMLESS = "harmless"
COLUMNS = {"t": "string", "x": "int", "day": "date"}
OURS = re.compile(r"[A-Za-z0-9_ `(),:=<>*\n.|&+'-]*")
"""The characters of which our own words and markers consist."""


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def column(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def queries(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for sink in plan.sinks:
        for checkpoint in sink.checkpoints:
            found += [checkpoint.marked, checkpoint.broken]
        found.append(sink.query)
    return [(query.sql, dict(query.parameters)) for query in found]


def with_value(value: str) -> dict[str, Any]:
    """A job in which the value stands wherever values can stand."""
    quarantine = {"parquet": {"path": "q"}}
    return job_of(
        COLUMNS,
        {"name": "f", "filter": {"where": f"t = {text(value)} OR t IN ({text(value)}, 'other') OR t LIKE {text('a')}"}},
        {"name": "m", "filter": {"where": {"any": [{"column": "t", "equals": value}, {"column": "t", "in": [value]}]}}},
        {"name": "d", "derive": {"columns": {"u": f"concat(t, {text(value)}) || {text(value)}"}}},
        {"name": "v", "validate": {"rules": ["same"], "quarantine": quarantine}},
        {"name": "w", "window": {"partition_by": ["t"], "values": {"n": f"count_if(t = {text(value)})"}}},
        {"name": "p", "pivot": {"by": ["x"], "column": "t", "values": {"a": text(value)}, "value": "count(*)"}},
        rules={"same": {"expect": {"column": "t", "not_equals": value}}},
    )


def with_name(name: str) -> dict[str, Any]:
    """A job in which a column has the name wherever it can have one."""
    quarantine = {"parquet": {"path": "q"}}
    return job_of(
        {name: "string", "some column": "int", "other column": "int"},
        {"name": "f", "filter": {"where": f"{column(name)} = 'a'"}},
        {"name": "d", "derive": {"columns": {name: f"upper({column(name)})", "made column": column(name)}}},
        {"name": "v", "validate": {"rules": ["known"], "quarantine": quarantine}},
        {"name": "u", "union": {"with": ["f"], "missing": "null"}},
        {"name": "k", "deduplicate": {"key": [name], "order_by": [{"column": name, "descending": True}]}},
        {"name": "w", "window": {"partition_by": [name], "values": {"some column": f"count({column(name)})"}}},
        {"name": "j", "join": {"with": "data", "on": [name], "take": []}},
        {"name": "a", "aggregate": {"by": [name], "values": {"made column": f"max({column(name)})"}}},
        {"name": "s", "select": {"columns": ["made column"], "rename": {"made column": name}}},
        rules={"known": {"expect": f"{column(name)} IS NOT NULL"}},
    )


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_hostile_value_leaves_the_sql_as_it_is(tmp_path: Path, value: str) -> None:
    job = with_value(value)
    if problems := errors(written(job, tmp_path)):
        # An expression has an end; that is the one way in which a text can be too much.
        assert len(value) > 3000
        assert all("characters, 4000 are the most" in problem for problem in problems)
        return
    ours, harmless = queries(compiled(job, tmp_path)), queries(compiled(with_value(HARMLESS), tmp_path))
    assert [sql for sql, _ in ours] == [sql for sql, _ in harmless]
    for (sql, found), (_, expected) in zip(ours, harmless, strict=True):
        assert OURS.fullmatch(sql)
        assert found == {marker: value if each == HARMLESS else each for marker, each in expected.items()}


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_hostile_name_leaves_the_sql_as_it_is_but_for_its_marker(tmp_path: Path, name: str) -> None:
    ours, harmless = queries(compiled(with_name(name), tmp_path)), queries(compiled(with_name(HARMLESS), tmp_path))
    for (sql, found), (expected, names) in zip(ours, harmless, strict=True):
        assert OURS.fullmatch(sql)
        assert shape(sql) == shape(expected)
        meant = {str(value).replace(quote(HARMLESS), quote(name)) for value in names.values()}
        assert set(map(str, found.values())) == meant


def shape(sql: str) -> str:
    """A query without its markers' own names."""
    return re.sub(r":\w+", ":marker", sql)


@pytest.mark.parametrize("name", REFUSED_NAMES, ids=ascii)
def test_a_name_that_no_column_can_have_is_refused(tmp_path: Path, name: str) -> None:
    assert any("expected a column's name" in each for each in errors(written(with_name(name), tmp_path)))


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda text: ascii(text)[:60])
def test_a_text_that_is_no_expression_is_refused(tmp_path: Path, expression: str) -> None:
    job = job_of({"x": "int", "t": "string"}, {"name": "d", "derive": {"columns": {"made": expression}}})
    (problem, *_) = errors(written(job, tmp_path))
    assert re.match(r"\d+: steps\[0\]\.derive\.columns\.made: ", problem), problem


@pytest.mark.parametrize("kind", ["name", "from", "with", "rule"])
@pytest.mark.parametrize("name", [*VALUES[:40], "Data", "1a", "a-b", "a b", "a.b", "__marked_s"], ids=ascii)
def test_the_name_of_a_step_source_or_rule_is_a_word(tmp_path: Path, kind: str, name: str) -> None:
    step: dict[str, Any] = {"name": "s", "filter": {"where": "x > 1"}}
    if kind == "name":
        step["name"] = name
    elif kind == "from":
        step["from"] = name
    else:
        step = (
            {"name": "s", "union": {"with": [name]}} if kind == "with" else {"name": "s", "validate": {"rules": [name]}}
        )
    assert errors(written(job_of({"x": "int"}, step), tmp_path))


@pytest.mark.parametrize("kind", VALUES[:60], ids=ascii)
def test_a_format_or_step_of_another_kind_is_refused(tmp_path: Path, kind: str) -> None:
    job = job_of({"x": "int"}, {"name": "s", kind: {}})
    job["sources"]["data"] = {kind: {"path": "data"}, "columns": {"x": "int"}}
    assert len(errors(written(job, tmp_path))) >= 2


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_parameter_changes_a_place_and_never_an_expression(tmp_path: Path, value: str) -> None:
    columns = dict.fromkeys(("path", "table", "connection", "batch"), "'${who}'")
    job = job_of({"x": "int"}, {"name": "d", "derive": {"columns": columns}}, parameters={"who": {"default": "nobody"}})
    job["sources"]["data"]["parquet"]["path"] = "data/${who}"
    path = written(job, tmp_path)
    if not value.isprintable():
        with pytest.raises(DocumentError, match="expected a text"):
            read_job(path, {"who": value})
        return
    found = read_job(path, {"who": value})
    assert found.sources["data"].place.path == f"data/{value}"  # type: ignore[union-attr]
    assert queries(compile_job(analyse(found))) == queries(compile_job(analyse(read_job(path))))
