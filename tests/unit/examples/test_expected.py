"""The independent computation gives the numbers that a person works out with pencil and paper."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from examples.covid.expected import OWID, SERIES, expected, main
from examples.covid.generate import Size, generate

# Cumulative       29 Jan, 30, 31, 1 Feb, 2 Feb. New cases of the whole country, and their trailing means:
# Australia            0   10  30   30    33     NULL 10 20 0 3      NULL 10 15 10 8.25
# Fiji                 5    5   4    4     5     NULL  0 -1 0 1      NULL  0 -1/2 -1/3 0
# Korea, South         1    2   4    8    16     NULL  1  2 4 8      NULL  1 3/2 7/3 15/4
SERIES_TEXT = """\
Province/State,Country/Region,Lat,Long,1/29/20,1/30/20,1/31/20,2/1/20,2/2/20
Queensland,Australia,-27.4698,153.0251,0,7,20,20,22
Victoria,Australia,-37.8136,144.9631,,3,10,10,11
,Fiji,-17.7134,178.065,5,5,4,4,5
,"Korea, South",35.907757,127.766922,1,2,4,8,16
,Diamond Princess,0,0,1,100,200,300,400
"""
OWID_TEXT = """\
iso_code,continent,location,date,total_cases,new_cases,population
AUS,Oceania,Australia,2020-01-30,10.0,10.0,26200000.0
AUS,Oceania,Australia,2020-01-31,30.0,20.0,26200000.0
FJI,Oceania,Fiji,2020-01-29,5.0,5.0,930000.0
KOR,Asia,South Korea,2020-01-29,1.0,1.0,51800000.0
OWID_OCE,,Oceania,2020-01-30,15.0,15.0,40000000.0
OWID_WRL,,World,2020-01-30,17.0,17.0,8000000000.0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / SERIES).parent.mkdir()
    (tmp_path / SERIES).write_text(SERIES_TEXT)
    (tmp_path / OWID).write_text(OWID_TEXT)
    return tmp_path


def test_the_numbers_are_those_worked_out_by_hand(folder: Path) -> None:
    january, february = date(2020, 1, 1), date(2020, 2, 1)
    found = expected(folder)
    assert [row[:3] + row[4:] for row in found] == [
        ("Asia", january, 3, 1, date(2020, 1, 31), 2),
        ("Asia", february, 12, 1, date(2020, 2, 2), 8),
        ("Oceania", january, 29, 2, date(2020, 1, 31), 19),
        ("Oceania", february, 4, 2, date(2020, 2, 2), 4),
    ]
    means = [(1 + 3 / 2) / 2, (7 / 3 + 15 / 4) / 2, (10 + 15 + 0 - 1 / 2) / 4, (10 + 8.25 - 1 / 3 + 0) / 4]
    assert [row.mean_7_day for row in found] == pytest.approx(means, rel=1e-12)


def test_the_mean_is_of_seven_rows_and_no_more(folder: Path) -> None:
    days = ",".join(f"3/{day}/20" for day in range(1, 12))
    (folder / SERIES).write_text(f"Province/State,Country/Region,Lat,Long,{days}\n,Fiji,1,2,0,0,7,7,7,7,7,7,7,7,7\n")
    # New cases are 7 on the third day and 0 on the others: seven rows hold them from the third to the ninth day.
    means = [0, 7 / 2, 7 / 3, 7 / 4, 7 / 5, 7 / 6, 7 / 7, 7 / 7, 0, 0]
    assert [row.mean_7_day for row in expected(folder)] == [pytest.approx(sum(means) / 10, rel=1e-12)]


def test_the_earliest_of_equally_bad_days_is_the_worst(folder: Path) -> None:
    header = "Province/State,Country/Region,Lat,Long,3/1/20,3/2/20,3/3/20,3/4/20"
    (folder / SERIES).write_text(f"{header}\n,Fiji,1,2,0,4,5,9\n")
    assert [(row.worst_day, row.worst_day_cases) for row in expected(folder)] == [(date(2020, 3, 2), 4)]


def test_a_month_of_first_days_alone_does_not_appear(folder: Path) -> None:
    (folder / SERIES).write_text("Province/State,Country/Region,Lat,Long,1/31/20,2/1/20\n,Fiji,1,2,3,4\n")
    assert [(row.month, row.new_cases) for row in expected(folder)] == [(date(2020, 2, 1), 1)]


def test_a_row_that_does_not_fit_is_refused_and_not_dropped(folder: Path) -> None:
    text = (folder / SERIES).read_text()
    for broken in (text.replace("-17.7134,", ""), text.replace(",5,5,4", ",five,5,4"), text.replace("2/1/20", "x")):
        (folder / SERIES).write_text(broken)
        with pytest.raises(duckdb.Error):
            expected(folder)


def test_all_generated_cases_are_counted_once(tmp_path: Path) -> None:
    generate(tmp_path, Size(countries=30, days=100, seed=3))
    found = expected(tmp_path)
    assert found == sorted(found)
    assert {(row.continent, row.month) for row in found} == {
        (continent, date(2020, month, 1))
        for continent in ("Africa", "Asia", "Europe", "North America", "Oceania", "South America")
        for month in (1, 2, 3, 4)
    }
    # Every country of the thirty but the ship, and all that was confirmed between the first day and the last.
    assert sum(row.countries for row in found if row.month == date(2020, 4, 1)) == 29
    lines = (tmp_path / SERIES).read_text().replace('"Korea, South"', "Korea").splitlines()[1:]
    cells = [line.split(",") for line in lines if "Princess" not in line]
    assert sum(row.new_cases for row in found) == sum(int(line[-1]) - int(line[4]) for line in cells)


def test_the_command_prints_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[:2] == [
        "continent,month,new_cases,mean_7_day,countries,worst_day,worst_day_cases",
        "Asia,2020-01-01,3,1.25,1,2020-01-31,2",
    ]


def test_the_command_says_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("usage: python -m examples.covid.expected DIR\n")
    assert SERIES in said
