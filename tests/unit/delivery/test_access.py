"""Who can do what: what the config says, what a server says, and the difference."""

import textwrap
from dataclasses import replace

import pytest

from components.databases.privileges import Declared, Fact, Relation
from delivery.__main__ import main
from delivery.access import page
from delivery.access.actual import Actual
from delivery.access.compare import against, by_config
from delivery.access.declared import declared
from tests.unit.program.test_team import TEAMS, settings

CASES = Declared("cases", readers=("reporting",))
TABLE = Relation("tables", "public.days", "public", "cases_owner")


def actual(*more: Fact, without: frozenset[Fact] = frozenset(), declared: Declared = CASES) -> Actual:
    """A server on which all is as declared, but for this."""
    own = {*declared.generations(), *declared.roles(), *declared.platform_roles()}
    roles = {*own, *(fact.role for fact in more if fact.role != "PUBLIC")}
    return Actual(frozenset(roles), (TABLE,), frozenset((declared.facts([TABLE]) - without) | set(more)))


def text(found: Actual) -> str:
    return page.section("epidemiology/cases", CASES, against(CASES, found))


def test_the_config_declares_keycloaks_database_and_each_teams() -> None:
    assert declared(settings(TEAMS)) == {
        "platform/keycloak": Declared("keycloak", shared=False, backup=True, major=17),
        "epidemiology/cases": replace(CASES, backup=True, major=17),
    }


def test_a_server_that_is_as_declared_shows_no_difference() -> None:
    found = against(CASES, actual())
    assert found.as_declared
    assert found.rows == by_config(CASES).rows
    assert text(actual()) == textwrap.dedent("""\
        epidemiology/cases
          role                    of team       connect  read  write  create  alter
          cases_owner             epidemiology  yes      yes   yes    yes     yes
          cases_writer            epidemiology  yes      yes   yes    -       -
          cases_reader            epidemiology  yes      yes   -      -       -
          cases_reader_reporting  reporting     yes      yes   -      -       -""")


def test_a_grant_by_hand_is_extra_and_shows_in_the_table() -> None:
    said = text(actual(Fact("cases_reader", "INSERT", "table public.days")))
    assert "cases_reader            epidemiology  yes      yes   EXTRA  -       -" in said
    assert "cases_reader_reporting  reporting     yes      yes   EXTRA  -       -" in said
    assert "  extra: cases_reader: INSERT on table public.days" in said


def test_a_grant_that_is_gone_is_missing() -> None:
    gone = Fact("cases_reader", "CONNECT", "database cases")
    found = against(CASES, actual(without=frozenset({gone})))
    assert found.missing == (gone,)
    assert found.rows["cases_writer"]["connect"] == "MISSING"
    assert found.rows["cases_owner"]["connect"] == "yes"


def test_what_everybody_was_given_is_extra() -> None:
    said = text(actual(Fact("PUBLIC", "CONNECT", "database cases")))
    assert "  extra: PUBLIC: CONNECT on database cases" in said


def test_a_table_that_another_than_the_owner_made_is_extra() -> None:
    found = against(CASES, actual(Fact("cases_writer", "OWNER", "table public.mine")))
    assert found.rows["cases_writer"]["alter"] == "EXTRA"
    assert not found.as_declared


def test_a_role_that_nobody_declared_is_listed_with_all_that_it_has() -> None:
    found = actual(Fact("stranger", "LOGIN", "server"), Fact("stranger", "MEMBER", "cases_owner"))
    assert not against(CASES, found).as_declared
    assert "stranger                ?             EXTRA    EXTRA  EXTRA  EXTRA   EXTRA" in text(found)
    assert "  unmanaged role stranger: LOGIN, member of cases_owner" in text(found)


def test_a_retired_databases_closed_logins_are_managed_and_no_difference() -> None:
    retired = Declared("cases", readers=("reporting",), retired=True, credentials=(2, 3))
    found = against(retired, actual(declared=retired))
    assert found.as_declared
    assert list(found.rows) == ["cases_owner_2", "cases_owner_3"]


def test_the_command_prints_what_the_config_declares_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["access", "dev", "--declared"]) == 0
    assert "cases_reader_reporting  reporting     yes      yes   -      -       -" in capsys.readouterr().out


def test_an_environment_that_does_not_exist_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["access", "dve"]) == 2
    assert "Did you mean dev?" in capsys.readouterr().err
