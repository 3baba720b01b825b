"""Traces in the dev stack: from a team's service and a Spark job to Jaeger, and what stops on the way."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from kubernetes import client
from playwright.sync_api import BrowserContext, expect

from tests.sandbox.browser import browser, log_in, visit
from tests.sandbox.environment.administration import Administration, person
from tests.sandbox.environment.applications import KIND, created, ended
from tests.sandbox.environment.applications import NAMESPACE as SPARK
from tests.sandbox.environment.jaeger import NAMESPACE, Span, jaeger, until
from tests.sandbox.environment.stack import BOUND, Stack
from tests.sandbox.environment.test_network import answers

pytestmark = pytest.mark.sandbox

PATIENCE = 60_000  # milliseconds for one step in the browser; a bound against hanging, not a measure
COLLECTOR = f"otel-collector.{NAMESPACE}.svc"
JAEGER = f"jaeger.{NAMESPACE}.svc"

TELL = """
import json, sys
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

asked = json.loads(sys.argv[1])
provider = TracerProvider(resource=Resource.create().merge(Resource(asked["resource"])))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
tracer, ids = provider.get_tracer("test"), []
for number in range(asked["count"]):
    with tracer.start_as_current_span(asked["name"], attributes=asked["attributes"]) as span:
        span.add_event("happened", asked["event"])
        span.set_status(Status(StatusCode.ERROR, asked["message"]))
        ids.append(format(span.get_span_context().trace_id, "032x"))
assert provider.force_flush(30_000)
print(json.dumps(ids))
"""
"""What a program of a team does, by the variables that the platform gave it; each span a trace of its own."""


def inside(script: str, *arguments: str) -> str:
    """Run Python in the team's service, beside its program."""
    command = ["kubectl", "exec", "--stdin", "--namespace=epidemiology-services", "deployment/dashboard"]
    done = subprocess.run(
        [*command, "--container=service", "--", "python3", "-", *arguments],
        input=script, capture_output=True, text=True, timeout=BOUND, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def tell(
    count: int = 1,
    *,
    name: str = "told",
    attributes: dict[str, Any] | None = None,
    event: dict[str, Any] | None = None,
    message: str = "",
    resource: dict[str, str] | None = None,
) -> list[str]:
    """Traces of one span each, told by the team's service; returns their ids once the collector has taken them."""
    asked = {
        "count": count,
        "name": name,
        "attributes": attributes or {},
        "event": event or {},
        "message": message,
        "resource": resource or {},
    }
    ids: list[str] = json.loads(inside(TELL, json.dumps(asked)))
    assert len(ids) == count
    return ids


def kept(ids: list[str]) -> list[Span]:
    """All of these traces' spans, once Jaeger has them."""
    return until(lambda api: [each for identity in ids for each in api.trace(identity)], at_least=len(ids))


# --- from a request, and from a job ------------------------------------------------------------------------------


@pytest.fixture
def window(stack: Stack) -> Iterator[BrowserContext]:
    """A browser that trusts the platform's authority and finds its hosts at the edge."""
    urls = [each["url"] for each in stack.outputs["services"]]
    names = [urlsplit(each).hostname or "" for each in (*urls, stack.outputs["keycloak"]["url"], address(stack))]
    with browser(stack.authority, dict.fromkeys(names, stack.outputs["edge"]["address"])) as opened:
        opened.set_default_timeout(PATIENCE)
        yield opened


def address(stack: Stack) -> str:
    """Where people find Jaeger."""
    return str(stack.outputs["traces"]["url"])


def test_a_request_to_a_teams_service_is_a_trace_with_team_service_and_environment(
    stack: Stack, window: BrowserContext, administration: Administration
) -> None:
    [dashboard] = [each["url"] for each in stack.outputs["services"] if each["name"] == "dashboard"]
    trace = secrets.token_hex(16)
    with person(administration, "/epidemiology/analyst") as analyst:
        page = window.new_page()
        log_in(page, dashboard, analyst)
        page.evaluate(
            "header => fetch('/', {headers: {traceparent: header}}).then(answer => answer.text())",
            f"00-{trace}-{secrets.token_hex(8)}-01",
        )

    [span] = until(lambda api: api.trace(trace))
    assert span.name == "GET /"
    assert span.attributes["http.response.status_code"] == 200
    assert span.resource["service.name"] == "dashboard"
    assert span.resource["service.namespace"] == "epidemiology"
    assert span.resource["deployment.environment.name"] == "dev"
    assert span.resource["k8s.namespace.name"] == "epidemiology-services"
    assert span.resource["k8s.pod.name"].startswith("dashboard-")
    assert analyst.username not in str(span)


JOB = """
name: told
sources:
  tables:
    jdbc: {connection: cases, table: pg_catalog.pg_tables}
    columns: {tablename: string}
sinks:
  told:
    from: tables
    jdbc: {connection: cases, table: public.traces_told}
    mode: overwrite
"""


@pytest.fixture
def run(stack: Stack) -> Iterator[str]:
    """A run of a job of the team's through the operator, from the template that its own job has."""
    name = f"traces-{secrets.token_hex(3)}"
    given = stack.cluster.read_namespaced_config_map("job-covid", SPARK).data["application.yaml"]
    application: dict[str, Any] = yaml.safe_load(given)
    application["metadata"] |= {"name": name, "generateName": None}
    for volume in application["spec"]["volumes"]:
        if volume["name"] == "job":
            volume["configMap"]["name"] = name
    for variable in application["spec"]["driver"]["env"]:
        if variable["name"] == "OTEL_SERVICE_NAME":
            variable["value"] = name
    applications = client.CustomObjectsApi(stack.cluster.api_client)
    stack.cluster.create_namespaced_config_map(SPARK, {"metadata": {"name": name}, "data": {"job.yaml": JOB}})
    created(applications, application)
    try:
        status = ended(applications, name)
        log = stack.cluster.read_namespaced_pod_log(status["driverInfo"]["podName"], SPARK)
        assert status["applicationState"]["state"] == "COMPLETED", log[-4000:]
        yield name
    finally:
        applications.delete_namespaced_custom_object(*KIND, name)
        stack.cluster.delete_namespaced_config_map(name, SPARK)
        with stack.connect("cases", "owner") as database:
            database.execute("DROP TABLE IF EXISTS public.traces_told")


def test_a_run_through_the_operator_is_a_trace_of_its_phases_with_team_service_and_environment(run: str) -> None:
    # The span of the job ends last: once it is there, all are.
    until(lambda api: [each for each in api.find(run) if each.name == "transforms.job"])
    spans = until(lambda api: api.find(run))
    assert {each.name for each in spans} == {"transforms.job", "transforms.phase", "transforms.sink"}
    [sink] = [each for each in spans if each.name == "transforms.sink"]
    assert "SELECT" in sink.attributes["transforms.sql"]
    assert {each.attributes["transforms.job"] for each in spans if each.name == "transforms.job"} == {"told"}
    for each in spans:
        assert each.resource["service.name"] == run
        assert each.resource["service.namespace"] == "epidemiology"
        assert each.resource["deployment.environment.name"] == "dev"
        assert each.resource["k8s.namespace.name"] == "epidemiology-spark"


# --- what the collector does not believe, and does not pass on ----------------------------------------------------


def test_a_password_a_mail_address_and_a_token_that_a_program_tells_come_out_masked() -> None:
    secret = secrets.token_urlsafe(12)
    mail = f"{secret}@example.com"
    told = tell(
        name=f"mail to {mail}",
        attributes={
            "db.password": secret,
            "auth.token": secret,
            "user.email": mail,
            "url.full": f"https://example.com/cb?code={secret}&next=1",
            "note": f"send it to {mail}",
            "db.query.text": f"SELECT * FROM people WHERE name = '{secret}'",
            "http.route": "/people",
        },
        event={"exception.message": f"login with password={secret} refused"},
        message=f"Bearer {secret} is no token",
    )

    [span] = kept(told)

    assert secret not in str(span)
    assert {span.attributes[name] for name in ("db.password", "auth.token", "user.email")} == {"****"}
    assert span.attributes["note"] == "send it to ****"
    assert span.attributes["db.query.text"].startswith("SELECT * FROM people WHERE name = ")
    assert span.attributes["http.route"] == "/people"
    assert span.name == "mail to ****"


def test_a_program_that_calls_itself_another_teams_is_told_apart() -> None:
    told = tell(
        resource={
            "service.namespace": "reporting",
            "deployment.environment.name": "prod",
            "k8s.namespace.name": "reporting-data",
            "k8s.pod.name": "figures-0",
            "etl_platform.name": "figures",
        }
    )
    [span] = kept(told)
    assert span.resource["service.namespace"] == "epidemiology"
    assert span.resource["deployment.environment.name"] == "dev"
    assert span.resource["k8s.namespace.name"] == "epidemiology-services"
    assert span.resource["k8s.pod.name"].startswith("dashboard-")
    assert "figures" not in str(span.resource)


# --- what outlives what -------------------------------------------------------------------------------------------


def scale(stack: Stack, replicas: int) -> None:
    """So many pods of Jaeger, once it is so."""
    apps: Any = client.AppsV1Api(stack.cluster.api_client)
    apps.patch_namespaced_deployment_scale("jaeger", NAMESPACE, {"spec": {"replicas": replicas}})
    for _ in range(BOUND):
        pods = stack.cluster.list_namespaced_pod(NAMESPACE, label_selector="app.kubernetes.io/name=jaeger").items
        ready = apps.read_namespaced_deployment("jaeger", NAMESPACE).status.ready_replicas or 0
        if len(pods) == ready == replicas:
            return
        time.sleep(1)
    raise AssertionError(f"there are not {replicas} pods of Jaeger")


def replace(stack: Stack, workload: str) -> None:
    """End the workload's pod without notice, and wait for the next one."""
    selector = f"app.kubernetes.io/name={workload}"
    [old] = stack.cluster.list_namespaced_pod(NAMESPACE, label_selector=selector).items
    stack.cluster.delete_namespaced_pod(old.metadata.name, NAMESPACE, grace_period_seconds=0)
    for _ in range(BOUND):
        pods = stack.cluster.list_namespaced_pod(NAMESPACE, label_selector=selector).items
        if any(
            each.metadata.uid != old.metadata.uid
            and all(one.ready for one in each.status.container_statuses or [])
            and each.status.container_statuses
            for each in pods
        ):
            return
        time.sleep(1)
    raise AssertionError(f"{workload} did not come back")


DECIDED = 15  # seconds; dev's sampling waits ten


def test_jaeger_away_for_a_minute_and_a_collector_killed_meanwhile_lose_nothing(stack: Stack) -> None:
    before = tell(10)
    kept(before)
    scale(stack, 0)
    try:
        began = time.monotonic()
        away = tell(25)
        time.sleep(DECIDED)
        replace(stack, "otel-collector")
        away += tell(25)
        time.sleep(max(0.0, began + 60 - time.monotonic()))
    finally:
        scale(stack, 1)
    assert len({id(each) for each in kept(away)}) == len(away) == 50


def test_jaeger_killed_and_started_again_has_its_traces(stack: Stack) -> None:
    told = tell(5)
    kept(told)
    replace(stack, "jaeger")
    with jaeger() as api:
        assert all(api.trace(identity) for identity in told)
        assert api.find("dashboard")


# --- who may not --------------------------------------------------------------------------------------------------

PLAIN = """
import http.client
connection = http.client.HTTPConnection("{host}", 4318, timeout=10)
connection.request("POST", "/v1/traces", b"", {{"Content-Type": "application/x-protobuf"}})
print(connection.getresponse().status)
"""
UNVERIFIED = """
import os, ssl, urllib.request
try:
    urllib.request.urlopen(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"], timeout=10)
except OSError as error:
    print(error)
"""
REACHED = """
import socket
try:
    socket.create_connection(("{host}", {port}), timeout=5).close()
    print("reached")
except OSError as error:
    print("refused", error)
"""


def test_plain_http_is_refused_and_no_public_authority_signed_the_collectors_certificate() -> None:
    assert inside(PLAIN.format(host=COLLECTOR)).strip() == "400"
    assert "CERTIFICATE_VERIFY_FAILED" in inside(UNVERIFIED)


def test_a_service_reaches_the_collector_and_not_what_stands_behind_it() -> None:
    assert inside(REACHED.format(host=COLLECTOR, port=4318)).strip() == "reached"
    assert inside(REACHED.format(host=COLLECTOR, port=8888)).startswith("refused")
    assert inside(REACHED.format(host=JAEGER, port=4318)).startswith("refused")


@pytest.mark.parametrize(("host", "port"), [(COLLECTOR, 4317), (COLLECTOR, 4318), (JAEGER, 4318), (JAEGER, 8443)])
def test_a_pod_of_a_namespace_that_may_not_is_refused(stack: Stack, host: str, port: int) -> None:
    name = f"test-stranger-{secrets.token_hex(3)}"
    # Without a policy of its own, so that what refuses its pods is the other side's.
    stack.cluster.create_namespace({"metadata": {"name": name}})
    try:
        assert answers(stack, name, host, port=port) is False
    finally:
        stack.cluster.delete_namespace(name, grace_period_seconds=0)


def test_an_administrator_sees_every_teams_traces_and_a_data_manager_is_refused(
    stack: Stack, window: BrowserContext, administration: Administration
) -> None:
    kept(tell())
    page = window.new_page()
    visit(page, f"{address(stack)}/api/services")
    expect(page.locator("#kc-form-login")).to_be_visible()  # nobody is let in without a login
    with person(administration, "/platform-administrators") as administrator:
        log_in(page, address(stack), administrator)
        services = page.evaluate("fetch('/api/services').then(answer => answer.json())")
        assert "dashboard" in services["data"]


def test_who_answers_for_one_team_is_no_administrator(
    stack: Stack, window: BrowserContext, administration: Administration
) -> None:
    with person(administration, "/epidemiology/data-manager") as manager:
        page = window.new_page()
        log_in(page, address(stack), manager)
        assert visit(page, f"{address(stack)}/api/services").status == 403
