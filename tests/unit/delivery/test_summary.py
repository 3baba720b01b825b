"""The page that a reviewer reads."""

import pytest

from delivery import summary
from delivery.changes import difference
from delivery.summary import Unreadable, page
from tests.unit.delivery.renders import TEAM, compared, entry, kubernetes, render, stateful_set


def lines(*findings: summary.Finding, limit: int = summary.LIMIT) -> list[str]:
    return page(findings, "text", limit).splitlines()


def test_no_change_is_said_in_one_sentence() -> None:
    same = [kubernetes("Service", "cases")]
    assert lines(compared(same, same), compared(same, same, "prod")) == [
        "What this change declares",
        "",
        "dev: no change; prod: no change.",
    ]


def test_a_changed_property_shows_both_values_under_its_resource_and_team() -> None:
    team = entry(TEAM, "epidemiology", component=True)
    before, after = (
        kubernetes("Service", "cases", spec={"type": kind}, parent=team["urn"]) for kind in ("ClusterIP", "NodePort")
    )
    assert lines(compared([team, before], [team, after]))[2:] == [
        "dev: 1 changed.",
        "",
        "dev",
        "",
        "@@ team epidemiology @@",
        "# Service data/cases",
        '-   spec.type: "ClusterIP"',
        '+   spec.type: "NodePort"',
    ]


def test_a_resource_of_the_platform_stands_under_its_component() -> None:
    keycloak = entry("etl-platform:identity:Keycloak", "keycloak", component=True)
    inner = entry("etl-platform:network:Endpoint", "keycloak", parent=str(keycloak["urn"]), component=True)
    added = kubernetes("Service", "keycloak", parent=inner["urn"])
    assert "@@ Keycloak keycloak @@" in lines(compared([keycloak, inner], [keycloak, inner, added]))


def test_a_label_names_the_team_even_outside_of_its_component() -> None:
    added = kubernetes("NetworkPolicy", "x", metadata={"labels": {"etl-platform/team": "reporting"}})
    assert "@@ team reporting @@" in lines(compared([], [added]))


def test_a_component_comes_as_one_entry_with_all_it_brings() -> None:
    server = entry("etl-platform:databases:Server", "cases", component=True)
    brought = [kubernetes("Service", "cases", parent=server["urn"]), kubernetes("Secret", "x", parent=server["urn"])]
    assert lines(compared([], [server, *brought]))[6:] == [
        "@@ Server cases @@",
        "+ Server cases",
        "+   Secret data/x, Service data/cases",
    ]


def test_lost_data_is_the_first_thing_to_read() -> None:
    found = lines(compared([stateful_set(), kubernetes("Service", "a")], [kubernetes("Service", "b")]))
    assert found[2] == ("dev: 1 added, 2 removed. CAUTION: 1 resource that may hold data removed or replaced.")
    assert found[6] == "! DATA REMOVED: StatefulSet data/cases (runs on volumes)"


def test_a_replaced_database_server_is_a_loss_too_and_says_why() -> None:
    found = lines(compared([stateful_set(serviceName="a")], [stateful_set(serviceName="b")]))
    assert "dev: 1 changed, 1 of them replaced." in found[2]
    assert "! DATA REPLACED: StatefulSet data/cases (runs on volumes)" in found
    assert "! StatefulSet data/cases: REPLACED, spec.serviceName cannot change in place" in found


def test_a_guard_of_lost_data_is_named() -> None:
    guarded = {**kubernetes("Namespace", "epidemiology-data"), "options": {"protect": True}}
    assert any("(everything in it; guarded by protect)" in line for line in lines(compared([guarded], [])))


def test_one_change_of_many_resources_is_one_entry() -> None:
    before = [kubernetes("Service", f"s{index}", spec={"type": "ClusterIP"}) for index in range(12)]
    after = [kubernetes("Service", f"s{index}", spec={"type": "NodePort"}) for index in range(12)]
    found = lines(compared(before, after))
    assert sum("spec.type" in line for line in found) == 2
    assert any(line.startswith("# Service data/s0, ") and line.endswith(" and 4 more") for line in found)


def test_a_text_of_many_lines_shows_the_lines_that_differ() -> None:
    before = kubernetes("ConfigMap", "x", data={"a.conf": "same\nold\nend\n"})
    after = kubernetes("ConfigMap", "x", data={"a.conf": "same\nnew\nend\n"})
    assert lines(compared([before], [after]))[-3:] == ['    data["a.conf"]: (text)', "-     old", "+     new"]


def test_stack_outputs_have_their_own_place() -> None:
    found = lines(difference(render(url="https://a"), render(url="https://b")))
    assert found[2] == "dev: outputs."
    assert found[-3:] == ["@@ stack outputs @@", '-   url: "https://a"', '+   url: "https://b"']


def test_an_environment_that_does_not_render_says_why() -> None:
    found = lines(Unreadable("prod", "head", "Pulumi.prod.yaml:3: teams: missing", None))
    assert found[2] == "prod: does not render."
    assert found[-2:] == ["! does not render:", "!   Pulumi.prod.yaml:3: teams: missing"]


def test_a_base_that_does_not_render_is_no_fault_of_the_change() -> None:
    found = lines(Unreadable("dev", "base", "it is older than the program that renders", 140))
    assert found[2] == "dev: nothing to compare with."
    assert found[-2] == "# the base does not render this environment, which now declares 140 resources:"


HOSTILE = "``` </details><script>alert(1)</script> | ![x](http://evil) \x1b[31m\u202e **@everyone**\n# heading"


@pytest.mark.parametrize("limit", [summary.LIMIT, 4_000])
def test_nothing_from_a_config_becomes_markup(limit: int) -> None:
    before = kubernetes("Service", "cases", spec={"x": "a"}, metadata={"labels": {"etl-platform/team": HOSTILE}})
    after = kubernetes("Service", "cases", spec={"x": HOSTILE}, metadata={"labels": {"etl-platform/team": HOSTILE}})
    new = entry("a:b:" + HOSTILE, HOSTILE)
    text = page(
        [compared([before], [after, new], HOSTILE), Unreadable(HOSTILE, "head", HOSTILE, None)], "markdown", limit
    )
    assert "\x1b" not in text
    assert "\u202e" not in text
    outside, fences = [], [line for line in text.splitlines() if line.startswith("````")]
    inside = False
    for line in text.splitlines():
        if line.startswith("````"):
            inside = not inside
        elif not inside:
            outside.append(line)
    assert len(fences) == 4, "two code blocks, each opened and closed by a longer run than any inside"
    for mark in ("<", "`", "![", "**", "@", "http:"):
        assert mark not in "".join(outside).replace("`python -m delivery diff`", "")


def test_a_page_is_never_longer_than_its_limit_and_says_what_it_cut() -> None:
    before = [kubernetes("Service", f"s{index}", spec={"x": "a" * 90}) for index in range(400)]
    after = [kubernetes("Service", f"s{index}", spec={"x": f"{index}" + "b" * 90}) for index in range(400)]
    lost = [{**stateful_set(), "urn": f"urn:x::x::x::{index}"} for index in range(100)]
    findings = [compared([*before, *lost], after, name) for name in ("dev", "test", "prod")]
    text = page(findings, "markdown", 20_000)
    assert 10_000 < len(text) <= 20_000
    assert text.count(" entries of this environment left out") == 3
    assert text.count("! DATA REMOVED") == 60
    assert text.count("! … 80 more warnings") == 3
    assert text.count("```") == 6
    assert "| prod | 0 | 400 | 100 | 0 | 0 |" in text


def test_the_number_of_properties_of_one_resource_is_bounded() -> None:
    before = kubernetes("Service", "x", spec={f"k{index:02}": 1 for index in range(30)})
    after = kubernetes("Service", "x", spec={f"k{index:02}": 2 for index in range(30)})
    assert lines(compared([before], [after]))[-1] == "    … 10 more properties"
