"""Job files to begin with: sound as they stand, also where their examples are uncommented."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from transforms.analysis import analyse
from transforms.cli.errors import CommandError
from transforms.cli.guess import guess, type_of
from transforms.cli.main import main
from transforms.cli.new import name_of
from transforms.query.compile import compile_job
from transforms.reading import read_job
from transforms.spec.schema import schema

JHU = """\
Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,1/24/20,1/25/20
,Afghanistan,33.93911,67.709953,0,0,0,0
,"Korea, South",35.907757,127.766922,1,,2,2
"""


def write(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


@pytest.mark.parametrize("data", [None, "wide.csv"])
def test_a_new_file_is_sound_and_so_are_its_examples(data: str | None, tmp_path: Path) -> None:
    write(tmp_path / "wide.csv", JHU)
    file = tmp_path / "new.yaml"
    assert main(["new", str(file), *(["--from", str(tmp_path / data)] if data else [])]) == 0

    compile_job(analyse(read_job(file)))

    write(file, re.sub(r"^# (?=parameters:|rules:|steps:|  )", "", file.read_text(), flags=re.MULTILINE))
    job = read_job(file)
    assert [step.name for step in job.steps] == ["judged", "once"]
    compile_job(analyse(job))
    Draft202012Validator(schema()).validate(yaml.safe_load(file.read_text()))


def test_the_columns_come_from_the_header_and_the_types_from_the_rows(tmp_path: Path) -> None:
    write(tmp_path / "wide.csv", JHU)
    (tmp_path / "jobs").mkdir()
    file = tmp_path / "jobs/covid.yaml"
    main(["new", str(file), "--from", str(tmp_path / "wide.csv")])

    source = read_job(file).sources["data"]

    assert source.csv is not None
    assert source.csv.path == "../wide.csv"
    assert {name: str(spec.type) for name, spec in source.columns.items()} == {
        "Province/State": "string",
        "Country/Region": "string",
        "Lat": "double",
        "Long": "double",
        "days": "bigint",
    }
    assert source.columns["days"].matching is not None
    assert source.columns["days"].example == ("1/22/20", "1/25/20")


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (["1", "-2", ""], "bigint"),
        (["1", "2.5"], "double"),
        ([".5", "1e3"], "double"),
        (["007"], "string"),
        (["12345678901234567890"], "string"),
        (["true", "False"], "boolean"),
        (["2020-01-22"], "date"),
        (["2020-01-22 03:00:00", "2020-01-22T03:00:00Z"], "timestamp"),
        (["1/22/20"], "string"),
        (["2020-01-22", "soon"], "string"),
        (["", " "], "string"),
    ],
)
def test_a_type_is_guessed_only_when_every_value_has_its_form(values: list[str], found: str) -> None:
    assert type_of(values) == found


def test_headers_that_cannot_be_columns_are_left_out_and_named(tmp_path: Path) -> None:
    file = write(tmp_path / "odd.csv", "\ufeffid;;ID;__x;no\n1;2;3;4;yes\n")

    found = guess(file)

    assert found.delimiter == ";"
    assert dict(found.columns) == {"id": "bigint", "no": "string"}
    assert found.left_out == (
        "column 2 has no header",
        'column 3, "ID", has the header of another one',
        'column 4, "__x", has a header that is no column\'s name',
    )
    main(["new", str(tmp_path / "odd.yaml"), "--from", str(file)])
    assert set(read_job(tmp_path / "odd.yaml").sources["data"].columns) == {"id", "no"}


def test_json_tells_more_than_csv(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "name": "a", "day": "2020-01-22", "rate": 1, "tags": ["x"], "open": True, "at": {"x": 1}},
        {"id": 2, "name": None, "day": "2020-01-23", "rate": 1.5, "tags": [], "open": False, "late": None},
    ]
    file = write(tmp_path / "rows.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    found = guess(file)

    assert found.format == "json"
    assert dict(found.columns) == {
        "id": "bigint", "name": "string", "day": "date", "rate": "double", "tags": "array<string>",
        "open": "boolean", "late": "string",
    }  # fmt: skip
    assert found.left_out == ('column "at" holds objects or lists of several kinds',)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.csv", None, "there is no file or folder .*absent.csv"),
        ("table.xlsx", b"PK", "is not a file that ends in .csv, .tsv"),
        ("empty.csv", b"", "has no header"),
        ("latin.csv", b"land\nT\xfcrkei\n", "is not UTF-8, byte 6: convert it first"),
        ("open.csv", b'a\n"never closed\n', "cannot be read as CSV"),
        ("list.json", b"[1]\n", "expected one JSON object a line"),
        ("empty.json", b"", "is empty"),
        ("cut.json", b'{"a": \n', "cannot be read as JSON"),
    ],
)
def test_data_that_cannot_be_looked_at_is_refused(
    name: str, content: bytes | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)

    assert main(["new", str(tmp_path / "job.yaml"), "--from", str(tmp_path / name)]) == 2

    assert re.search(said, capsys.readouterr().err)
    assert not (tmp_path / "job.yaml").exists()


def test_an_existing_file_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path / "mine.yaml", "mine")

    assert main(["new", str(file)]) == 2

    assert file.read_text() == "mine"
    assert "is there already and stays as it is" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", str(tmp_path / "absent/job.yaml")]) == 2
    assert "cannot be written: no such file or directory" in capsys.readouterr().err


def test_a_folder_is_known_by_its_first_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    write(tmp_path / "data/b.csv", "b\n1\n")
    write(tmp_path / "data/a.csv", "a\n1\n")

    assert dict(guess(tmp_path / "data").columns) == {"a": "bigint"}
    (tmp_path / "none").mkdir()
    with pytest.raises(CommandError, match="is a folder without a file that ends in"):
        guess(tmp_path / "none")


def test_a_file_below_the_platforms_checkout_names_its_schema(tmp_path: Path) -> None:
    (tmp_path / "docs/transforms").mkdir(parents=True)
    (tmp_path / "docs/transforms/job.schema.json").touch()
    (tmp_path / "jobs").mkdir()

    main(["new", str(tmp_path / "jobs/a.yaml")])

    first = (tmp_path / "jobs/a.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=../docs/transforms/job.schema.json"


@pytest.mark.parametrize(
    ("file", "name"), [("Covid-19.v2.yaml", "covid_19"), ("2020.yaml", "job_2020"), ("é.yaml", "job")]
)
def test_a_job_is_named_after_its_file(file: str, name: str) -> None:
    assert name_of(Path(file)) == name
