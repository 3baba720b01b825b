"""Folders: each mode gives the same result a second time, and no failure leaves half of one."""

import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from tests.transforms.runtime.jobs import Workshop
from transforms.runtime.errors import DataError, RunError

ROOT = Path(__file__).parents[3]


def test_overwrite_replaces_all_and_leaves_nothing_beside(shop: Workshop) -> None:
    shop.run(shop.job())
    shop.write("in/cases.csv", "country,day,cases\nMali,2020-03-01,1\n")

    report = shop.run(shop.job())

    assert shop.rows() == [("Mali", date(2020, 3, 1), 1)]
    assert shop.entries() == {"in", "job.yaml", "out"}
    assert [(sink.name, sink.mode, sink.rows) for sink in report.sinks] == [("result", "overwrite", 1)]


def test_a_place_is_told_by_its_shortest_path(shop: Workshop) -> None:
    report = shop.run(shop.job(sink={"parquet": {"path": "in/../elsewhere/../out"}}))

    assert report.sinks[0].place == str(shop.folder / "out")


def test_a_sink_that_writes_where_a_source_lies_is_found_by_whatever_path(shop: Workshop) -> None:
    with pytest.raises(DataError, match=r"sink result writes to .*/in, where source cases lies"):
        shop.run(shop.job(sink={"parquet": {"path": "out/../in"}}))


@pytest.mark.parametrize("partitions", [[], ["country"]])
def test_appending_the_same_batch_again_replaces_it_and_another_batch_adds(
    shop: Workshop, partitions: list[str]
) -> None:
    def append(batch: str) -> None:
        shop.run(
            shop.job(sink={"parquet": {"path": "out", "partition_by": partitions}, "mode": "append", "batch": batch})
        )

    append("monday")
    append("monday")
    assert len(shop.rows()) == 3
    append("tuesday")
    assert len(shop.rows()) == 6


def test_overwrite_partitions_touches_only_those_that_have_rows(shop: Workshop) -> None:
    sink = {"parquet": {"path": "out", "partition_by": ["country"]}, "mode": "overwrite_partitions"}
    shop.run(shop.job(sink=sink))
    shop.write("in/cases.csv", "country,day,cases\nKenya,2020-03-05,9\n")

    shop.run(shop.job(sink=sink))

    assert shop.rows("out", "country", "cases") == [("Italy", 1694), ("Italy", 2036), ("Kenya", 9)]


def test_a_partitioned_folder_without_a_row_can_still_be_read(shop: Workshop) -> None:
    steps = [{"name": "none", "filter": {"where": "cases > 1000000"}}]

    shop.run(shop.job(steps=steps, sink={"parquet": {"path": "out", "partition_by": ["country"]}}))

    assert shop.rows() == []


def test_csv_is_written_so_that_it_is_read_back(shop: Workshop) -> None:
    shop.write("in/cases.csv", 'country,day,cases\n"Korea, ""South""",2020-03-01,1\n')
    shop.run(shop.job(sink={"csv": {"path": "text"}}))
    source = {"csv": {"path": "text"}, "columns": {"country": "string", "day": "date", "cases": "bigint"}}

    shop.run(shop.job(source=source))

    assert shop.rows() == [('Korea, "South"', date(2020, 3, 1), 1)]


@pytest.mark.parametrize("path", ["in", "in/deeper", "."])
def test_a_sink_that_would_write_where_the_job_reads_is_refused(shop: Workshop, path: str) -> None:
    job = shop.job(sink={"parquet": {"path": path}})

    with pytest.raises(DataError, match=r"sink result writes to .*, where source cases lies"):
        shop.run(job)

    assert (shop.folder / "in/cases.csv").exists()
    assert len(shop.check(job)) == 1


def test_a_mistake_that_only_the_data_shows_leaves_the_old_data_whole(shop: Workshop) -> None:
    shop.run(shop.job())
    before = shop.rows()
    steps = [{"name": "share", "derive": {"columns": {"share": "10 % cases"}}}]

    with pytest.raises(RunError, match="BY_ZERO"):
        shop.run(shop.job(steps=steps))

    assert shop.rows() == before
    assert shop.entries() == {"in", "job.yaml", "out"}


def test_what_a_run_left_that_was_killed_between_its_two_renames_is_put_right(shop: Workshop) -> None:
    shop.run(shop.job())
    before = shop.rows()
    (shop.folder / "out").rename(shop.folder / ".out.old-killed")
    (shop.folder / ".out.staging-killed").mkdir()
    shop.write("in/cases.csv", "country,day,cases\nItaly,2020-03-01,nothing\n")

    with pytest.raises(DataError):
        shop.run(shop.job())

    assert shop.rows() == before
    assert shop.entries() == {"in", "job.yaml", "out"}


def test_a_driver_that_is_killed_while_it_writes_leaves_the_old_data_and_a_second_run_completes(shop: Workshop) -> None:
    shop.run(shop.job())
    before = shop.rows()
    many = "".join(f"Italy,2020-03-01,{number}\n" for number in range(400_000))
    shop.write("in/cases.csv", f"country,day,cases\n{many}")
    # Slow enough to be caught at it: each row's digest's digest's digest.
    digest = "sha2(" * 25 + "digest" + ", 512)" * 25
    again = [{"name": f"again_{turn}", "derive": {"columns": {"digest": digest}}} for turn in range(3)]
    job = shop.job(steps=[{"name": "first", "derive": {"columns": {"digest": "CAST(cases AS string)"}}}, *again])
    code = "import sys; from pathlib import Path; from transforms.reading import read_job; "
    code += "from transforms.runtime.run import run; run(read_job(Path(sys.argv[1])))"
    # The JVM ends with its driver: it watches the pipe that is its standard input.
    driver = subprocess.Popen(
        [sys.executable, "-c", code, str(job)], cwd=ROOT, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        staging = wait_for_staging(shop.folder, driver)
    finally:
        driver.send_signal(signal.SIGKILL)
        driver.wait()
    assert shop.rows() == before
    # The Java process notices a moment later; what it still writes is not in the sink's place.
    wait_until_quiet(staging)

    report = shop.run(job)

    assert report.sinks[0].rows == 400_000
    assert shop.entries() == {"in", "job.yaml", "out"}


def wait_for_staging(folder: Path, driver: subprocess.Popen[bytes]) -> Path:
    for _ in range(3000):
        found = [file.parent for each in folder.glob(".out.staging-*") for file in each.rglob("part-*")]
        if found:
            return next(folder.glob(".out.staging-*"))
        assert driver.poll() is None, "the run ended before it could be killed"
        time.sleep(0.05)
    raise AssertionError("the run staged nothing")


def wait_until_quiet(folder: Path) -> None:
    sizes: dict[Path, int] = {}
    for _ in range(300):
        now = {file: file.stat().st_size for file in folder.rglob("*") if file.is_file()}
        if now == sizes:
            return
        sizes = now
        time.sleep(1)
