"""Who hears of which alert, as Alertmanager's file says it."""

from typing import Any

import pytest

from components.identity import Mail
from components.observability.routing import Receivers, Webhook, configuration
from tests.sandbox.observability.told import EVERYTHING, SECRETS, TEAMS


def routed(said: dict[str, Any], **labels: str) -> list[str]:
    """The receivers of an alert with these labels, by Alertmanager's own rules for routes."""
    found = []
    for route in said["route"]["routes"]:
        matchers = [each.replace('"', "").split("=") for each in route.get("matchers", [])]
        if all(labels.get(name) == value for name, value in matchers):
            found.append(route["receiver"])
            if not route.get("continue"):
                break
    return found or [said["route"]["receiver"]]


def receivers(said: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in said["receivers"]}


@pytest.mark.parametrize(
    ("labels", "heard"),
    [
        ({"team": "epidemiology", "owner": "team", "severity": "warning"}, ["team-epidemiology"]),
        ({"team": "reporting", "owner": "team", "severity": "critical"}, ["team-reporting"]),
        ({"team": "reporting", "owner": "platform", "severity": "critical"}, ["team-reporting", "platform-urgent"]),
        ({"team": "reporting", "owner": "platform", "severity": "warning"}, ["platform"]),
        ({"team": "platform", "owner": "platform", "severity": "critical"}, ["platform-urgent"]),
        ({"team": "platform", "owner": "team", "severity": "warning"}, ["platform"]),
        ({"team": "a-team-that-left", "owner": "team", "severity": "warning"}, ["platform"]),
        ({"alertname": "Watchdog", "team": "platform", "severity": "none"}, ["watchdog"]),
        ({}, ["platform"]),
    ],
)
def test_an_alert_goes_to_whoever_does_something_about_it(labels: dict[str, str], heard: list[str]) -> None:
    assert routed(configuration(EVERYTHING, SECRETS), **labels) == heard


def test_a_teams_mails_go_to_its_owners_and_the_platforms_to_its_own() -> None:
    said = receivers(configuration(EVERYTHING, SECRETS))
    assert [each["to"] for each in said["team-epidemiology"]["email_configs"]] == ["ada@example.com, emmy@example.com"]
    assert [each["to"] for each in said["platform"]["email_configs"]] == ["ops@example.com"]


def test_pagerduty_is_for_what_is_critical_alone() -> None:
    said = receivers(configuration(EVERYTHING, SECRETS))
    assert [name for name, each in said.items() if "pagerduty_configs" in each] == ["platform-urgent"]


def test_everyone_hears_when_it_is_over_and_the_watchdog_only_that_it_is_there() -> None:
    for name, each in receivers(configuration(EVERYTHING, SECRETS)).items():
        for way, configs in each.items():
            if way not in {"name", "pagerduty_configs"}:
                assert all(one["send_resolved"] is (name != "watchdog") for one in configs)


def test_mails_go_over_tls_from_the_first_byte_or_not_at_all() -> None:
    said = configuration(EVERYTHING, SECRETS)["global"]
    assert (said["smtp_require_tls"], said["smtp_force_implicit_tls"]) == (True, True)
    begun = Mail(host="smtp.example.com", port=587, sender="etl@example.com")
    said = configuration(Receivers(mail=begun), {})["global"]
    assert (said["smtp_require_tls"], said["smtp_force_implicit_tls"]) == (True, False)
    assert "smtp_auth_username" not in said


def test_without_any_way_the_file_is_still_one_and_nobody_is_told() -> None:
    said = configuration(Receivers(teams=TEAMS), {})
    assert {name: set(each) for name, each in receivers(said).items()} == {
        name: {"name"} for name in ("platform", "platform-urgent", "watchdog", "team-epidemiology", "team-reporting")
    }
    assert {each["receiver"] for each in said["route"]["routes"]} <= set(receivers(said))


def test_webhooks_are_verified_and_not_led_elsewhere() -> None:
    told = Receivers(webhook=Webhook("https://alerts.example.com/etl"), trusted="-----BEGIN CERTIFICATE-----")
    [webhook] = receivers(configuration(told, {}))["platform"]["webhook_configs"]
    assert webhook["http_config"] == {
        "follow_redirects": False,
        "tls_config": {"ca_file": "/etc/alertmanager/trusted.pem"},
    }


def test_a_database_that_is_down_explains_the_rest() -> None:
    down, _ = configuration(EVERYTHING, SECRETS)["inhibit_rules"]
    assert down["source_matchers"] == ['alertname="DatabaseDown"']
    assert 'alertname!="DatabaseDown"' in down["target_matchers"]
    assert down["equal"] == ["namespace", "database"]
    assert 'database=~".+"' in down["target_matchers"], "an alert without either label would equal any other without"


def test_only_what_is_needed_is_secret() -> None:
    assert set(EVERYTHING.secrets()) == {"mail", "webhook", "slack", "pagerduty"}
    assert Receivers(teams=TEAMS).secrets() == {}
