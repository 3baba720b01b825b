import pytest

from tests.unit.transforms.jobs import Case, cases, errors
from transforms.preview import preview
from transforms.steps.registry import installed

VALID, INVALID = cases("valid"), cases("invalid")


def named(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("case", VALID, ids=named)
def test_a_sound_job_is_compiled(case: Case) -> None:
    shown = preview(case.path)
    assert shown.problems == ()
    assert "SELECT" in shown.sql


@pytest.mark.parametrize("case", INVALID, ids=named)
def test_a_broken_job_gets_exactly_the_errors_that_it_names(case: Case) -> None:
    assert errors(case.path) == list(case.expected)


def test_every_broken_job_names_at_least_one_error() -> None:
    assert [case.name for case in INVALID if not case.expected] == []


def test_the_sound_jobs_use_every_kind_of_step() -> None:
    text = "\n".join(case.path.read_text(encoding="utf-8") for case in VALID)
    assert [kind for kind in installed() if f" {kind}:" not in text and f"{{{kind}:" not in text] == []


def test_no_error_speaks_pydantic() -> None:
    foreign = ("pydantic", "input should", "valid string", "extra inputs", "something else")
    said = [line for case in INVALID for line in case.expected]
    assert [line for line in said if any(word in line.lower() for word in foreign)] == []
