"""Measurements become rows; what cannot be measured becomes a row too."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.report import NotMeasuredError, Row, keep, median, table, timed

ROWS = [
    Row("make up", "compiling Kubernetes", 412.34, goal="under 20 min"),
    Row("make up", "fetching etcd", 2.6),
    Row("memory", "together", None, "MiB", note="no sandbox runs: make up"),
]


def test_a_table_groups_rows_and_says_what_was_not_measured() -> None:
    assert table(ROWS).splitlines()[2:] == [
        "| **make up** | | | |",
        "| compiling Kubernetes | 412 s | under 20 min |  |",
        "| fetching etcd | 2.60 s |  |  |",
        "| **memory** | | | |",
        "| together | not measured |  | no sandbox runs: make up |",
    ]


def test_a_reason_stays_in_its_cell() -> None:
    [line] = table([Row("g", "n", None, note="first | second\nthird" + "." * 300)]).splitlines()[3:]
    assert line.startswith("| n | not measured |  | first \\| second third...")
    assert line.endswith("… |")


def test_the_file_holds_the_numbers_and_the_machine(tmp_path: Path) -> None:
    keep(ROWS, tmp_path / "new" / "figures.json")
    found = json.loads((tmp_path / "new" / "figures.json").read_text())
    assert [row["value"] for row in found["rows"]] == [412.34, 2.6, None]
    assert found["machine"]["cpus"] >= 1
    assert found["taken"].endswith("+00:00")


def test_a_command_that_fails_is_not_taken_for_a_fast_one() -> None:
    script = "import sys; print('one\\ntwo\\nthe reason'); sys.exit(3)"
    with pytest.raises(NotMeasuredError, match=r"ended with 3: one \| two \| the reason"):
        timed([sys.executable, "-c", script])


def test_the_middle_measurement_counts() -> None:
    seconds = iter([9.0, 1.0, 2.0])
    assert median(lambda: next(seconds), 3) == 2.0


def test_one_measurement_that_is_not_possible_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def impossible() -> Iterator[Row]:
        yield from ()
        raise NotMeasuredError("no sandbox runs: make up")

    def possible() -> Iterator[Row]:
        yield Row("checks", "quick", 1.0)

    monkeypatch.setattr(command, "measures", lambda *_, **__: {"bad": impossible, "good": possible})
    assert command.main(["--json", str(tmp_path / "figures.json")]) == 0
    printed = capsys.readouterr().out
    assert "| bad | not measured |  | no sandbox runs: make up |" in printed
    assert "| quick | 1 s |  |  |" in printed
    assert (tmp_path / "figures.json").is_file()


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        command.main(["speed"])
    assert done.value.code == 2
    assert "no such measurement: speed; there are parts, up, unchanged" in capsys.readouterr().err
