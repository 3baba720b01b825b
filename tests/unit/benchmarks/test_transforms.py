"""Tables to measure on are what they are said to be, jobs are what is compared, and a race is fair."""

from pathlib import Path

import duckdb
import pytest

from benchmarks import __main__ as command
from benchmarks.report import NotMeasuredError
from benchmarks.transforms import data, jobs
from benchmarks.transforms.engines import duckdb_answers, duckdb_over, polars_answers
from benchmarks.transforms.race import Times, race

ROWS = 20_000


def rows_of(query: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as engine:
        return engine.execute(query).fetchall()


def test_tables_are_the_same_each_time_and_gone_at_the_end(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        with data.tables(tmp_path / "tables", ROWS) as made:
            found.append(rows_of(f"SELECT count(*), sum(hash(line)) FROM '{made['lineitem']}' AS line"))
            assert made.megabytes > 0
    assert found[0] == found[1]
    assert not list(tmp_path.iterdir())


def test_lines_belong_to_orders_and_follow_them(tmp_path: Path) -> None:
    with data.tables(tmp_path / "tables", ROWS) as made:
        [(strays, early)] = rows_of(
            f"""SELECT count(*) FILTER (o_orderkey IS NULL), count(*) FILTER (l_shipdate <= o_orderdate)
            FROM '{made["lineitem"]}' LEFT JOIN '{made["orders"]}' ON l_orderkey = o_orderkey"""
        )
    assert (strays, early) == (0, 0)


def test_each_of_ten_rules_is_broken_in_the_stated_share_of_rows(tmp_path: Path) -> None:
    broken = """iso_code IS NULL OR location = '' OR date < '2020-01-01' OR new_cases < 0 OR new_deaths < 0
        OR new_deaths > 1e6 OR total_cases IS NULL OR new_tests > 1e6 OR stringency_index > 100
        OR tests_units = 'estimated'"""
    with data.tables(tmp_path / "tables", 200_000) as made:
        for variant, share in data.SHARES.items():
            [(rows, found)] = rows_of(f"SELECT count(*), count_if({broken}) FROM '{made[f'daily_{variant}']}'")
            assert isinstance(rows, int)
            assert found == pytest.approx(share * rows, rel=0.2)


def test_a_disk_that_is_too_small_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(NotMeasuredError, match="GB of disk below"), data.tables(tmp_path / "tables", 10**15):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", jobs.COMPARED)
def test_every_compared_job_compiles_and_has_its_query_by_hand(name: str, tmp_path: Path) -> None:
    [sink] = jobs.compiled(name).sinks
    with data.tables(tmp_path / "tables", ROWS) as made, duckdb_over(made) as duck:
        columns = [column[0] for column in duck.execute(jobs.by_hand(name)).description or ()]
        assert len(duckdb_answers(duck, name)) == len(polars_answers(made, name)) > 0
    assert list(sink.query.schema.names) == columns


@pytest.mark.parametrize("name", jobs.CHECKED)
def test_rules_are_all_that_a_checked_job_has_more(name: str, tmp_path: Path) -> None:
    [without], [behind] = jobs.compiled(name).sinks, jobs.with_ten_rules(name, tmp_path).sinks
    [checkpoint] = behind.checkpoints
    assert len(checkpoint.rules) == 10
    assert not without.checkpoints
    assert behind.query.schema == without.query.schema


def test_the_job_of_twenty_steps_has_twenty(tmp_path: Path) -> None:
    assert len(jobs.compile_file(jobs.of_twenty_steps(tmp_path)).analysis.job.steps) == 20


def test_a_race_lets_each_way_begin_in_turn() -> None:
    order: list[str] = []
    times = race("two ways", {"a": lambda: order.append("a"), "b": lambda: order.append("b")}, rounds=2)
    assert "".join(order) == "ababab" + "ba"
    assert {way: len(each) for way, each in times.seconds.items()} == {"a": 2, "b": 2}


def test_a_ratio_is_taken_within_each_round() -> None:
    # A machine that was busy in one round slowed both ways.
    times = Times({"ours": (1.1, 11.0, 1.1), "theirs": (1.0, 10.0, 1.0)})
    assert times.ratio("ours", "theirs") == pytest.approx(1.1)


@pytest.mark.parametrize("text", ["0", "51", "1,,10", "-1", "1.5", "ten"])
def test_a_number_of_rows_that_is_none_is_refused(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--rows", text, "transforms"])
    assert f"expected millions of rows, 1 to 50, such as 1,10; got {text!r}" in capsys.readouterr().err
