"""Which group gives which role, and what no group gives."""

import pytest

from operations.errors import OperationError
from operations.people import group_of


@pytest.mark.parametrize(
    ("role", "team", "group"),
    [
        ("Analyst", "epidemiology", "/epidemiology/analyst"),
        ("Data Manager", "reporting", "/reporting/data-manager"),
        ("System Administrator", None, "/platform-administrators"),
    ],
)
def test_a_role_is_held_in_a_group(role: str, team: str | None, group: str) -> None:
    assert group_of(role, team) == group


@pytest.mark.parametrize(
    ("role", "team", "said"),
    [
        ("analyst", "epidemiology", "there is no role 'analyst'; ROLE= is one of System Administrator, Data Manager"),
        ("Analyst", None, "Analyst is a role in a team: add TEAM="),
        ("Data Manager", "", "Data Manager is a role in a team: add TEAM="),
        ("System Administrator", "reporting", "is one of the whole environment: leave TEAM=reporting out"),
    ],
)
def test_what_no_group_gives_is_refused_with_the_way_out(role: str, team: str | None, said: str) -> None:
    with pytest.raises(OperationError, match=said):
        group_of(role, team)
