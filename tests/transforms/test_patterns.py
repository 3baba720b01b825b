"""What is accepted of patterns, regular expressions and formats, Java and Spark accept too."""

from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from transforms.documents.problems import Refused
from transforms.expressions.formats import check_format
from transforms.expressions.patterns import check_like, check_replacement
from transforms.expressions.regex import _PROPERTIES, Groups, check_regex
from transforms.runtime.session import jvm

PIECES = (
    *(
        "a",
        "b",
        "-",
        "^",
        "$",
        ".",
        "|",
        "*",
        "+",
        "?",
        "(",
        "(?:",
        "(?<n>",
        "(?<m1>",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        "(?>",
    ),
    *(
        ")",
        ")",
        ")",
        "(?i)",
        "(?-u:",
        "[",
        "[^",
        "]",
        "]",
        "a-z",
        "&&",
        "&",
        "{",
        "}",
        "{2}",
        "{0,3}",
        "{1,}",
        "\\",
        "\\d",
    ),
    *("\\W", "\\b", "\\Z", "\\R", "\\1", "\\2", "\\k<n>", "\\p{L}", "\\PN", "\\x41", "\\x{1F600}", "\\u00e9", "\\t"),
    *("\\.", "\\-", "\\]", "\\[", "🦠", " ", "#", ",", "0", "~"),
)
PATTERNS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
TEXTS = st.lists(st.sampled_from(("$", "1", "2", "{", "n", "}", "\\", "a", "$1", "${n}")), max_size=6).map("".join)
MANY = settings(max_examples=2000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
REFUSALS = (PySparkException, Py4JJavaError)
LETTERS = "GyYMLwWDdFEuaHkKhmsSAnNVzOXxZQqecBpgTir"


def groups_of(pattern: str) -> Groups | None:
    try:
        return check_regex(pattern)
    except Refused:
        return None


def test_java_compiles_what_is_accepted_and_counts_the_same_groups(spark: SparkSession) -> None:
    java = jvm(spark).java.util.regex.Pattern
    accepted = []

    @MANY
    @given(PATTERNS)
    def agree(pattern: str) -> None:
        groups = groups_of(pattern)
        if groups is not None:
            accepted.append(pattern)
            assert java.compile(pattern).matcher("").groupCount() == groups.count

    agree()
    assert len([each for each in accepted if len(each) > 3]) > 200


@pytest.mark.parametrize("name", sorted(_PROPERTIES))
def test_java_knows_each_class_of_characters(spark: SparkSession, name: str) -> None:
    jvm(spark).java.util.regex.Pattern.compile(f"[\\p{{{name}}}x]\\P{{{name}}}")


def test_java_takes_the_replacements_that_are_accepted(spark: SparkSession) -> None:
    matcher = jvm(spark).java.util.regex.Pattern.compile("(?<n>a)").matcher("bab")
    found = {True: 0, False: 0}

    @MANY
    @given(TEXTS)
    def agree(text: str) -> None:
        try:
            check_replacement(text, Groups(1, frozenset({"n"})))
        except Refused:
            found[False] += 1
            with pytest.raises(REFUSALS):
                matcher.replaceAll(text)
        else:
            found[True] += 1
            matcher.replaceAll(text)

    agree()
    assert min(found.values()) > 50


@pytest.mark.parametrize("reading", [True, False])
def test_spark_takes_each_letter_as_often_as_it_is_accepted(spark: SparkSession, reading: bool) -> None:
    call = "try_to_timestamp('x', :f{})" if reading else "date_format(TIMESTAMP '2020-01-22 17:00:00', :f{})"
    accepted = []
    for letter, count in product(LETTERS, range(1, 13)):
        text = letter * count if letter in "MLD" or not reading else f"M{letter * count}"
        try:
            check_format(text, reading=reading)
            accepted.append(text)
        except Refused:
            continue
    assert len(accepted) > 50
    columns = ", ".join(call.format(index) for index in range(len(accepted)))
    # A format that Spark does not take ends the query.
    spark.sql(f"SELECT {columns}", args={f"f{index}": text for index, text in enumerate(accepted)}).collect()


def test_spark_takes_the_patterns_of_like_that_are_accepted_and_no_others(spark: SparkSession) -> None:
    spark.createDataFrame([("a%b",)], "t string").createOrReplaceTempView("liked")
    accepted, refused = [], []
    for pattern in map("".join, product(("a", "%", "_", "\\", "b"), repeat=3)):
        try:
            check_like(pattern)
            accepted.append(pattern)
        except Refused:
            refused.append(pattern)
    columns = ", ".join(f"t LIKE :p{index}" for index in range(len(accepted)))
    spark.sql(f"SELECT {columns} FROM liked", args={f"p{i}": each for i, each in enumerate(accepted)}).collect()
    # Each ends a query of its own; a few of every kind are enough.
    for pattern in refused[::6]:
        with pytest.raises(REFUSALS):
            spark.sql("SELECT t LIKE :pattern FROM liked", args={"pattern": pattern}).collect()
