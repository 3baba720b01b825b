"""The table of alerts: what every entry has, and what follows from it."""

import re
from itertools import chain
from typing import get_args

import pytest
import yaml

from components.databases import exporter
from components.observability.alerts import ALERTS, THRESHOLDS, Alert, Fact, reference, rules, values
from components.observability.alerts.reference import DOCS
from components.observability.alerts.rules import FactName
from components.observability.jobs import JOBS
from components.observability.state import spark
from stacks.profiles import PROFILES
from tests.sandbox.observability.cases import CASES, NEVER_SILENT
from tests.sandbox.observability.expressions import names_in

TABLE = list(chain.from_iterable(ALERTS.values()))
# The names of others' metrics, as their documentation and sources have them (see the modules of the table).
FOREIGN = {
    "up", "pg_up", "pg_exporter_last_scrape_error",
    "keycloak_user_events_total", "http_server_requests_seconds_count", "agroal_awaiting_count", "vendor_cluster_size",
    "traefik_tls_certs_not_after",
    "prometheus_target_scrapes_exceeded_sample_limit_total", "prometheus_config_last_reload_successful",
    "prometheus_rule_evaluation_failures_total", "prometheus_notifications_dropped_total",
    "prometheus_notifications_alertmanagers_discovered",
    "kube_cronjob_spec_suspend", "kube_resourcequota", "kube_pod_container_status_restarts_total",
    "alertmanager_notifications_failed_total", "alertmanager_cluster_members",
}  # fmt: skip
SPARK = {
    f"{each['metricNamePrefix']}_{metric['name']}"
    for each in yaml.safe_load(spark.custom_resources())["spec"]["resources"]
    for metric in each["metrics"]
}
OURS = {f"pg_{group}_{metric}" for group, query in exporter.MEASURED.items() for metric in query.metrics}
DECLARED = {f"declared:{name}" for name in get_args(FactName)}


def test_the_page_says_what_the_table_says() -> None:
    committed = reference.PAGE.read_text(encoding="utf-8")
    assert reference.page(committed) == committed, (
        "renew it: python -m components.observability.alerts.reference --write"
    )


def test_names_are_unique() -> None:
    assert len({each.name for each in TABLE}) == len(TABLE)


def test_every_alert_has_a_page_and_every_page_an_alert() -> None:
    assert {file.stem for file in (DOCS / "runbooks").glob("*.md")} == {each.name for each in TABLE}


@pytest.mark.parametrize("alert", TABLE, ids=lambda alert: alert.name)
def test_a_page_says_what_it_means_what_to_look_at_and_how_to_mend_it(alert: Alert) -> None:
    page = (DOCS / "runbooks" / f"{alert.name}.md").read_text(encoding="utf-8")
    assert re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", page, flags=re.DOTALL), re.MULTILINE) == [
        alert.name,
        "What it means",
        "Look first",
        "Fix",
    ]
    looked = page.partition("## Look first")[2].partition("## Fix")[0]
    assert "```sh" in looked
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page):
        assert (DOCS / "runbooks" / target).resolve().exists(), f"{alert.name} links to {target}"


def test_every_threshold_is_of_use_and_each_that_is_used_is_there() -> None:
    assert set.union(*(each.thresholds for each in TABLE)) == set(THRESHOLDS)


def test_every_threshold_has_a_reason_and_a_value_for_each_profile() -> None:
    for name, each in THRESHOLDS.items():
        assert each.reason.endswith("."), name
        for profile in PROFILES:
            assert re.fullmatch(r"[0-9.]+[smhd]?", values(profile)[name]), name


@pytest.mark.parametrize("alert", TABLE, ids=lambda alert: alert.name)
def test_an_expression_names_figures_that_exist(alert: Alert) -> None:
    named = names_in(alert.expression)
    assert named <= FOREIGN | OURS | DECLARED | SPARK, named - FOREIGN - OURS - DECLARED - SPARK


def test_what_is_looked_for_in_an_expression_is_found_there() -> None:
    assert names_in('sum by (team) (rate(a_total{b="c"}[5m])) / on (x) d:e > 0.5 and f offset 1w') == {
        "a_total",
        "d:e",
        "f",
    }


@pytest.mark.parametrize("alert", TABLE, ids=lambda alert: alert.name)
def test_an_alert_is_tried_where_it_must_be_heard_and_where_it_must_not(alert: Alert) -> None:
    found = [each for each in CASES if each.alert == alert.name]
    assert any(each.says for each in found)
    assert any(not each.says for each in found) or alert.name in NEVER_SILENT


@pytest.mark.parametrize("alert", TABLE, ids=lambda alert: alert.name)
def test_whoever_is_told_learns_whose_it_is_and_where_to_read_on(alert: Alert) -> None:
    [rule] = [
        each
        for group in rules([], values("prod"), JOBS, "https://git.example.com/runbooks/")["groups"]
        for each in group["rules"]
        if each["alert"] == alert.name
    ]
    assert rule["labels"]["severity"] in {"critical", "warning", "none"}
    assert rule["labels"]["owner"] in {"team", "platform"}
    assert rule["annotations"]["runbook_url"] == f"https://git.example.com/runbooks/{alert.name}.md"
    assert not re.search(r"\{[a-z_]+\}", rule["expr"]), "every threshold has its value"
    told = [{**labels, **alert.labels} for each in CASES if each.alert == alert.name for labels, _ in each.says]
    assert all("team" in labels for labels in told)


def test_alerts_on_what_is_not_there_are_left_out() -> None:
    named = {group["name"] for group in rules([], values("dev"), {"prometheus"})["groups"]}
    assert named == {"platform"}
    [group] = rules([], values("dev"), {"prometheus"})["groups"]
    assert "NotificationsFailing" not in {each["alert"] for each in group["rules"]}


def test_what_was_declared_becomes_a_series() -> None:
    fact = Fact("backup_interval_seconds", 86400, {"team": "lab", "namespace": "lab-data", "database": "cases"})
    [group, *_] = rules([fact], values("dev"), JOBS)["groups"]
    assert group["name"] == "declared"
    assert group["rules"] == [
        {
            "record": "declared:backup_interval_seconds",
            "expr": "vector(86400)",
            "labels": {"team": "lab", "namespace": "lab-data", "database": "cases"},
        }
    ]


def test_large_disks_are_written_out() -> None:
    [group, *_] = rules([Fact("storage_bytes", 500 * 2**30, {})], values("dev"), JOBS)["groups"]
    assert group["rules"][0]["expr"] == f"vector({500 * 2**30})"
