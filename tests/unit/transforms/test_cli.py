"""The command as people and pipelines call it: what it prints, where, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.unit.transforms import runtime
from transforms.cli.main import main
from transforms.cli.progress import Progress
from transforms.cli.summary import table

ROOT = Path(__file__).resolve().parents[3]

SOUND = """\
name: monthly
parameters:
  month: {}
sources:
  cases:
    csv: {path: "data/${month}.csv"}
    columns: {country: string, cases: bigint}
rules:
  not_negative: {expect: cases >= 0, severity: fail}
steps:
  - name: judged
    validate: {rules: [not_negative]}
  - name: totals
    aggregate: {by: [country], values: {cases: sum(cases)}}
sinks:
  monthly:
    parquet: {path: out/monthly}
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    file = tmp_path / "monthly.yaml"
    file.write_text(SOUND)
    return file


def broken(job: Path) -> Path:
    job.write_text(SOUND.replace("sum(cases)", "sum(casses)").replace("by: [country]", "by: [land]"))
    return job


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., Any]], None]:
    """Give the command a runtime."""
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    return lambda run: runtime.install(monkeypatch, run)


def test_a_sound_job_is_checked_in_silence(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(job)]) == 0
    assert capsys.readouterr() == ("", "")


def test_every_mistake_is_one_line_with_its_place_and_status_2(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(broken(job))]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f'{job}:14: steps[1].aggregate.by[0]: step totals: there is no column "land"; there are country, cases.',
        f'{job}:14: steps[1].aggregate.values.cases: step totals: there is no column "casses". Did you mean cases?',
    ]


@pytest.mark.parametrize("command", ["run", "explain", "check"])
def test_a_broken_job_ends_every_command_with_2_before_spark_starts(
    command: str, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, str(broken(job)), "--set", "month=2020-01"]) == 2
    assert "Did you mean cases?" in capsys.readouterr().err


def test_explain_prints_the_query_its_parameters_and_the_columns_after_each_step(
    job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(job)]) == 0

    out, err = capsys.readouterr()
    assert err == ""
    assert "-- source cases: country string, cases bigint\n" in out
    assert "-- step totals (aggregate): country string, cases bigint\n" in out
    assert "-- sink monthly, overwrite\nWITH " in out
    assert "sum(IDENTIFIER(:cases))" in out
    assert "--   :cases" in out


def test_explain_ends_well_when_nobody_reads_on(job: Path) -> None:
    command = f"'{sys.executable}' -m transforms explain '{job}' | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S602
    assert done.stdout == "-- job monthly\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "month"], "argument --set: expected name=value; got 'month'"),
        (["--set", "month=1", "--set", "month=2"], "argument --set: month is set twice"),
        (["--sett", "month=1"], "unrecognized arguments: --sett"),
        (["--master", "yarn"], "unrecognized arguments: --master"),
    ],
)
def test_wrong_usage_ends_with_2_and_what_was_expected(
    words: list[str], said: str, job: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", str(job), *words])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_parameter_that_the_job_does_not_have_is_refused(job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(job), "--set", "moth=2020-01"]) == 2
    assert 'the job has no parameter "moth" that could be set. Did you mean month?' in capsys.readouterr().err


SUMMARY = """\
job monthly, run 20200401T000000-1f, 12.3 s

source          rows  unreadable
cases      1,234,567           3
countries          -           0

rule          step    severity    broken    of rows
not_negative  judged  quarantine      12  1,234,567

sink     rows  mode       place
monthly   120  overwrite  /data/monthly

phase         seconds
bind sources      0.8
write sinks      10.1

warning: source countries: the file b.csv lacks the column since
"""


def test_a_run_shows_its_phases_while_it_runs_and_a_summary_at_its_end(
    job: Path, ran: Callable[[Callable[..., Any]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def run(job: Any, progress: Callable[[str], None]) -> Any:
        assert job.sources["cases"].csv.path == "data/2020-01.csv"
        progress("bind sources")
        progress("write sinks")
        return runtime.REPORT

    ran(run)
    assert main(["run", str(job), "--set", "month=2020-01"]) == 0

    out, err = capsys.readouterr()
    assert out == SUMMARY
    assert err == "  0:00  bind sources\n  0:00  write sinks\n"


@pytest.mark.parametrize(
    ("error", "status"), [(runtime.DataError, 3), (None, 1)], ids=["the data broke rules", "the run failed"]
)
def test_a_run_that_ends_early_says_why_and_shows_what_was_counted(
    error: Any, status: int, job: Path, ran: Callable[[Callable[..., Any]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def run(job: Any, progress: Callable[[str], None]) -> Any:  # noqa: ARG001
        kind = error or sys.modules["transforms.runtime.run"].RunError
        raise kind("rule not_negative: 12 of 1,234,567 rows break it", runtime.REPORT)

    ran(run)
    assert main(["run", str(job), "--set", "month=2020-01"]) == status

    out, err = capsys.readouterr()
    assert out == SUMMARY
    assert err == "transforms run: rule not_negative: 12 of 1,234,567 rows break it\n"


def test_a_run_without_a_report_prints_its_reason_alone(
    job: Path, ran: Callable[[Callable[..., Any]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def run(job: Any, progress: Callable[[str], None]) -> Any:  # noqa: ARG001
        raise sys.modules["transforms.runtime.run"].RunError("source cases: there is no file data/2020-01.csv")

    ran(run)
    assert main(["run", str(job), "--set", "month=2020-01"]) == 1
    assert capsys.readouterr() == ("", "transforms run: source cases: there is no file data/2020-01.csv\n")


def test_an_unexpected_error_is_one_line_and_its_traceback_lies_in_a_private_file(
    job: Path,
    ran: Callable[[Callable[..., Any]], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def run(job: Any, progress: Callable[[str], None]) -> Any:  # noqa: ARG001
        raise ZeroDivisionError("one line\nand pages of JSON")

    ran(run)
    assert main(["run", str(job), "--set", "month=2020-01"]) == 1

    [log] = tmp_path.glob("transforms-*.log")
    assert capsys.readouterr().err == (
        f"transforms run: unexpected ZeroDivisionError: one line (the traceback is in {log}; --debug shows it)\n"
    )
    assert "and pages of JSON" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0

    with pytest.raises(ZeroDivisionError):
        main(["run", str(job), "--set", "month=2020-01", "--debug"])


def test_an_interrupted_run_says_so_and_ends_with_130(
    job: Path, ran: Callable[[Callable[..., Any]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def run(job: Any, progress: Callable[[str], None]) -> Any:  # noqa: ARG001
        raise KeyboardInterrupt

    ran(run)
    assert main(["run", str(job), "--set", "month=2020-01"]) == 130
    assert capsys.readouterr().err == "\ntransforms run: interrupted\n"


def test_without_spark_a_run_says_how_to_get_it(job: Path, tmp_path: Path) -> None:
    (tmp_path / "blocked/pyspark").mkdir(parents=True)
    (tmp_path / "blocked/pyspark/__init__.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'pyspark'\", name='pyspark')\n"
    )
    search = os.pathsep.join([str(tmp_path / "blocked"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "transforms", "check", job, "--connect", "--set", "month=2020-01"],
        env=os.environ | {"PYTHONPATH": search}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        "transforms check: Spark is not installed here: pip install 'etl-transforms[spark]', "
        "or submit the job with spark-submit\n"
    )


def test_a_long_phase_gives_signs_of_life() -> None:
    out = StringIO()
    with Progress(out, every=0.02) as progress:
        progress.phase("write sinks")
        until = time.monotonic() + 5
        while "still" not in out.getvalue() and time.monotonic() < until:
            time.sleep(0.01)
    shown = out.getvalue().splitlines()
    assert shown[0] == "  0:00  write sinks"
    assert shown[1] == "  0:00  still write sinks"


def test_a_table_without_rows_is_left_out() -> None:
    assert table(("rule", "broken"), []) == []


@pytest.mark.parametrize("threshold", ["half", '"0.5"', "true"])
def test_a_threshold_is_a_number(threshold: str, job: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job.write_text(SOUND.replace("severity: fail", f"severity: fail, threshold: {threshold}"))

    assert main(["check", str(job)]) == 2
    assert f"{job}:9: rules.not_negative.threshold: expected a number; got " in capsys.readouterr().err
