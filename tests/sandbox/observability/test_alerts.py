"""Every alert, judged by the real promtool: what it says, and when it stays silent."""

from pathlib import Path

import pytest

from tests.sandbox.observability.cases import CASES, Case
from tests.sandbox.observability.promtool import judged

pytestmark = pytest.mark.sandbox


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.alert}: {case.what}")
def test_an_alert_says_what_it_is_to_say_and_nothing_else(case: Case, tmp_path: Path) -> None:
    assert judged(case, tmp_path) == ""


def test_a_case_that_is_wrong_is_found(tmp_path: Path) -> None:
    """promtool is really asked: the same situation with another expectation is no success."""
    case = next(each for each in CASES if each.alert == "DatabaseDown" and each.says)
    assert "DatabaseDown" in judged(Case(alert=case.alert, what=case.what, series=case.series, at=case.at), tmp_path)
