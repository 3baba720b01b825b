"""The table of privileges is the one that the program grants, and says what that comes to."""

from dataclasses import replace

import pytest

from components.databases.privileges import (
    ACTIONS,
    MAY,
    RIGHTS,
    Declared,
    Fact,
    Kind,
    Relation,
    capabilities,
    login_name,
    role_name,
)
from stacks.contract import names
from tests.unit.program.test_team import platform

CASES = Declared("cases", readers=("reporting",))


def test_what_each_kind_may_do_follows_from_what_it_is_granted() -> None:
    reached = capabilities(CASES.facts(), "cases")
    for role in CASES.roles():
        assert reached[role] == {action for action in ACTIONS if CASES.may(role, action)}, role
    assert reached["cases_reader_reporting"] == set(MAY["reader"])


def test_a_role_that_is_not_of_the_database_may_nothing() -> None:
    assert not any(CASES.may(role, action) for role in ("figures_owner", "postgres") for action in ACTIONS)


def test_of_a_retired_database_the_owner_alone_may_anything() -> None:
    retired = Declared("cases", readers=("reporting",), retired=True)
    reached = capabilities(retired.facts(), "cases")
    assert {role for role, actions in reached.items() if actions} == {"cases_owner"}
    assert not retired.may("cases_writer", "connect")
    assert retired.may("cases_owner", "alter")


def test_a_database_of_one_program_has_its_owner_alone() -> None:
    assert set(Declared("keycloak", shared=False).roles()) == {"keycloak_owner"}


def test_what_exists_is_granted_where_the_owner_made_it_in_the_schema_of_all() -> None:
    def granted(relation: Relation) -> set[Fact]:
        return CASES.facts([relation]) - CASES.facts()

    assert granted(Relation("tables", "public.days", "public", "cases_owner")) == {
        Fact("cases_reader", "SELECT", "table public.days"),
        *(Fact("cases_writer", right, "table public.days") for right in RIGHTS["writer"].tables),
    }
    assert granted(Relation("tables", "raw.days", "raw", "cases_owner")) == set()
    assert granted(Relation("tables", "public.days", "public", "postgres")) == set()


def test_memberships_are_followed_and_who_cannot_log_in_can_do_nothing() -> None:
    facts = {
        Fact("a", "LOGIN", "server"), Fact("a", "MEMBER", "b"), Fact("b", "MEMBER", "c"),
        Fact("c", "CONNECT", "database x"), Fact("c", "SELECT", "table public.t"),
        Fact("d", "CONNECT", "database x"), Fact("e", "LOGIN", "server"), Fact("e", "CONNECT", "database y"),
    }  # fmt: skip
    assert {role: sorted(actions) for role, actions in capabilities(facts, "x").items() if actions} == {
        "a": ["connect", "read"]
    }


def test_what_everybody_has_counts_for_each() -> None:
    facts = {Fact("a", "LOGIN", "server"), Fact("PUBLIC", "CONNECT", "database x")}
    assert capabilities(facts, "x") == {"a": {"connect"}}


def test_the_program_declares_exactly_these_roles_and_memberships() -> None:
    roles = {
        each.inputs["name"]: each.inputs
        for each in platform().select(type="postgresql:index/role:Role")
        if each.inputs["name"].startswith("cases_")
    }
    backed_up = replace(CASES, backup=True, major=17)
    assert set(roles) == {*CASES.roles(), "cases_backup"}
    members = {(fact.role, fact.target) for fact in backed_up.facts() if fact.right == "MEMBER" and fact.role in roles}
    assert {(role, group) for role, inputs in roles.items() for group in inputs.get("roles", ())} == members


def test_the_exporter_connects_to_the_outcomes_and_may_nothing_on_the_database() -> None:
    facts = replace(CASES, backup=True).facts()
    assert Fact("platform_monitor", "CONNECT", "database platform") in facts
    assert not capabilities(facts, "cases")["platform_monitor"]


def test_each_generation_of_credentials_may_the_same_and_a_closed_one_nothing() -> None:
    rotated = Declared("cases", readers=("reporting",), credentials=(2, 3))
    reached = capabilities(rotated.facts(), "cases")
    assert reached["cases_writer_2"] == reached["cases_writer_3"] == set(MAY["writer"])
    assert reached["cases_writer"] == set()
    assert rotated.may("cases_owner_3", "alter")
    assert not rotated.may("cases_owner", "connect")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("owner", names.owner_role), ("writer", names.writer_role), ("reader", names.reader_role)],
)
def test_the_contract_knows_the_roles_by_the_same_names(kind: Kind, name: object) -> None:
    assert callable(name)
    assert role_name("cases", kind) == name("cases")
    assert [login_name("x", each) for each in (1, 2)] == [names.login_role("x", each) for each in (1, 2)]
    assert role_name("cases", "reader", "reporting") == names.reader_role("cases", "reporting")
