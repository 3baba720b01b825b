"""Metrics and alerts as they run: everything declared is asked, every alert is judged, and a fault reaches people."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from kubernetes import client, config

from components.observability.alerts import ALERTS
from sandbox.node.layout import NODE_ADDRESS
from stacks.settings import load_file
from tests.sandbox.environment.stack import ROOT, Stack
from tests.sandbox.environment.watch import Watch, watch
from tests.sandbox.observability.expressions import names_in
from tests.sandbox.receiver import Receiver, receiver

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(
        load_file(ROOT / "Pulumi.dev.yaml").observability is None, reason="Pulumi.dev.yaml asks for no observability"
    ),
]
NAMESPACE, NAME = "platform-observability", "watched"
ENTRY: dict[str, Any] = {"name": NAME}
TOLD, PING = "/alerts", "/watchdog"
# Figures that begin with an event, or with what dev has not: a failed login, several replicas, high availability, a run
# of Spark (test_spark.py finds those).
NOT_BEFORE = {
    "keycloak_user_events_total",
    "alertmanager_cluster_members",
    "declared:standbys",
    "spark_run_created_seconds",
    "spark_run_state",
}


@pytest.fixture(scope="module")
def prometheus(stack: Stack) -> Watch:
    return watch(stack, "prometheus")


@pytest.fixture(scope="module")
def declared(stack: Stack) -> dict[str, Any]:
    """The files that Prometheus is to read."""
    content = stack.cluster.read_namespaced_config_map("prometheus", NAMESPACE).data
    return {name: yaml.safe_load(text) for name, text in content.items()}


def targets(prometheus: Watch) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = prometheus.get("/api/v1/targets", state="active")["activeTargets"]
    return found


def test_everything_that_is_declared_is_asked_and_answers(prometheus: Watch, declared: dict[str, Any]) -> None:
    def down() -> list[str]:
        found = targets(prometheus)
        said = [
            f"{each['scrapeUrl']}: {each['lastError'] or each['health']}" for each in found if each["health"] != "up"
        ]
        for job in declared["prometheus.yaml"]["scrape_configs"]:
            asked = {each["labels"]["instance"] for each in found if each["labels"]["job"] == job["job_name"]}
            named = {name for each in job.get("static_configs", []) for name in each["targets"]}
            said += (
                [f"{job['job_name']} is not asked"] if not asked else [f"{name} is not asked" for name in named - asked]
            )
        return said

    prometheus.until(lambda: not down(), 300)
    for each in targets(prometheus):
        assert each["labels"]["team"], each


def test_there_are_as_many_of_each_as_were_declared(prometheus: Watch) -> None:
    def missing() -> list[dict[str, Any]]:
        return prometheus.query(
            "declared:replicas unless on (job) (count by (job) (up == 1) == on (job) declared:replicas)"
        )

    assert prometheus.query("declared:replicas")
    prometheus.until(lambda: not missing(), 300)


def test_every_alert_of_the_table_is_judged_without_an_error(prometheus: Watch) -> None:
    def judged() -> dict[str, str]:
        groups = prometheus.get("/api/v1/rules", type="alert")["groups"]
        return {rule["name"]: rule["health"] + rule.get("lastError", "") for each in groups for rule in each["rules"]}

    expected = {each.name: "ok" for alerts in ALERTS.values() for each in alerts}
    prometheus.until(lambda: "unknown" not in judged().values(), 180)
    assert judged() == expected


@pytest.mark.parametrize("name", [each.name for alerts in ALERTS.values() for each in alerts])
def test_every_figure_that_an_alert_looks_at_is_there(prometheus: Watch, declared: dict[str, Any], name: str) -> None:
    [rule] = [
        rule
        for group in declared["rules.yaml"]["groups"]
        for rule in group["rules"]
        if rule.get("alert") == name
    ]  # fmt: skip
    prometheus.query(rule["expr"])
    missing = {each for each in names_in(rule["expr"]) - NOT_BEFORE if not prometheus.query(f'{{__name__="{each}"}}')}
    assert missing == set()


def test_nobody_asks_without_the_password_and_over_tls(stack: Stack, prometheus: Watch) -> None:
    for server in (prometheus, watch(stack, "alertmanager")):
        bare = requests.Session()
        bare.trust_env = False
        for login in (None, ("platform", "wrong"), ("admin", server.login[1])):
            for path in ("/", "/metrics", "/-/ready", "/api/v1/query?query=up", "/api/v2/silences"):
                answer = bare.get(server.url + path, auth=login, verify=server.authority, timeout=60)
                assert answer.status_code == 401, path
        plain = bare.get(server.url.replace("https:", "http:"), auth=server.login, timeout=60)
        assert plain.status_code == 400, "plain HTTP is told off"


def test_no_one_can_end_it_or_change_what_it_does_by_a_request(prometheus: Watch) -> None:
    for path in ("/-/quit", "/-/reload", "/api/v1/admin/tsdb/snapshot", "/api/v1/write"):
        answer = prometheus.session().post(prometheus.url + path, timeout=60)
        # What is switched off is refused with one of these; of the admin API Prometheus says so with a 500.
        assert answer.status_code in {403, 404} or "admin APIs disabled" in answer.text, path


def test_figures_come_by_otlp_with_the_login_and_not_without(prometheus: Watch) -> None:
    point = {"asDouble": 42, "timeUnixNano": str(time.time_ns())}
    attributes = {"service.name": "probe", "service.namespace": "epidemiology", "process.pid": "17"}
    resource = {"attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]}
    metric = {"name": "test.rows", "unit": "1", "gauge": {"dataPoints": [point]}}
    sent: Any = {"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}
    url = f"{prometheus.url}/api/v1/otlp/v1/metrics"
    refused = prometheus.session(("platform", "wrong")).post(url, json=sent, timeout=60)
    assert refused.status_code == 401
    taken = prometheus.session().post(url, json=sent, timeout=60)
    assert taken.ok, taken.text
    [found] = prometheus.until(lambda: prometheus.query('{__name__=~"test_rows.*"}'), 60)
    assert found["value"][1] == "42"
    assert found["metric"]["service_namespace"] == "epidemiology"
    assert "process_pid" not in found["metric"], "what a program says beside that becomes no label"


def test_figures_outlive_its_pod(stack: Stack, prometheus: Watch) -> None:
    before = time.time()
    [point] = prometheus.query("count(up)")
    assert int(point["value"][1])
    stack.cluster.delete_namespaced_pod("prometheus-a-0", NAMESPACE)

    def back() -> bool:
        try:
            return bool(prometheus.query("count(up)")) and bool(prometheus.get("/api/v1/status/runtimeinfo"))
        except (AssertionError, requests.RequestException):
            return False

    time.sleep(5)
    prometheus.until(back)
    old = prometheus.get("/api/v1/query", query="count(up)", time=str(before))["result"]
    assert old, "what was known before is still known"


@pytest.fixture(scope="module")
def told(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """Someone who is told, and a database more; both are gone afterwards."""
    with receiver(NODE_ADDRESS, Path(tmp_path_factory.mktemp("receiver"))) as found:
        alerts = {
            "webhook": found.url(TOLD),
            "watchdog": found.url(PING),
            "networks": [f"{NODE_ADDRESS}/32"],
            "ca_certificate": found.authority.certificate,
        }
        stack.up_with(ENTRY, observability={"alerts": alerts})
        try:
            yield found
        finally:
            stack.remove(ENTRY)


def test_the_watchdog_is_heard_outside(told: Receiver) -> None:
    [alert, *_] = told.wait(lambda: told.alerts(PING, "firing", alertname="Watchdog"), 300)
    assert alert["receiver"] == "watchdog"
    assert told.alerts(TOLD, "firing", alertname="Watchdog") == [], "and nobody is woken by it"


def test_a_server_that_stops_reaches_its_team_and_the_platform_and_it_is_told_when_it_is_back(
    prometheus: Watch, told: Receiver
) -> None:
    up = f'up{{job="postgres", database="{NAME}"}}'
    # A new database is watched without anyone's doing, and without a restart.
    prometheus.until(lambda: [each for each in prometheus.query(up) if each["value"][1] == "1"])
    apps = client.AppsV1Api(config.new_client_from_config(os.environ["KUBECONFIG"]))  # type: ignore[no-untyped-call]
    apps.patch_namespaced_stateful_set_scale(NAME, "reporting-data", {"spec": {"replicas": 0}})
    stopped = time.monotonic()
    try:
        heard = told.wait(lambda: told.alerts(TOLD, "firing", alertname="DatabaseDown", database=NAME), 600)
        told.wait(
            lambda: (
                {"team-reporting", "platform-urgent"}
                <= {each["receiver"] for each in told.alerts(TOLD, "firing", alertname="DatabaseDown", database=NAME)}
            ),
            60,
        )
        print(f"from fault to alert: {time.monotonic() - stopped:.0f} s")
    finally:
        apps.patch_namespaced_stateful_set_scale(NAME, "reporting-data", {"spec": {"replicas": 1}})
    [alert, *_] = heard
    assert alert["labels"]["team"] == "reporting"
    assert alert["labels"]["severity"] == "critical"
    assert alert["annotations"]["summary"] == f"The server of database {NAME} of team reporting does not answer."
    assert (ROOT / alert["annotations"]["runbook_url"]).is_file()
    [resolved, *_] = told.wait(lambda: told.alerts(TOLD, "resolved", alertname="DatabaseDown", database=NAME), 600)
    assert resolved["labels"] == alert["labels"]
    other = [
        each for each in told.alerts(TOLD, "firing", database=NAME) if each["labels"]["alertname"] != "DatabaseDown"
    ]
    assert other == [], "what is down explains the rest"
