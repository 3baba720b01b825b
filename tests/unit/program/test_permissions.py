"""What each role may do: the table, its page, and the realm that follows from it."""

from typing import get_args

import pytest

from components.identity import permissions, reference
from components.identity.permissions import PERMISSIONS, PLACES, TEAM_TITLES, Title
from delivery.recording import Recording, Resource
from stacks.contract.names import RESERVED_TEAM_PREFIXES
from tests.unit.program.conftest import recorded
from transforms.documents.pages import renewed


def below_realm(recording: Recording, kind: str) -> list[Resource]:
    realm = recording.find(type="etl-platform:identity:Realm")
    return [each for each in recording.descendants(realm.urn) if each.is_a(kind)]


def test_the_page_is_as_the_table_says() -> None:
    page = reference.PAGE.read_text(encoding="utf-8")
    assert page == renewed(page, reference.text(), reference.PAGE.name), (
        "renew it: python -m components.identity.reference --write"
    )


def test_every_role_says_what_it_is_for_and_what_it_may_do() -> None:
    assert tuple(PERMISSIONS) == get_args(Title)
    for each in PERMISSIONS.values():
        assert each.purpose
        assert set(each.may) <= set(PLACES)


def test_no_team_can_take_the_administrators_group() -> None:
    assert permissions.ADMINISTRATORS.startswith(tuple(RESERVED_TEAM_PREFIXES))


def test_grafana_takes_the_strongest_role_and_has_no_fallback() -> None:
    path = permissions.grafana_role_path()
    assert path.index("GrafanaAdmin") < path.index("Editor") < path.index("Viewer")
    assert path.endswith("contains(roles[*], 'Analyst') && 'Viewer'")


@pytest.mark.parametrize("environment", ["dev", "test", "prod"])
def test_the_realm_has_the_tables_roles_and_none_of_them_contains_another(environment: str) -> None:
    roles = {each.inputs["name"]: each for each in below_realm(recorded(environment), "Role")}
    assert set(roles) == set(PERMISSIONS)
    assert not any("compositeRoles" in each.inputs for each in roles.values())


def test_a_teams_role_contains_the_members_and_the_title_of_no_other_team() -> None:
    recording = recorded("dev")
    for team in ("epidemiology", "reporting"):
        group = recording.find(type="etl-platform:identity:TeamGroup", name=team)
        roles = {each.inputs["name"]: each for each in recording.children(group.urn) if each.is_a("Role")}
        assert set(roles) == {f"team:{team}", f"team:{team}:data-manager", f"team:{team}:analyst"}
        for title in TEAM_TITLES:
            contained = roles[permissions.team_role(team, title)].property_dependencies["compositeRoles"]
            names = {urn.rsplit("::", 1)[-1] for urn in contained}
            assert names == {f"{team}-member", f"etl-{permissions.slug(title)}"}
