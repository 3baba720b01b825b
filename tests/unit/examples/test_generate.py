"""The generated files have the real layouts, agree with each other, and are bad where the manifest says so."""

import csv
import filecmp
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from examples.covid import daily, owid
from examples.covid.countries import countries
from examples.covid.generate import MANIFEST, Size, generate, main
from examples.covid.sheet import Layout

SIZE = Size(countries=24, days=330, seed=7)
SERIES = "csse_covid_19_time_series/time_series_covid19_{}_global.csv"
REPORTS = "csse_covid_19_daily_reports"

# As they stand in the files of CSSEGISandData/COVID-19.
FIRST = "Province/State,Country/Region,Last Update,Confirmed,Deaths,Recovered"
THIRD = "FIPS,Admin2,Province_State,Country_Region,Last_Update,Lat,Long_,Confirmed,Deaths,Recovered,Active,Combined_Key"
HEADERS = {
    "01-22-2020": FIRST,
    "02-29-2020": FIRST,
    "03-01-2020": f"{FIRST},Latitude,Longitude",
    "03-21-2020": f"{FIRST},Latitude,Longitude",
    "03-22-2020": THIRD,
    "05-28-2020": THIRD,
    "05-29-2020": f"{THIRD},Incidence_Rate,Case-Fatality_Ratio",
    "11-08-2020": f"{THIRD},Incidence_Rate,Case-Fatality_Ratio",
    "11-09-2020": f"{THIRD},Incident_Rate,Case_Fatality_Ratio",
}
UPDATED = {
    "01-22-2020": ("1/22/2020 17:00", "%m/%d/%Y %H:%M"),
    "01-23-2020": ("1/23/20 17:00", "%m/%d/%y %H:%M"),
    "01-31-2020": ("1/31/2020 23:59", "%m/%d/%Y %H:%M"),
    "03-11-2020": ("2020-03-11T20:53:02", "%Y-%m-%dT%H:%M:%S"),
    "03-22-2020": ("3/22/20 23:45", "%m/%d/%y %H:%M"),
    "03-23-2020": ("2020-03-23 23:19:34", "%Y-%m-%d %H:%M:%S"),
    "05-29-2020": ("2020-05-30 04:32:48", "%Y-%m-%d %H:%M:%S"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without bad rows."""
    root = tmp_path_factory.mktemp("covid") / "good"
    assert generate(root, SIZE) == []
    return root


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with each kind of bad row twice."""
    root = tmp_path_factory.mktemp("covid") / "bad"
    generate(root, SIZE._replace(bad=2))
    return root


def rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines, strict=True)


def files(root: Path) -> list[str]:
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())


def counted(root: Path, measure: str) -> dict[tuple[str, str], list[int]]:
    """A measure's days by country and province."""
    return {
        (row.pop("Country/Region"), row.pop("Province/State")): [int(row[day]) for day in list(row)[2:]]
        for row in rows(root / SERIES.format(measure))
    }


def summed(root: Path, measure: str) -> dict[str, list[int]]:
    """A measure's days by country."""
    found: dict[str, list[int]] = {}
    for (country, _), days in counted(root, measure).items():
        found[country] = [one + other for one, other in zip(found.get(country, [0] * len(days)), days, strict=True)]
    return found


def test_the_same_seed_gives_the_same_bytes(spoiled: Path, tmp_path: Path) -> None:
    generate(tmp_path, SIZE._replace(bad=2))
    assert files(tmp_path) == files(spoiled)
    assert filecmp.cmpfiles(tmp_path, spoiled, files(spoiled), shallow=False)[1:] == ([], [])


def test_another_seed_gives_another_epidemic(data: Path, tmp_path: Path) -> None:
    generate(tmp_path, SIZE._replace(seed=8))
    assert summed(tmp_path, "confirmed") != summed(data, "confirmed")
    assert summed(tmp_path, "confirmed").keys() == summed(data, "confirmed").keys()


def test_fewer_days_are_the_beginning_of_more(data: Path, tmp_path: Path) -> None:
    generate(tmp_path, SIZE._replace(days=40))
    whole = counted(data, "confirmed")
    assert {place: days[:40] for place, days in whole.items()} == counted(tmp_path, "confirmed")


@pytest.mark.parametrize("measure", ["confirmed", "deaths", "recovered"])
def test_the_series_have_the_real_header(data: Path, measure: str) -> None:
    header = (data / SERIES.format(measure)).read_text().splitlines()[0]
    assert header.startswith("Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,")
    assert header.endswith(",12/15/20,12/16/20")


def test_the_series_have_the_real_difficulties(data: Path) -> None:
    text = (data / SERIES.format("confirmed")).read_text()
    assert '\n,"Korea, South",35.907757,127.766922,' in text
    assert "\nHubei,China,30.9756,112.2707," in text
    assert "\n,United Kingdom,55.3781,-3.436," in text
    assert "\n,US,40.0,-100.0," in text
    assert "\n,Diamond Princess,0.0,0.0," in text
    confirmed = summed(data, "confirmed").values()
    assert any(later < day for days in confirmed for day, later in pairwise(days))


def test_recoveries_end_as_they_did(tmp_path: Path) -> None:
    generate(tmp_path, Size(countries=3, days=562))
    recovered = counted(tmp_path, "recovered").values()
    assert all(days[-2] > 0 and days[-1] == 0 for days in recovered)
    before, after = (next(rows(tmp_path / REPORTS / f"08-0{day}-2021.csv")) for day in (4, 5))
    assert int(before["Active"]) == int(before["Confirmed"]) - int(before["Deaths"]) - int(before["Recovered"])
    assert (after["Recovered"], after["Active"]) == ("", "")


@pytest.mark.parametrize(("day", "header"), HEADERS.items())
def test_a_report_has_the_header_of_its_day(data: Path, day: str, header: str) -> None:
    assert (data / REPORTS / f"{day}.csv").read_text(encoding="utf-8-sig").splitlines()[0] == header


@pytest.mark.parametrize(("day", "said", "format_"), [(day, *each) for day, each in UPDATED.items()])
def test_a_report_has_the_timestamps_of_its_day(data: Path, day: str, said: str, format_: str) -> None:
    column = "Last Update" if day < "03-22-2020" else "Last_Update"
    assert {row[column] for row in rows(data / REPORTS / f"{day}.csv")} == {said}
    assert 0 <= (datetime.strptime(said, format_) - datetime.strptime(day, "%m-%d-%Y")).days <= 1  # noqa: DTZ007


def test_some_reports_begin_with_a_byte_order_mark(data: Path) -> None:
    marked = {each.stem for each in (data / REPORTS).iterdir() if each.read_bytes().startswith(b"\xef\xbb\xbf")}
    assert {"01-22-2020", "03-22-2020"} <= marked
    assert not marked & {"02-15-2020", "03-23-2020", "06-01-2020"}


def test_the_us_is_a_row_in_the_series_and_counties_in_the_reports(data: Path) -> None:
    early = (data / REPORTS / "03-09-2020.csv").read_text()
    assert '\n"King County, WA",US,' in early
    assert "South Korea,2020" in early
    late = (data / REPORTS / "03-23-2020.csv").read_text()
    assert "\n53033,King,Washington,US,2020-03-23 23:19:34,47.49137892,-121.8346131," in late
    assert ',"King, Washington, US"\n' in late
    assert '"Korea, South"' in late


def test_early_reports_leave_zeros_blank(data: Path) -> None:
    january = list(rows(data / REPORTS / "01-22-2020.csv"))
    assert {(row["Deaths"], row["Recovered"]) for row in january} == {("", "")}
    assert {row["Confirmed"] for row in january} == {"1"}


def test_reports_agree_with_the_series(data: Path) -> None:
    early = {country.early_name: country.name for country in countries(SIZE.countries)}
    series = [summed(data, measure) for measure in ("confirmed", "deaths", "recovered")]
    for index, file in enumerate(sorted((data / REPORTS).iterdir(), key=day_of)):
        reported: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in rows(file):
            name = row["Country_Region"] if "Country_Region" in row else row["Country/Region"]
            for at, measure in enumerate(("Confirmed", "Deaths", "Recovered")):
                reported[early.get(name, name)][at] += int(row[measure] or 0)
        for country in series[0]:
            assert reported[country] == [each[country][index] for each in series], (file, country)


def day_of(file: Path) -> date:
    return datetime.strptime(file.stem, "%m-%d-%Y").date()  # noqa: DTZ007


def test_owids_table_has_the_real_columns_in_order(data: Path) -> None:
    assert (data / owid.FILE).read_text().splitlines()[0] == (
        "iso_code,continent,location,date,total_cases,new_cases,new_cases_smoothed,total_deaths,new_deaths,"
        "new_deaths_smoothed,total_cases_per_million,new_cases_per_million,new_cases_smoothed_per_million,"
        "total_deaths_per_million,new_deaths_per_million,new_deaths_smoothed_per_million,population"
    )


def test_owids_table_agrees_with_the_series(data: Path) -> None:
    names = {country.location: country.name for country in countries(SIZE.countries)}
    confirmed, deaths = summed(data, "confirmed"), summed(data, "deaths")
    seen = set()
    for row in rows(data / owid.FILE):
        if not row["continent"]:
            continue
        country, index = names[row["location"]], (date.fromisoformat(row["date"]) - date(2020, 1, 22)).days
        before = confirmed[country][index - 1] if index else 0
        assert row["total_cases"] == f"{confirmed[country][index]}.0"
        assert row["new_cases"] == f"{confirmed[country][index] - before}.0"
        assert float(row["total_deaths"] or 0) == deaths[country][index]
        seen.add(country)
    assert seen == {each.name for each in countries(SIZE.countries) if each.iso_code}


def test_owids_means_are_of_seven_days(data: Path) -> None:
    china = [row for row in rows(data / owid.FILE) if row["location"] == "China"]
    assert [row["new_cases_smoothed"] for row in china[:6]] == [""] * 6
    for end in range(7, len(china) + 1):
        week = sum(float(row["new_cases"]) for row in china[end - 7 : end])
        assert float(china[end - 1]["new_cases_smoothed"]) == pytest.approx(week / 7, abs=0.001)


def test_owids_aggregates_are_sums_without_a_continent(data: Path) -> None:
    table = list(rows(data / owid.FILE))
    aggregates = {row["iso_code"] for row in table if not row["continent"]}
    assert {"OWID_WRL", "OWID_EUN", "OWID_ASI"} <= aggregates
    assert {row["continent"] for row in table if row["iso_code"] == "OWID_KOS"} == {"Europe"}
    last = [row for row in table if row["date"] == "2020-12-16"]
    world = sum(float(row["total_cases"]) for row in last if row["continent"])
    assert [float(row["total_cases"]) for row in last if row["iso_code"] == "OWID_WRL"] == [world]


def test_owids_table_has_corrections_and_gaps(data: Path) -> None:
    table = list(rows(data / owid.FILE))
    assert any(float(row["new_cases"]) < 0 for row in table if row["continent"])
    assert any(row["total_deaths"] == "" for row in table)


def test_made_up_countries_follow_the_real_ones() -> None:
    many = countries(1000)
    assert len({each.name for each in many}) == len({each.location for each in many}) == 1000
    codes = [each.iso_code for each in many if each.iso_code]
    assert len(set(codes)) == len(codes) == 998
    assert many[:70] == countries(70)
    assert many[999].name == "Country 0933"


def test_the_manifest_names_every_file_with_its_rows(spoiled: Path) -> None:
    manifest = json.loads((spoiled / MANIFEST).read_text())
    bad_in: dict[str, int] = defaultdict(int)
    for each in manifest["bad_rows"]:
        bad_in[each["file"]] += each["line"] is not None
    found = {each["file"]: each["good_rows"] + bad_in[each["file"]] + 1 for each in manifest["files"]}
    assert found == {
        file: (spoiled / file).read_bytes().count(b"\n")
        for file in files(spoiled)
        if file not in {MANIFEST, f"{REPORTS}/12-17-2020.csv"}
    }


def test_what_is_left_without_the_bad_lines_is_the_good_file(data: Path, spoiled: Path) -> None:
    bad = json.loads((spoiled / MANIFEST).read_text())["bad_rows"]
    for file in files(data):
        if file != MANIFEST:
            lines = {each["line"] for each in bad if each["file"] == file}
            kept = (spoiled / file).read_bytes().splitlines(keepends=True)
            assert b"".join(line for number, line in enumerate(kept, 1) if number not in lines) == (
                (data / file).read_bytes()
            ), file


def test_each_bad_row_is_bad_as_the_manifest_says(spoiled: Path) -> None:
    bad = json.loads((spoiled / MANIFEST).read_text())["bad_rows"]
    kinds: dict[str, int] = defaultdict(int)
    for each in bad:
        if each["kind"] == "empty_file":
            assert (spoiled / each["file"]).read_bytes() == b""
            assert each["file"] == f"{REPORTS}/12-17-2020.csv"
        else:
            header, *lines = csv.reader((spoiled / each["file"]).read_text(encoding="utf-8-sig").splitlines())
            check(header, lines, each["line"] - 2, each["kind"], each["column"])
        kinds[each["kind"]] += 1
    # Three series, OWID's table and a report of each of five layouts, twice; the series have no dates in their rows.
    assert kinds == {
        "too_few_fields": 18,
        "too_many_fields": 18,
        "unparsable_number": 18,
        "duplicate_key": 18,
        "null_key": 18,
        "unparsable_date": 12,
        "empty_file": 1,
    }


def check(header: list[str], lines: list[list[str]], at: int, kind: str, column: str | None) -> None:
    line = lines[at]
    if kind == "too_few_fields":
        assert len(line) < len(header)
    elif kind == "too_many_fields":
        assert len(line) > len(header)
    elif kind == "duplicate_key":
        places = [index for index, name in enumerate(header) if name in KEYS]
        same = [each for each in lines if [each[index] for index in places] == [line[index] for index in places]]
        assert len(same) >= 2
    else:
        assert column is not None
        value = line[header.index(column)]
        if kind == "null_key":
            assert value == ""
        else:
            parse = float if kind == "unparsable_number" else datetime.fromisoformat
            with pytest.raises(ValueError, match=r"."):
                parse(value)


KEYS = (
    *("Province/State", "Country/Region"),
    *("Admin2", "Province_State", "Country_Region"),
    *("iso_code", "date"),
)


def test_of_two_rows_with_a_key_the_greater_count_is_the_true_one(data: Path, spoiled: Path) -> None:
    bad = json.loads((spoiled / MANIFEST).read_text())["bad_rows"]
    [number, *_] = [each["line"] for each in bad if (each["file"], each["kind"]) == (owid.FILE, "duplicate_key")]
    false = (spoiled / owid.FILE).read_text().splitlines()[number - 1].split(",")
    [true] = [row for row in rows(data / owid.FILE) if (row["iso_code"], row["date"]) == (false[0], false[3])]
    assert float(false[4]) < float(true["total_cases"])


def test_layouts_can_spoil_only_columns_that_they_have() -> None:
    for layout in (owid.LAYOUT, *(daily.layout(since) for since, _ in daily.LAYOUTS)):
        assert isinstance(layout, Layout)
        assert {*layout.key, *layout.counts, layout.date} <= set(layout.columns)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").write_text("do not lose")
    with pytest.raises(SystemExit) as stopped:
        main(["--out", str(tmp_path), "--countries", "1", "--days", "1"])
    assert stopped.value.code == 2
    assert f"{tmp_path} is not empty: name a new folder, or empty it" in capsys.readouterr().err
    assert files(tmp_path) == ["thesis.txt"]


def test_the_command_says_what_there_is_now(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new"
    assert main(["--out", str(out), "--countries", "2", "--days", "3", "--bad"]) == 0
    assert capsys.readouterr().out == f"{out}: 2 countries, 3 days, 28 bad rows (manifest.json names them)\n"


def test_nothing_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path), "--days", "0"])
    assert "argument --days: 0 is not at least 1" in capsys.readouterr().err
