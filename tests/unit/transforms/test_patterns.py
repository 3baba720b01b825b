"""What people write in patterns, regular expressions and formats is accepted; the fixtures hold what is refused."""

import pytest

from transforms.documents.problems import Refused
from transforms.expressions.formats import check_format
from transforms.expressions.patterns import check_like, check_replacement
from transforms.expressions.regex import DEEPEST, check_regex


@pytest.mark.parametrize("pattern", ["", "a%", "_b", r"100\%", r"a\_b", r"a\\", r"a\\\%", "naïve 🦠"])
def test_a_pattern_of_like_is_accepted(pattern: str) -> None:
    check_like(pattern)


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        ("", 0),
        (r"^(\d{4})-(\d\d)$", 2),
        (r"(?<year>\d+)-(?:a|b)?(?=c)(?!d)(?<=e{1,3})(?<!f)(?>g)", 1),
        (r"(?i)covid(?-i:-19)", 0),
        (r"[^\]\-a-z_.-]++", 0),
        (r"[-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?", 1),
        (r"\p{L}\P{Nd}\pL\p{IsLatin}[\p{Lu}\d]", 0),
        (r"\x41\u00e9\x{1F600}\t\.\/", 0),
        (r"(a)\1(?<n>b)\k<n>", 2),
        ("a||b|", 0),
        ("]}", 0),
    ],
)
def test_a_regular_expression_is_accepted_and_its_groups_are_counted(pattern: str, groups: int) -> None:
    assert check_regex(pattern).count == groups


def test_the_names_of_groups_are_known() -> None:
    assert check_regex("(?<year>a)(b)(?<day>c)").names == {"year", "day"}


def test_groups_that_are_deeper_than_anyone_writes_are_refused_without_ending_the_program() -> None:
    check_regex("(" * DEEPEST + ")" * DEEPEST)
    with pytest.raises(Refused, match=f"more than {DEEPEST} levels"):
        check_regex("(" * 1900 + ")" * 1900)


@pytest.mark.parametrize("text", ["", "$1-${n}", r"\$1 \\", "$12", "plain"])
def test_a_replacement_that_refers_to_groups_that_are_there_is_accepted(text: str) -> None:
    check_replacement(text, check_regex("(?<n>a)"))


@pytest.mark.parametrize(
    "text",
    [
        "yyyy-MM-dd",
        "M/d/yy",
        "M/d/yyyy H:mm",
        "yyyy-MM-dd'T'HH:mm:ss[.SSS]XXX",
        "d MMM yyyy",
        "D/yyyy",
        "'it''s' y",
        "hh:mm a",
    ],
)
def test_a_format_is_accepted_for_reading_and_for_writing(text: str) -> None:
    check_format(text, reading=True)
    check_format(text, reading=False)


@pytest.mark.parametrize("text", ["EEE d", "yyyy-Q", "d"])
def test_some_formats_are_for_writing_alone(text: str) -> None:
    check_format(text, reading=False)
    with pytest.raises(Refused):
        check_format(text, reading=True)
