"""On Spark a hostile text is a text, a hostile name a name, and nothing outside the tables is reached."""

from pathlib import Path

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from tests.transforms.running import made, queried, register
from tests.unit.transforms.hostile import NAMES, VALUES
from tests.unit.transforms.jobs import compiled, job_of
from transforms.schema import repeated

TEXTS = [value for value in dict.fromkeys(VALUES) if len(value) < 1000]
COLUMNS = [name for name in NAMES if name not in repeated(NAMES)]


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def column(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def test_every_hostile_text_means_itself(spark: SparkSession, tmp_path: Path) -> None:
    register(spark, "data", {"t": "string", "n": "int"}, [(value, index) for index, value in enumerate(TEXTS)])
    same = {f"same {index}": f"t = {text(value)}" for index, value in enumerate(TEXTS)}
    held = {f"held {index}": text(value) for index, value in enumerate(TEXTS)}
    job = job_of(
        {"t": "string", "n": "int"},
        {"name": "d", "derive": {"columns": {**same, **held}}},
        {"name": "f", "filter": {"where": {"column": "t", "in": TEXTS}}},
    )
    rows = made(spark, compiled(job, tmp_path)).collect()
    assert sorted(row["n"] for row in rows) == list(range(len(TEXTS)))
    for row in rows:
        assert [row[f"held {index}"] for index in range(len(TEXTS))] == TEXTS
        assert [index for index in range(len(TEXTS)) if row[f"same {index}"]] == [row["n"]]


def test_every_hostile_text_is_found_by_like_only_as_a_pattern(spark: SparkSession, tmp_path: Path) -> None:
    plain = [value for value in TEXTS if not set(value) & set("%_\\")]
    register(spark, "data", {"t": "string", "n": "int"}, [(value, index) for index, value in enumerate(plain)])
    like = {f"like {index}": f"t LIKE {text(value)}" for index, value in enumerate(plain)}
    job = job_of({"t": "string", "n": "int"}, {"name": "d", "derive": {"columns": like}})
    for row in made(spark, compiled(job, tmp_path)).collect():
        assert [index for index in range(len(plain)) if row[f"like {index}"]] == [row["n"]]


def test_hostile_texts_become_the_columns_of_a_pivot_and_nothing_else(spark: SparkSession, tmp_path: Path) -> None:
    register(spark, "data", {"t": "string", "n": "int"}, [(value, index) for index, value in enumerate(TEXTS)])
    values = {f"c{index}": text(value) for index, value in enumerate(TEXTS)}
    step = {"name": "p", "pivot": {"by": ["one"], "column": "t", "values": values, "value": "sum(n)"}}
    one = {"name": "d", "derive": {"columns": {"one": 1}}}
    (row,) = made(spark, compiled(job_of({"t": "string", "n": "int"}, one, step), tmp_path)).collect()
    assert [row[name] for name in values] == list(range(len(TEXTS)))


def test_every_hostile_name_names_its_own_column(spark: SparkSession, tmp_path: Path) -> None:
    rows = [[f"{row}:{name}" for name in COLUMNS] for row in ("a", "b", "b")]
    types = dict.fromkeys(COLUMNS, "string")
    register(spark, "data", types, rows)
    quarantine = {"parquet": {"path": "q"}}
    rules = {f"r{index}": {"expect": f"{column(name)} <> 'a:x'"} for index, name in enumerate(COLUMNS[:60])}
    job = job_of(
        types,
        {
            "name": "f",
            "filter": {
                "where": " AND ".join(f"{column(name)} IS NOT NULL" for name in COLUMNS)[:3900].rsplit(" AND ", 1)[0]
            },
        },
        {"name": "v", "validate": {"rules": [*rules], "quarantine": quarantine}},
        {"name": "d", "derive": {"columns": {name: f"upper({column(name)})" for name in COLUMNS}}},
        {"name": "u", "union": {"with": ["f"]}},
        {"name": "k", "deduplicate": {"key": COLUMNS, "order_by": COLUMNS}},
        {"name": "w", "window": {"partition_by": COLUMNS[1:], "values": {COLUMNS[0]: f"max({column(COLUMNS[0])})"}}},
        {"name": "j", "join": {"with": "f", "on": COLUMNS, "how": "left", "take": []}},
        {"name": "a", "aggregate": {"by": COLUMNS, "values": {"made last": "count(*)"}}},
        rules=rules,
    )
    found = made(spark, compiled(job, tmp_path))
    assert found.columns == [*COLUMNS, "made last"]
    lower = [tuple(f"{row}:{name}" for name in COLUMNS) for row in ("a", "b")]
    expected = {(*row, 2 if row[0].startswith("b") else 1) for row in lower}
    # The upper-case rows differ from their own in the table, so each of them has no partner.
    expected |= {(*(each.upper() for each in row), 1) for row in lower}
    assert {tuple(row) for row in found.collect()} == expected


@pytest.mark.parametrize("name", COLUMNS[::8], ids=ascii)
def test_a_hostile_name_becomes_the_column_of_an_unpivot(spark: SparkSession, tmp_path: Path, name: str) -> None:
    register(spark, "numbers", {name: "int", "other column": "int"}, [(1, 2)])
    step = {"columns": [name, "other column"], "names_to": name, "values_to": "made column"}
    job = job_of({name: "int", "other column": "int"}, {"name": "u", "unpivot": step})
    job["sources"] = {"numbers": job["sources"]["data"]}
    found = made(spark, compiled(job, tmp_path))
    assert found.schema.names == [name, "made column"]


def test_every_keyword_of_spark_can_be_a_column(spark: SparkSession, tmp_path: Path) -> None:
    words = [row[0].lower() for row in spark.sql("SELECT keyword FROM sql_keywords()").collect()]
    assert len(words) > 300
    register(spark, "data", dict.fromkeys(words, "int"), [range(len(words))])
    job = job_of(
        dict.fromkeys(words, "int"),
        {"name": "d", "derive": {"columns": {word: f"`{word}` + 1" for word in words}}},
        {"name": "a", "aggregate": {"by": words, "values": {"made column": "count(*)"}}},
    )
    (row,) = made(spark, compiled(job, tmp_path)).collect()
    assert tuple(row) == (*range(1, len(words) + 1), 1)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT java_method('java.lang.System', 'getProperty', 'user.home')",
        "SELECT reflect('java.lang.System', 'getProperty', 'user.home')",
        "SELECT try_reflect('java.lang.System', 'getProperty', 'user.home')",
        "SELECT * FROM csv.`/etc/passwd`",
        "SELECT * FROM text.`/etc/passwd`",
    ],
)
def test_the_session_itself_refuses_what_no_job_can_say(spark: SparkSession, sql: str) -> None:
    with pytest.raises(PySparkException):
        spark.sql(sql).collect()


def test_a_marker_is_not_read_as_sql_by_the_session(spark: SparkSession, tmp_path: Path) -> None:
    register(spark, "data", {"t": "string"}, [("x",)])
    hostile = "x' UNION ALL SELECT * FROM text.`/etc/passwd` --"
    plan = compiled(job_of({"t": "string"}, {"name": "f", "filter": {"where": f"t <> {text(hostile)}"}}), tmp_path)
    assert [tuple(row) for row in queried(spark, plan.sinks[0].query).collect()] == [("x",)]
