"""A preview stops before it would replace, shrink or remove what holds data."""

from typing import Any

import pytest

from stacks import continuity

CASES = {
    "claim": "cases-data",
    "high_availability": False,
    "retired": False,
    "storage": 10,
    "storage_class": None,
    "version": 17,
}


def breaches_of(**changes: Any) -> list[str]:
    # Every number comes back from the engine's state as a float.
    deployed = CASES | {"storage": 10.0, "version": 17.0}
    return continuity.breaches({"epidemiology/cases": deployed}, {"epidemiology/cases": CASES | changes})


def test_an_unchanged_database_breaks_nothing() -> None:
    assert breaches_of() == []


def test_a_record_that_lost_its_nulls_in_the_state_breaks_nothing() -> None:
    read_back = {key: value for key, value in CASES.items() if value is not None}
    assert continuity.breaches({"epidemiology/cases": read_back}, {"epidemiology/cases": CASES}) == []


def test_a_new_database_breaks_nothing() -> None:
    assert continuity.breaches({}, {"epidemiology/cases": CASES}) == []


def test_data_on_another_claim_is_not_left_behind() -> None:
    first_version = {key: value for key, value in CASES.items() if key not in ("claim", "high_availability", "retired")}
    [breach] = continuity.breaches({"epidemiology/cases": first_version}, {"epidemiology/cases": CASES})
    assert (
        "its data lies on the claim data-cases-0, and its server would begin with an empty one, cases-data." in breach
    )


def test_a_growing_disk_breaks_nothing() -> None:
    assert breaches_of(storage=20) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"storage": 5}, "its disk would shrink from 10 to 5 GiB, and no volume can."),
        ({"storage_class": "fast"}, "its storage class would change from the default to fast"),
        ({"version": 18}, "PostgreSQL 18 cannot read the files of 17."),
        (
            {"high_availability": True, "claim": "cases-1"},
            "`high_availability` would move it from one server to a cluster of three, which begins empty.",
        ),
    ],
)
def test_a_change_that_would_cost_data_is_refused_with_its_reason(change: dict[str, Any], expected: str) -> None:
    [breach] = breaches_of(**change)
    assert breach.startswith("database cases of team epidemiology: ")
    assert expected in breach


def test_a_vanished_database_is_refused_and_the_two_steps_are_named() -> None:
    [breach] = continuity.breaches({"epidemiology/cases": CASES}, {"epidemiology/case": CASES})
    assert breach == (
        "database cases of team epidemiology: deployed, and no longer asked for (renamed or removed). "
        "Put the entry back; to remove it for good, set `retired: true` on its entry and apply that; "
        "then remove the entry, and its data goes with it."
    )


def test_a_retired_database_may_be_removed_once_that_was_deployed() -> None:
    assert continuity.breaches({"epidemiology/cases": CASES | {"retired": True}}, {}) == []


def test_retirement_alone_breaks_nothing_and_can_be_taken_back() -> None:
    retired = {"epidemiology/cases": CASES | {"retired": True}}
    assert continuity.breaches({"epidemiology/cases": CASES}, retired) == []
    assert continuity.breaches(retired, {"epidemiology/cases": CASES}) == []


def test_a_retired_database_is_not_replaced_either() -> None:
    retired = {"epidemiology/cases": CASES | {"retired": True}}
    [breach] = continuity.breaches(retired, {"epidemiology/cases": CASES | {"retired": True, "storage": 5}})
    assert "its disk would shrink from 10 to 5 GiB" in breach


def test_every_breach_of_every_database_is_reported_at_once_in_a_stable_order() -> None:
    deployed = {"b/two": CASES, "a/one": CASES}
    found = continuity.breaches(deployed, {"b/two": CASES | {"storage": 1, "version": 16}})
    assert [breach.split(":")[0] for breach in found] == [
        "database one of team a",
        "database two of team b",
        "database two of team b",
    ]
