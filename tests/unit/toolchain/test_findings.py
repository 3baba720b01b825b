from __future__ import annotations

import pytest

from sandbox.commands.doctor import closing
from sandbox.toolchain.cluster_findings import quantity
from sandbox.toolchain.findings import Finding, Verdict, size


@pytest.mark.parametrize(
    ("text", "number"), [("4", 4), ("3920m", 3.92), ("8Gi", 8 * 2**30), ("16374100Ki", 16374100 * 1024), ("5G", 5e9)]
)
def test_a_quantity_of_kubernetes_is_read_as_a_number(text: str, number: float) -> None:
    assert quantity(text) == pytest.approx(number)


def test_too_small_a_machine_is_warned_of_with_what_is_recommended() -> None:
    assert size("processors", 2, 4, "") == Finding(Verdict.WARNING, "processors", "2", "4 are recommended")
    assert size("memory", 3.9, 8, "GB") == Finding(Verdict.WARNING, "memory", "4 GB", "8 GB are recommended")


def test_a_machine_sold_with_8_gb_is_large_enough() -> None:
    assert size("memory", 7.8, 8, "GB").verdict is Verdict.FINE


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([Verdict.FINE, Verdict.WARNING], "Everything is there."),
        (
            [Verdict.LATER, Verdict.FINE],
            "Nothing is missing that you must get; `make up` gets the 1 that are to build.",
        ),
        ([Verdict.MISSING, Verdict.LATER], "1 needed thing is missing; the last column says how to get it."),
    ],
)
def test_the_last_sentence_tells_whether_a_person_must_act(verdicts: list[Verdict], sentence: str) -> None:
    assert closing([Finding(verdict, "thing", "found") for verdict in verdicts]) == sentence
