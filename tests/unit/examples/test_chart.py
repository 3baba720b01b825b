"""The chart is a picture of the result, and says so when there is none."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from matplotlib import image

from examples.covid.chart import DOTS_PER_INCH, SIZE, Month, UnreadableResultError, draw, main, read

RESULT = """
    SELECT * FROM (VALUES
        ('North America', DATE '2020-01-01', 5::BIGINT, 0.5),
        ('North America', DATE '2020-02-01', 7::BIGINT, 0.7),
        ('Asia', DATE '2020-02-01', -3::BIGINT, 0.1)
    ) AS result (continent, month, new_cases, mean_7_day)
"""
POINTS = [
    Month("Asia", date(2020, 2, 1), -3),
    Month("North America", date(2020, 1, 1), 5),
    Month("North America", date(2020, 2, 1), 7),
]


def write(folder: Path, options: str = "") -> None:
    duckdb.execute(f"COPY ({RESULT}) TO '{folder}' (FORMAT parquet{options})")


def test_a_result_is_read_with_and_without_partitions(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    write(tmp_path / "plain" / "part-00000.snappy.parquet")
    write(tmp_path / "parted", ", PARTITION_BY (continent)")
    (tmp_path / "plain" / "_SUCCESS").touch()
    assert read(tmp_path / "plain") == read(tmp_path / "parted") == POINTS


def test_the_picture_is_a_png_of_the_size_that_was_meant(tmp_path: Path) -> None:
    write(tmp_path / "result.parquet")
    out = tmp_path / "pictures" / "cases.png"
    assert main([str(tmp_path), str(out)]) == 0
    assert out.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = image.imread(out)
    assert pixels.shape[:2] == (SIZE[1] * DOTS_PER_INCH, SIZE[0] * DOTS_PER_INCH)
    blue, orange = (0, 0x72 / 255, 0xB2 / 255), (0xD5 / 255, 0x5E / 255, 0)
    for colour in (blue, orange):
        assert (abs(pixels[:, :, :3] - colour).max(axis=2) < 0.01).sum() > 100


def test_one_month_is_enough(tmp_path: Path) -> None:
    draw(POINTS[:1], tmp_path / "one.png")
    assert image.imread(tmp_path / "one.png").size


def test_no_result_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(tmp_path / "out.png")]) == 1
    assert capsys.readouterr().err == f"{tmp_path}: there is no Parquet file; run the job first\n"
    with pytest.raises(UnreadableResultError, match="the result has no row: nothing to draw"):
        draw([], tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_a_result_without_the_columns_is_refused_by_name(tmp_path: Path) -> None:
    duckdb.execute(f"COPY (SELECT 1 AS other) TO '{tmp_path}/x.parquet' (FORMAT parquet)")
    with pytest.raises(UnreadableResultError, match="continent"):
        read(tmp_path)


def test_wrong_arguments_get_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err == "usage: python -m examples.covid.chart RESULT_FOLDER OUT.png\n"
