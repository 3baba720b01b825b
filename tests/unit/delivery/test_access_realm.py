"""The realm in the access report: what the program declares, and each difference in a line."""

from functools import cache

from delivery.access import realm
from delivery.access.realm import Fact, compare, section
from delivery.program import declare


@cache
def wanted() -> frozenset[Fact]:
    return frozenset(realm.declared(declare("dev")))


def test_the_program_declares_each_role_group_client_and_what_they_have() -> None:
    for fact in (
        Fact("role team:epidemiology:analyst", "contains", "role team:epidemiology"),
        Fact("role team:epidemiology:analyst", "contains", "role Analyst"),
        Fact("group /platform-administrators", "has", "role System Administrator"),
        Fact("group /epidemiology/data-manager", "has", "role team:epidemiology:data-manager"),
        Fact("everyone", "has", "role account/view-profile"),
        Fact("client grafana", "offers", "login page"),
        Fact("client grafana", "sends people back to", "https://grafana.dev.etl.example.com/login/generic_oauth"),
        Fact("client admin-cli", "is", "disabled"),
    ):
        assert fact in wanted()


def test_nobody_is_declared_to_have_a_role_past_their_groups() -> None:
    assert not any(fact.subject.startswith("person ") for fact in wanted())


def test_a_realm_as_declared_shows_no_difference() -> None:
    found = compare(set(wanted()), set(wanted()))
    assert found.as_declared
    assert section("platform/realm", set(wanted()), found).count("\n") == 0


def test_what_was_done_by_hand_is_told_apart_by_what_it_changed() -> None:
    gone = Fact("group /epidemiology", "has", "role team:epidemiology")
    given = Fact("person ada", "has", "role System Administrator")
    wider = Fact("client frontend", "sends people back to", "https://evil.example.net/*")
    stranger = {Fact("role superuser", "is", "there"), Fact("role superuser", "contains", "role System Administrator")}
    found = compare(set(wanted()), (set(wanted()) - {gone}) | {given, wider} | stranger)
    assert not found.as_declared
    said = section("platform/realm", set(wanted()), found).splitlines()[1:]
    assert said == [
        "  missing: group /epidemiology: has role team:epidemiology",
        "  extra: client frontend: sends people back to https://evil.example.net/*",
        "  extra: person ada: has role System Administrator",
        "  unmanaged role superuser: contains role System Administrator",
    ]
