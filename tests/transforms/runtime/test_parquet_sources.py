"""Parquet: files that drifted are named one by one, before a row is read."""

from datetime import date

import pytest

from tests.transforms.runtime.jobs import COLUMNS, Workshop
from transforms.runtime.errors import DataError, RunError

SOURCE = {"parquet": {"path": "in.parquet"}, "columns": COLUMNS}
DAY = date(2020, 3, 1)


@pytest.fixture(autouse=True)
def _sound_file(shop: Workshop) -> None:
    shop.parquet("in.parquet", "country string, day date, cases bigint", [("Italy", DAY, 5)])


@pytest.mark.parametrize(
    ("schema", "row", "says"),
    [
        (
            "country string, day date, cases string",
            ("Ghana", DAY, "7"),
            "the column cases is string, and the job expects bigint",
        ),
        (
            "country string, day date, cases double",
            ("Ghana", DAY, 7.0),
            "the column cases is double, and the job expects bigint",
        ),
        (
            "country string, day string, cases bigint",
            ("Ghana", "x", 7),
            "the column day is string, and the job expects date",
        ),
        ("country string, day date, case bigint", ("Ghana", DAY, 7), 'no column "cases"; is it "case"?'),
    ],
)
def test_a_file_that_drifted_is_named_with_what_it_has(
    shop: Workshop, schema: str, row: tuple[object, ...], says: str
) -> None:
    shop.parquet("in.parquet", schema, [row])

    with pytest.raises(DataError) as failure:
        shop.run(shop.job(source=SOURCE))

    assert says in str(failure.value)
    assert str(failure.value).count("part-") == 1
    assert "out" not in shop.entries()


def test_a_narrower_type_is_widened_and_an_optional_column_may_be_missing(shop: Workshop) -> None:
    shop.parquet("in.parquet", "country string, cases int", [("Ghana", 7)])
    columns = {"country": "string", "cases": "bigint", "day": {"type": "date", "optional": True}}

    report = shop.run(shop.job(source={"parquet": {"path": "in.parquet"}, "columns": columns}))

    assert shop.rows() == [("Ghana", 7, None), ("Italy", 5, DAY)]
    assert report.sources[0].rows == 2


def test_a_file_that_was_cut_is_named(shop: Workshop) -> None:
    file = next((shop.folder / "in.parquet").glob("part-*.parquet"))
    file.write_bytes(file.read_bytes()[:-10])
    for checksum in (shop.folder / "in.parquet").glob(".*.crc"):
        checksum.unlink()

    with pytest.raises(RunError, match=rf"{file.name} is no whole Parquet file"):
        shop.run(shop.job(source=SOURCE))


def test_a_partitioned_folder_is_read_with_its_partitions(shop: Workshop) -> None:
    shop.run(shop.job(source=SOURCE, sink={"parquet": {"path": "parts", "partition_by": ["country"]}}))

    shop.run(shop.job(source={"parquet": {"path": "parts"}, "columns": COLUMNS}))

    assert shop.rows() == [("Italy", DAY, 5)]
