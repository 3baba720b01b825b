"""CSV and JSON: what does not fit is told, kept or counted, and never let through."""

from datetime import date

import pytest

from tests.transforms.runtime.jobs import CASES, COLUMNS, Workshop
from transforms.runtime.errors import DataError

ITALY = ("Italy", date(2020, 3, 1), 1694)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Ghana,2020-03-03", "it has not as many fields as the header, or is no record"),
        ("Ghana,2020-03-03,5,6", "it has not as many fields as the header, or is no record"),
        ("Ghana,2020-03-03,many", "cases is no bigint"),
        ("Ghana,2020-03-03,1.5", "cases is no bigint"),
        ("Ghana,2020-03-03,9223372036854775808", "cases is no bigint"),
        ("Ghana,2020-02-30,5", "day is no date"),
        ("Ghana,3/3/20,5", "day is no date"),
    ],
)
class TestARowThatDoesNotFit:
    def test_ends_the_job_and_leaves_the_old_data_whole(self, shop: Workshop, line: str, reason: str) -> None:
        job = shop.job()
        shop.run(job)
        shop.write("in/more.csv", f"country,day,cases\n{line}\n")

        with pytest.raises(DataError, match=r"^source cases: 1 of 4 rows do not fit its columns$"):
            shop.run(job)

        assert len(shop.rows()) == 3
        assert shop.entries() == {"in", "job.yaml", "out"}
        assert reason

    def test_is_kept_with_its_file_and_the_reason_where_there_is_a_quarantine(
        self, shop: Workshop, line: str, reason: str
    ) -> None:
        shop.write("in/more.csv", f"country,day,cases\n{line}\n")
        kept = {"csv": {"path": "in"}, "columns": COLUMNS, "quarantine": {"parquet": {"path": "bad"}}}

        report = shop.run(shop.job(source=kept))

        assert ITALY in shop.rows()
        assert len(shop.rows()) == 3
        ((reasons, record, file),) = shop.rows("bad", "broken_rules", "record", "source_file")
        assert reason in reasons
        assert "Ghana" in record
        assert file.endswith("/in/more.csv")
        assert report.sources[0].unreadable == 1
        assert report.sources[0].rows == 4


def test_a_job_may_say_that_bad_rows_are_dropped_and_then_they_are_counted(shop: Workshop) -> None:
    shop.write("in/more.csv", "country,day,cases\nGhana,2020-03-03,many\n")

    report = shop.run(shop.job(source={"csv": {"path": "in"}, "columns": COLUMNS, "unreadable": "drop"}))

    assert len(shop.rows()) == 3
    assert report.warnings == ("source cases: 1 of 4 rows do not fit its columns",)


def test_a_broken_row_is_found_also_when_no_broken_column_is_used(shop: Workshop) -> None:
    shop.write("in/more.csv", "country,day,cases\nGhana\n")
    steps = [{"name": "countries", "select": {"columns": ["country"]}}]

    with pytest.raises(DataError, match="1 of 4 rows do not fit"):
        shop.run(shop.job(steps=steps))


def test_files_whose_columns_stand_in_another_order_or_have_other_names_are_read_by_header(shop: Workshop) -> None:
    shop.write("in/later.csv", "Cases,Last Update,Province,Country\n7,3/4/20,,Ghana\n")
    columns = {
        "country": {"type": "string", "from": ["country", "Country"]},
        "day": {"type": "date", "from": ["day", "Last Update"], "format": ["yyyy-MM-dd", "M/d/yy"]},
        "cases": {"type": "bigint", "from": ["cases", "Cases"]},
        "province": {"type": "string", "from": "Province", "optional": True},
    }

    shop.run(shop.job(source={"csv": {"path": "in"}, "columns": columns}))

    assert ("Ghana", date(2020, 3, 4), 7, None) in shop.rows()
    assert (*ITALY, None) in shop.rows()


def test_a_file_without_a_needed_column_is_named_before_anything_runs(shop: Workshop) -> None:
    shop.write("in/later.csv", "country,day,case\nGhana,2020-03-03,5\n")

    with pytest.raises(DataError, match=r'source cases: .*/in/later.csv: no column "cases"; is it "case"\?'):
        shop.run(shop.job())

    assert shop.entries() == {"in", "job.yaml"}
    assert "later.csv" in shop.check(shop.job())[0]


def test_quotes_commas_byte_order_marks_and_empty_fields_are_read_as_other_tools_write_them(shop: Workshop) -> None:
    shop.write("in/cases.csv", '\ufeffcountry,day,cases\n"Korea, South",2020-03-01,\n"a ""b""",2020-03-01,0\n')

    shop.run(shop.job())

    assert shop.rows("out", "country", "cases") == [("Korea, South", None), ('a "b"', 0)]


@pytest.mark.parametrize(("policy", "fails"), [("fail", True), ("warn", False), ("allow", False)])
def test_input_without_a_row_is_judged_by_its_policy(shop: Workshop, policy: str, *, fails: bool) -> None:
    shop.write("in/cases.csv", "country,day,cases\n")
    job = shop.job(source={"csv": {"path": "in"}, "columns": COLUMNS, "empty": policy})

    if fails:
        with pytest.raises(DataError, match="source cases: there is not one row"):
            shop.run(job)
        assert "out" not in shop.entries()
    else:
        report = shop.run(job)
        assert shop.rows() == []
        assert bool(report.warnings) == (policy == "warn")


def test_a_file_of_no_bytes_is_told_and_does_not_hide_the_others(shop: Workshop) -> None:
    shop.write("in/nothing.csv", "")

    report = shop.run(shop.job())

    assert len(shop.rows()) == 3
    assert any("nothing.csv is empty" in warning for warning in report.warnings)


def test_a_source_that_is_not_there_is_named(shop: Workshop) -> None:
    with pytest.raises(DataError, match=r"source cases: .*/nowhere: there is no such file or folder"):
        shop.run(shop.job(source={"csv": {"path": "nowhere"}, "columns": COLUMNS}))


def test_json_is_read_by_key_and_a_broken_line_is_kept(shop: Workshop) -> None:
    shop.write("lines/a.json", '{"cases": 5, "country": "Ghana", "day": "2020-03-01"}\n{"country": "Mali", \n')
    source = {"json": {"path": "lines"}, "columns": COLUMNS, "quarantine": {"parquet": {"path": "bad"}}}

    shop.run(shop.job(source=source))

    assert shop.rows() == [("Ghana", date(2020, 3, 1), 5)]
    assert shop.rows("bad", "record") == [('{"country": "Mali", ',)]


def test_a_family_of_columns_is_found_in_the_files(shop: Workshop) -> None:
    shop.write("wide.csv", "Country,1/22/20,1/23/20,1/24/20\nItaly,1,2,4\nGhana,,0,x\n")
    columns = {
        "country": {"type": "string", "from": "Country"},
        "days": {"type": "bigint", "matching": r"\d+/\d+/\d\d", "example": "1/22/20"},
    }
    source = {"csv": {"path": "wide.csv"}, "columns": columns, "quarantine": {"parquet": {"path": "bad"}}}
    steps = [{"name": "long", "unpivot": {"family": "days", "names_to": "day", "values_to": "cases"}}]

    shop.run(shop.job(source=source, steps=steps))

    assert shop.rows() == [("Italy", "1/22/20", 1), ("Italy", "1/23/20", 2), ("Italy", "1/24/20", 4)]
    assert shop.rows("bad", "country", "broken_rules") == [("Ghana", ["one of days is no bigint"])]


def test_the_same_bytes_are_read_when_they_are_compressed(shop: Workshop) -> None:
    import gzip

    (shop.folder / "in/cases.csv").unlink()
    (shop.folder / "in/cases.csv.gz").write_bytes(gzip.compress(CASES.encode()))

    shop.run(shop.job())

    assert ITALY in shop.rows()
