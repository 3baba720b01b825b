"""Jobs that read and write tables of a real server, over TLS, with the logins that the platform made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from tests.sandbox.environment.connections import jar, write_connection
from tests.sandbox.environment.stack import Stack
from tests.transforms.session import start
from transforms.reading import read_job
from transforms.runtime.connections import VARIABLE
from transforms.runtime.errors import DataError, RunError
from transforms.runtime.report import Report
from transforms.runtime.run import check, run
from transforms.runtime.stagings import LONGEST_NAME, staging_of

pytestmark = pytest.mark.sandbox

TABLE = "public.transforms_test"
LEFT = "left_by_a_killed_run"
COLUMNS = {"country": "string", "day": "date", "cases": "bigint"}
UPSERT: dict[str, Any] = {"mode": "upsert", "key": ["country", "day"]}
ROWS = "country,day,cases\nItaly,2020-03-01,1694\nKenya,2020-03-01,0\nItaly,2020-03-02,2036\n"


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    session = start(tmp_path_factory.mktemp("spark"), **{"spark.jars": str(jar())})
    yield session
    session.stop()


@pytest.fixture(scope="module")
def connections(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("connections")
    write_connection(stack, folder, "cases")
    write_connection(stack, folder, "cases", "reader", "cases_reader")
    return folder


class Desk:
    """Where a job is written, run and looked at."""

    name = TABLE.partition(".")[2]
    kept = f"{name}_kept"

    def __init__(self, stack: Stack, spark: SparkSession, folder: Path) -> None:
        self.stack, self.spark, self.folder = stack, spark, folder
        self.write(ROWS)

    def write(self, rows: str) -> None:
        (self.folder / "in.csv").write_text(rows)

    def job(self, source: dict[str, Any] | None = None, connection: str = "cases", **sink: Any) -> Path:
        file = self.folder / "job.yaml"
        content = {
            "name": "tables",
            "sources": {"rows": source or {"csv": {"path": "in.csv"}, "columns": COLUMNS}},
            "sinks": {"table": {"jdbc": {"connection": connection, "table": TABLE}} | sink},
        }
        file.write_text(yaml.safe_dump(content))
        return file

    def run(self, file: Path) -> Report:
        return run(read_job(file), session=self.spark)

    def rows(self, columns: str = "country, cases") -> list[tuple[Any, ...]]:
        with self.stack.connect("cases", "owner") as database:
            return sorted(database.execute(f"SELECT {columns} FROM {TABLE}").fetchall())

    def quarantining(self) -> Path:
        """A job that keeps rows without cases in a table of their own."""
        file = self.job()
        content = yaml.safe_load(file.read_text())
        content["rules"] = {"some": {"expect": "cases > 0"}}
        place = {"connection": "cases", "table": f"public.{self.kept}"}
        content["steps"] = [{"name": "good", "validate": {"rules": ["some"], "quarantine": {"jdbc": place}}}]
        file.write_text(yaml.safe_dump(content))
        return file

    def create(self, table: str) -> None:
        """A table with one column of nothing."""
        with self.stack.connect("cases", "owner") as database:
            database.execute(f'CREATE TABLE public."{table}" ({LEFT} integer)')

    def tables(self) -> list[str]:
        with self.stack.connect("cases", "owner") as database:
            found = database.execute("SELECT tablename FROM pg_tables WHERE tablename LIKE 'transforms_test%'")
            return [row[0] for row in found.fetchall()]


@pytest.fixture
def desk(
    stack: Stack, spark: SparkSession, connections: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Desk]:
    monkeypatch.setenv(VARIABLE, str(connections))
    made = Desk(stack, spark, tmp_path)
    yield made
    with stack.connect("cases", "owner") as database:
        for table in made.tables():
            database.execute(f'DROP TABLE public."{table}"')


def test_a_table_is_made_and_replaced(desk: Desk) -> None:
    desk.run(desk.job())
    desk.write("country,day,cases\nMali,2020-03-01,1\n")

    report = desk.run(desk.job())

    assert desk.rows() == [("Mali", 1)]
    assert desk.tables() == ["transforms_test"]
    assert report.sinks[0].place == f"cases: {TABLE}"


def test_many_rows_go_into_a_small_server(desk: Desk) -> None:
    many = "".join(f"Italy,2020-03-01,{number}\n" for number in range(100_000))
    desk.write(f"country,day,cases\n{many}")

    desk.run(desk.job())

    assert desk.rows("count(*), sum(cases)") == [(100_000, sum(range(100_000)))]


def test_a_batch_that_is_appended_again_is_replaced(desk: Desk) -> None:
    for batch in ("monday", "monday", "tuesday"):
        desk.run(desk.job(mode="append", batch=batch))

    assert len(desk.rows()) == 6
    assert set(desk.rows("_batch")) == {("monday",), ("tuesday",)}


def test_an_upsert_replaces_the_rows_of_its_keys_and_keeps_the_others(desk: Desk) -> None:
    desk.run(desk.job(**UPSERT))
    desk.write("country,day,cases\nItaly,2020-03-02,7\nMali,2020-03-02,1\n")

    desk.run(desk.job(**UPSERT))

    assert desk.rows() == [("Italy", 7), ("Italy", 1694), ("Kenya", 0), ("Mali", 1)]


@pytest.mark.parametrize(
    ("row", "says"),
    [("Italy,2020-03-01,5", "2 rows have one key"), (",2020-03-01,5", "a row has NULL in its key")],
)
def test_an_upsert_that_cannot_be_is_refused_and_the_table_is_whole(desk: Desk, row: str, says: str) -> None:
    desk.run(desk.job(**UPSERT))
    before = desk.rows()
    desk.write(f"{ROWS}{row}\n")

    with pytest.raises(DataError, match=says):
        desk.run(desk.job(**UPSERT))

    assert desk.rows() == before
    assert desk.tables() == ["transforms_test"]


def test_an_upsert_into_a_table_without_that_key_is_refused_before_anything_runs(desk: Desk) -> None:
    desk.run(desk.job())

    with pytest.raises(RunError, match="upsert needs a unique index or primary key on"):
        desk.run(desk.job(mode="upsert", key=["country", "day"]))


def test_a_login_that_may_only_read_is_told_so_before_anything_runs(desk: Desk) -> None:
    (problem,) = check(read_job(desk.job(connection="cases_reader")), session=desk.spark)

    assert "may not create tables in the schema public" in problem
    assert desk.tables() == []


def test_a_table_is_read_by_several_tasks(desk: Desk) -> None:
    desk.run(desk.job())
    place = {"connection": "cases", "table": TABLE, "partition_column": "cases", "partitions": 3}
    file = desk.job(source={"jdbc": place, "columns": COLUMNS})
    content = yaml.safe_load(file.read_text())
    content["sinks"] = {"copy": {"parquet": {"path": "copy"}}}
    file.write_text(yaml.safe_dump(content))

    desk.run(file)

    copied = desk.spark.read.parquet(str(desk.folder / "copy"))
    assert sorted((row.country, row.cases) for row in copied.collect()) == desk.rows()


def test_a_connection_that_is_not_there_is_named_with_those_that_are(desk: Desk) -> None:
    with pytest.raises(RunError, match=r"the connection 'figures' is not there: .* there are cases, cases_reader"):
        desk.run(desk.job(connection="figures"))


def test_a_column_that_the_table_lacks_is_named(desk: Desk) -> None:
    desk.run(desk.job())
    source = {"csv": {"path": "in.csv"}, "columns": {**COLUMNS, "n": {"type": "bigint", "from": "cases"}}}

    with pytest.raises(RunError, match="the table has no column n; it has cases, country, day"):
        desk.run(desk.job(source=source))


def test_tables_that_killed_runs_left_are_removed_and_nothing_else_is(desk: Desk) -> None:
    killed, longer = staging_of(desk.name, "0123456789ab"), staging_of(f"{desk.name}__staging_more", "0123456789ab")
    theirs = f"{desk.name}__staging_mine"
    for table in (killed, staging_of(desk.kept, "ba9876543210"), longer, theirs):
        desk.create(table)

    desk.run(desk.quarantining())

    assert set(desk.tables()) == {desk.name, desk.kept, longer, theirs}


def test_a_table_of_the_longest_name_is_written_and_what_a_killed_run_staged_for_it_is_removed(desk: Desk) -> None:
    long = desk.name.ljust(LONGEST_NAME, "x")
    sibling = staging_of(f"{long[:-1]}y", "0123456789ab")
    for table in (staging_of(long, "0123456789ab"), sibling):
        desk.create(table)

    desk.run(desk.job(jdbc={"connection": "cases", "table": f"public.{long}"}))

    assert set(desk.tables()) == {long, sibling}


def test_a_quarantine_that_cannot_be_written_is_told_before_anything_runs(desk: Desk) -> None:
    desk.create(desk.kept)

    (problem,) = check(read_job(desk.quarantining()), session=desk.spark)

    assert f"the table has no column cases; it has {LEFT}" in problem
