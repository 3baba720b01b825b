"""Rules: rows that break them are counted, kept or end the job; a rule that is NULL is broken."""

from typing import Any

import pytest

from tests.transforms.runtime.jobs import Workshop
from transforms.runtime.errors import DataError

KEPT = {"parquet": {"path": "kept"}}


def judged(shop: Workshop, rules: dict[str, Any], *, quarantine: bool = True) -> Any:
    step = {"rules": list(rules), **({"quarantine": KEPT} if quarantine else {})}
    return shop.job(rules=rules, steps=[{"name": "good", "validate": step}])


def test_a_row_that_breaks_rules_is_kept_with_all_its_columns_and_their_names(shop: Workshop) -> None:
    shop.write("in/more.csv", "country,day,cases\n,2020-03-01,-4\nMali,2020-03-01,\n")
    rules = {
        "known": {"expect": "country IS NOT NULL"},
        "positive": {"expect": {"column": "cases", "at_least": 0}},
    }

    report = shop.run(judged(shop, rules))

    assert len(shop.rows()) == 3
    assert shop.rows("kept", "country", "cases", "broken_rules") == [
        ("Mali", None, ["positive"]),
        (None, -4, ["known", "positive"]),
    ]
    assert [(count.rule, count.broken, count.rows) for count in report.rules] == [("known", 1, 5), ("positive", 2, 5)]
    assert {(sink.name, sink.rows) for sink in report.sinks} == {("result", 3), ("quarantine of good", 2)}


def test_a_warning_counts_and_lets_through(shop: Workshop) -> None:
    report = shop.run(judged(shop, {"many": {"expect": "cases > 0", "severity": "warn"}}, quarantine=False))

    assert len(shop.rows()) == 3
    assert report.warnings == ("step good: 1 of 3 rows break the rule many",)


def test_a_rule_that_fails_ends_the_job_and_the_old_data_is_whole(shop: Workshop) -> None:
    shop.run(shop.job())
    before = shop.rows()

    with pytest.raises(DataError, match=r"^step good: 1 of 3 rows break the rule many$") as failure:
        shop.run(judged(shop, {"many": {"expect": "cases > 0", "severity": "fail"}}, quarantine=False))

    assert shop.rows() == before
    assert shop.entries() == {"in", "job.yaml", "out"}
    assert failure.value.report is not None
    assert failure.value.report.rules[0].broken == 1


@pytest.mark.parametrize(("threshold", "fails"), [(0.3, True), (0.4, False), (1, False)])
@pytest.mark.parametrize("severity", ["fail", "quarantine"])
def test_up_to_its_threshold_a_broken_rule_is_borne_and_the_rows_are_kept(
    shop: Workshop, severity: str, threshold: float, *, fails: bool
) -> None:
    rules = {"many": {"expect": "cases > 0", "severity": severity, "threshold": threshold}}

    if fails:
        with pytest.raises(DataError, match="1 of 3 rows break the rule many"):
            shop.run(judged(shop, rules))
        assert "out" not in shop.entries()
    else:
        shop.run(judged(shop, rules))
        assert len(shop.rows()) == 2
    # Whoever looks for the reason finds the rows in either case.
    assert shop.rows("kept", "country", "broken_rules") == [("Kenya", ["many"])]


def test_a_run_without_a_broken_row_empties_the_quarantine_of_the_run_before(shop: Workshop) -> None:
    rules = {"many": {"expect": "cases > 0"}}
    shop.run(judged(shop, rules))
    shop.write("in/cases.csv", "country,day,cases\nItaly,2020-03-01,3\n")

    shop.run(judged(shop, rules))

    assert shop.rows("kept") == []


def test_a_query_whose_rows_the_optimizer_rules_out_is_counted_as_none(shop: Workshop) -> None:
    steps = [
        {"name": "none", "filter": {"where": "FALSE"}},
        {"name": "good", "validate": {"rules": ["many"], "quarantine": KEPT}},
    ]

    report = shop.run(shop.job(rules={"many": {"expect": "cases > 0"}}, steps=steps))

    assert shop.rows() == []
    assert report.rules[0].rows == 0


def test_of_duplicates_the_first_in_the_stated_order_stays(shop: Workshop) -> None:
    order = [{"column": "day", "descending": True}]
    steps = [{"name": "latest", "deduplicate": {"key": ["country"], "order_by": order}}]

    shop.run(shop.job(steps=steps))

    assert shop.rows("out", "country", "cases") == [("Italy", 2036), ("Kenya", 0)]
