import pytest

from stacks.settings import SettingsError, load_file
from tests.unit.settings.cases import Case, cases

VALID, INVALID = cases("valid"), cases("invalid")


def named(case: Case) -> str:
    return case.name


def errors_of(case: Case) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load_file(case.path, case.stack)
    return [str(problem).removeprefix(f"{case.path}:").strip() for problem in caught.value.problems]


@pytest.mark.parametrize("case", VALID, ids=named)
def test_a_sound_file_is_accepted(case: Case) -> None:
    assert load_file(case.path, case.stack).environment == case.stack


@pytest.mark.parametrize("case", INVALID, ids=named)
def test_a_broken_file_gets_exactly_the_errors_that_it_names(case: Case) -> None:
    assert errors_of(case) == list(case.expected)


def test_every_broken_file_names_at_least_one_error() -> None:
    assert [case.name for case in INVALID if not case.expected] == []


def test_the_error_of_a_file_is_one_line_for_each_mistake() -> None:
    case = next(case for case in INVALID if case.name == "many_mistakes_at_once")
    with pytest.raises(SettingsError) as caught:
        load_file(case.path, case.stack)
    assert str(caught.value).split("\n") == [f"{case.path}:{line}" for line in case.expected]


def test_no_error_speaks_pydantic_or_shows_a_secret() -> None:
    foreign = ("pydantic", "http://", "input should", "valid string", "extra inputs")
    secrets = ("AAABAL1", "hunter2")
    texts = [case.path.read_text(encoding="utf-8") for case in INVALID]
    assert all(any(secret in text for text in texts) for secret in secrets)
    said = [line for case in INVALID for line in case.expected]
    assert [line for line in said if any(word in line.lower() for word in foreign)] == []
    assert [line for line in said if any(secret in line for secret in secrets)] == []
