"""Traces, from the variables that a program finds to the door before Jaeger, as the environments declare them."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import telemetry
from components.base import Owner
from components.observability.collector import configuration, redaction
from components.team import TeamArgs
from components.telemetry import Collector
from delivery.demands import asked_for
from delivery.recording import Recording, Resource
from stacks.profiles import PROFILES
from stacks.settings import load_mapping
from tests.unit.program.conftest import ENVIRONMENTS, build_from, recorded

FOLDER = Path(__file__).resolve().parents[2] / "fixtures/settings/valid"
WITHIN = "platform-observability"
COLLECTOR = Collector("https://collector.example.com:4318", "PEM", signals=("traces",))


@cache
def platform(*, edge: bool = True, observability: bool = True) -> Recording:
    """A team with a service and a job, one without either."""
    teams: list[dict[str, Any]] = [
        {
            "name": "epidemiology",
            "owners": ["ada@example.com"],
            "databases": [{"name": "cases"}],
            "spark": {"jobs": [{"name": "by-hand", "file": "jobs/positive.yaml"}]},
            **({"services": [{"name": "dashboard", "image": "ghcr.io/example/dashboard:1.4.2"}]} if edge else {}),
        },
        {"name": "reporting", "owners": ["grace@example.com"]},
    ]
    values: dict[str, Any] = {"domain": "etl.example.com", "teams": teams}
    values |= ({"edge": {}} if edge else {}) | ({"observability": {}} if observability else {})
    return build_from(load_mapping(values, "prod", FOLDER))


def named(recording: Recording, kind: str, name: str, namespace: str = WITHIN) -> dict[str, Any]:
    """The object of this kind and name."""
    [found] = [
        each.inputs
        for each in recording.select(type=kind)
        if each.inputs["metadata"]["name"] == name and each.inputs["metadata"].get("namespace") == namespace
    ]
    return dict(found)


def pod(recording: Recording, workload: str, namespace: str = WITHIN) -> dict[str, Any]:
    found: dict[str, Any] = named(recording, "Deployment", workload, namespace)["spec"]["template"]["spec"]
    return found


def configured(recording: Recording, workload: str) -> dict[str, Any]:
    """The configuration of the collector or of Jaeger."""
    found: dict[str, Any] = yaml.safe_load(named(recording, "ConfigMap", workload)["data"]["config.yaml"])
    return found


def driver() -> dict[str, Any]:
    """The driver of the team's job."""
    text = named(platform(), "ConfigMap", "job-by-hand", "epidemiology-spark")["data"]["application.yaml"]
    found: dict[str, Any] = yaml.safe_load(text)["spec"]
    return found


def variables(environment: list[dict[str, str]]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in environment if each["name"].startswith("OTEL_")}


def test_a_stack_that_does_not_ask_has_neither_collector_nor_jaeger() -> None:
    recording = platform(observability=False)
    assert [each.name for each in recording.resources if each.type.startswith("etl-platform:observability:")] == []
    assert recording.outputs.get("traces") is None
    assert "jaeger.etl.example.com" not in recording.outputs["edge"]["hosts"]
    assert "platform-ca" not in str([each.inputs for each in recording.select(type="Deployment")])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_asks_for_it_and_the_sandbox_brings_it(environment: str) -> None:
    outputs = recorded(environment).outputs["traces"]
    assert outputs["collector"] == "https://otel-collector.platform-observability.svc:4318"
    assert outputs["url"].startswith("https://jaeger.")
    assert {"observability", "login"} <= set(asked_for(environment))


def test_a_service_and_a_job_say_the_same_of_themselves_and_send_to_the_same_place() -> None:
    service = variables(pod(platform(), "dashboard", "epidemiology-services")["containers"][0]["env"])
    job = variables(driver()["driver"]["env"])
    assert service.pop("OTEL_SERVICE_NAME") == "dashboard"
    assert job.pop("OTEL_SERVICE_NAME") == "by-hand"
    assert service == job == {
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod,service.namespace=epidemiology",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel-collector.platform-observability.svc:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_EXPORTER_OTLP_CERTIFICATE": "/etc/telemetry/ca.crt",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }  # fmt: skip


def test_both_find_the_certificate_that_they_trust_in_their_own_namespace() -> None:
    mounts = pod(platform(), "dashboard", "epidemiology-services")["containers"][0]["volumeMounts"]
    assert {"name": "telemetry", "mountPath": "/etc/telemetry", "readOnly": True} in mounts
    assert {"name": "telemetry", "mountPath": "/etc/telemetry", "readOnly": True} in driver()["driver"]["volumeMounts"]
    assert {"name": "telemetry", "configMap": {"name": "platform-ca"}} in driver()["volumes"]
    assert "telemetry" not in str(driver()["executor"]), "executors tell nobody but their driver"
    for namespace in ("epidemiology-services", "epidemiology-spark"):
        assert set(named(platform(), "ConfigMap", "platform-ca", namespace)["data"]) == {"ca.crt"}


def test_what_nobody_takes_is_switched_off() -> None:
    owner = Owner("dev", "epidemiology")
    assert not [name for name in telemetry.variables(owner, "job", COLLECTOR) if name == "OTEL_TRACES_EXPORTER"]
    nobody = telemetry.variables(owner, "job", None)
    assert {name: value for name, value in nobody.items() if name.endswith("_EXPORTER")} == {
        "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none",
    }  # fmt: skip
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" not in nobody


def ways_in(recording: Recording, name: str) -> list[tuple[list[str], list[int]]]:
    """Of a policy: the namespaces that come in, and by which ports."""
    return [
        (
            [each.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name", "its own")
             for each in rule["from"]],
            [each["port"] for each in rule["ports"]],
        )
        for rule in named(recording, "NetworkPolicy", name)["spec"]["ingress"]
    ]  # fmt: skip


def test_only_services_and_drivers_of_teams_that_have_them_reach_the_collector() -> None:
    assert ways_in(platform(), "otel-collector") == [
        (["epidemiology-services", "epidemiology-spark"], [4317, 4318]),
        ([WITHIN], [8888]),
    ]
    [senders, _] = named(platform(), "NetworkPolicy", "otel-collector")["spec"]["ingress"]
    assert [each["podSelector"]["matchLabels"] for each in senders["from"]] == [
        {"app.kubernetes.io/component": "service"}, {"spark-role": "driver"},
    ]  # fmt: skip


def test_the_collector_reaches_jaeger_and_the_api_server_alone() -> None:
    traces, api_server = named(platform(), "NetworkPolicy", "otel-collector")["spec"]["egress"]
    assert [each["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for each in traces["to"]] == ["jaeger"]
    assert [each["port"] for each in traces["ports"]] == [4318]
    assert [each["port"] for each in api_server["ports"]] == [443, 6443]


def test_it_may_see_pods_and_nothing_else_of_the_cluster() -> None:
    role = platform().find(type="kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", name="collector").inputs
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]


def test_only_the_collector_brings_traces_and_only_the_edge_brings_people() -> None:
    assert ways_in(platform(), "jaeger") == [(["its own"], [4318]), (["platform-edge"], [8443]), ([WITHIN], [8888])]
    [brings, *_] = named(platform(), "NetworkPolicy", "jaeger")["spec"]["ingress"]
    assert brings["from"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "otel-collector"}
    [out] = named(platform(), "NetworkPolicy", "jaeger")["spec"]["egress"]
    assert [each["port"] for each in out["ports"]] == [8443]


def test_each_shows_the_other_a_certificate_and_few_are_a_clients() -> None:
    receiver = configured(platform(), "jaeger")["receivers"]["otlp"]["protocols"]["http"]["tls"]
    exporter = configured(platform(), "otel-collector")["exporters"]["otlp_http/traces"]["tls"]
    assert receiver["client_ca_file"] == exporter["ca_file"] == "/etc/tls/ca.crt"
    assert exporter["cert_file"] == "/etc/tls/tls.crt"
    uses = {each.name: each.inputs["allowedUses"] for each in platform().select(type="LocallySignedCert")}
    # Alertmanager's is shown to its other replicas; the policies let it reach nothing else.
    assert {name for name, allowed in uses.items() if "client_auth" in allowed} == {
        "alertmanager-cert",
        "collector-tls-cert",
    }


def test_what_comes_in_is_encrypted_and_of_a_bounded_size() -> None:
    protocols = configured(platform(), "otel-collector")["receivers"]["otlp"]["protocols"]
    assert set(protocols) == {"grpc", "http"}
    for each in protocols.values():
        assert each["tls"]["cert_file"] == "/etc/tls/tls.crt"
        assert each["tls"]["min_version"] == "1.2"
    assert protocols["grpc"]["max_recv_msg_size_mib"] == 4
    assert protocols["http"]["max_request_body_size"] == 4 * 2**20


def test_memory_is_looked_at_first_and_what_needs_the_connection_comes_before_what_forgets_it() -> None:
    steps = configured(platform(), "otel-collector")["service"]["pipelines"]["traces"]["processors"]
    assert steps == [
        "memory_limiter", "transform/claims", "k8s_attributes", "transform/whose", "transform/texts", "redaction",
        "tail_sampling", "batch",
    ]  # fmt: skip
    assert set(steps) == set(configured(platform(), "otel-collector")["processors"])


def test_no_group_of_statements_waits_for_what_a_span_may_not_have() -> None:
    processors = configured(platform(), "otel-collector")["processors"]
    for name in ("transform/claims", "transform/whose", "transform/texts"):
        for group in processors[name]["trace_statements"]:
            said = " ".join(group["statements"])
            roots = ("resource.", "span.", "spanevent.")
            named = {each for each in roots if re.search(rf"(?<![a-z]){re.escape(each)}", said)}
            assert len(named) == 1, f"{name}: {named} in one group, which runs for the last of them alone"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_jaeger_does_not_take_waits_on_a_disk_that_has_room_for_it_and_is_never_given_up(environment: str) -> None:
    recording = recorded(environment)
    said = configured(recording, "otel-collector")
    exporter = said["exporters"]["otlp_http/traces"]
    assert exporter["sending_queue"]["storage"] in said["service"]["extensions"]
    assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"
    claim = named(recording, "PersistentVolumeClaim", "otel-collector-queue")["spec"]
    storage = int(claim["resources"]["requests"]["storage"].removesuffix("Gi")) * 2**30
    assert exporter["sending_queue"]["sizer"] == "bytes"
    assert exporter["sending_queue"]["queue_size"] < said["extensions"]["file_storage"]["max_size"]
    assert 2 * said["extensions"]["file_storage"]["max_size"] <= storage, "a compaction writes a second file"
    [queue] = [each for each in pod(recording, "otel-collector")["volumes"] if each["name"] == "queue"]
    assert queue["persistentVolumeClaim"] == {"claimName": "otel-collector-queue"}
    directory = said["extensions"]["file_storage"]["directory"]
    [container] = pod(recording, "otel-collector")["containers"]
    assert {"name": "queue", "mountPath": directory} in container["volumeMounts"]


def test_jaeger_keeps_traces_on_its_volume_and_tells_of_a_trace_once_it_is_there() -> None:
    said = configured(platform(), "jaeger")
    [store] = said["extensions"]["jaeger_storage"]["backends"].values()
    assert store["badger"]["ephemeral"] is False
    data = next(
        each["mountPath"]
        for each in pod(platform(), "jaeger")["containers"][0]["volumeMounts"]
        if each["name"] == "data"
    )
    assert all(folder.startswith(f"{data}/") for folder in store["badger"]["directories"].values())
    assert "processors" not in said["service"]["pipelines"]["traces"]
    assert set(said["exporters"]["jaeger_storage_exporter"]) == {"trace_storage"}


def test_its_pages_and_its_api_answer_the_login_beside_them_alone() -> None:
    said = configured(platform(), "jaeger")["extensions"]["jaeger_query"]
    assert {said["http"]["endpoint"], said["grpc"]["endpoint"]} == {"127.0.0.1:16686", "127.0.0.1:16685"}
    assert [each["name"] for each in pod(platform(), "jaeger")["containers"]] == ["jaeger", "login"]
    ports = {port["containerPort"] for each in pod(platform(), "jaeger")["containers"] for port in each["ports"]}
    assert ports == {4318, 8443, 8888, 13133}


def test_system_administrators_enter_and_nobody_else() -> None:
    client = platform().find(type="keycloak:index/genericRoleMapper:GenericRoleMapper", name="jaeger-role-1")
    assert [urn.rsplit("::", 1)[-1] for urn in client.property_dependencies["roleId"]] == ["etl-system-administrator"]
    found = platform().find(type="keycloak:openid/client:Client", name="jaeger").inputs
    assert found["validRedirectUris"] == ["https://jaeger.etl.example.com/oauth2/callback"]
    assert found["fullScopeAllowed"] is False


def test_without_an_edge_nobody_comes_in_and_a_port_forward_finds_it_on_loopback() -> None:
    recording = platform(edge=False)
    assert recording.outputs["traces"].get("url") is None
    assert [each["name"] for each in pod(recording, "jaeger")["containers"]] == ["jaeger"]
    assert ways_in(recording, "jaeger") == [(["its own"], [4318]), ([WITHIN], [8888])]
    assert "egress" not in named(recording, "NetworkPolicy", "jaeger")["spec"]
    assert [each.name for each in recording.select(type="keycloak:openid/client:Client") if each.name == "jaeger"] == []


@pytest.mark.parametrize("workload", ["otel-collector", "jaeger"])
def test_one_pod_has_the_volume_at_a_time(workload: str) -> None:
    spec = named(platform(), "Deployment", workload)["spec"]
    assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def test_the_quota_lets_a_new_pod_come_while_the_old_one_ends() -> None:
    for environment in ENVIRONMENTS:
        recording = recorded(environment)
        hard = named(recording, "ResourceQuota", "quota")["spec"]["hard"]
        asked = [
            int(each["resources"]["limits"]["memory"].removesuffix("Mi"))
            for workload in ("otel-collector", "jaeger")
            for each in pod(recording, workload)["containers"]
        ]
        assert int(hard["limits.memory"].removesuffix("Mi")) >= sum(asked) + max(asked)
        assert int(hard["pods"]) > 2


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_errors_slow_traces_and_runs_of_jobs_are_kept_whatever_the_share_of_the_rest(environment: str) -> None:
    recording, profile = recorded(environment), PROFILES[environment]  # type: ignore[index]
    said = configured(recording, "otel-collector")["processors"]["tail_sampling"]
    errors, slow, jobs, others = said["policies"]
    assert errors["status_code"] == {"status_codes": ["ERROR"]}
    assert slow["latency"] == {"threshold_ms": profile.sampling.slow}
    [pattern] = jobs["string_attribute"]["values"]
    assert re.search(pattern.replace(r"\z", r"\Z"), TeamArgs("epidemiology", []).workspace)
    assert not re.search(pattern.replace(r"\z", r"\Z"), TeamArgs("epidemiology", []).front)
    assert others["probabilistic"] == {"sampling_percentage": profile.sampling.percentage}
    assert min(said["decision_cache"].values()) > said["num_traces"]


def test_a_developer_finds_every_trace_and_production_keeps_a_share() -> None:
    assert PROFILES["dev"].sampling.percentage == PROFILES["test"].sampling.percentage == 100
    assert 0 < PROFILES["prod"].sampling.percentage < 100


def test_the_team_follows_from_the_namespaces_that_a_team_has() -> None:
    team = TeamArgs("data", [])
    ends = {each.removeprefix("data-") for each in (team.data, team.front, team.workspace)}
    assert ends == set(configuration.NAMESPACES)


def test_no_pattern_holds_what_the_collector_would_take_for_a_variable() -> None:
    for environment in ENVIRONMENTS:
        for workload in ("otel-collector", "jaeger"):
            text = named(recorded(environment), "ConfigMap", workload)["data"]["config.yaml"]
            assert "$" not in text


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("db.password", True), ("PASSWD", True), ("auth_token", True), ("token", True),
        ("http.request.header.cookie", True),
        ("http.request.header.authorization", True), ("client_secret", True), ("api-key", True), ("user.email", True),
        ("enduser.id", True), ("client.address", True), ("patient.date_of_birth", True), ("customer.last_name", True),
        ("process.command_line", True),
        ("service.name", False), ("k8s.pod.name", False), ("http.route", False), ("gen_ai.usage.input_tokens", False),
        ("server.address", False), ("transforms.job", False), ("db.query.text", False), ("exception.message", False),
        ("code.function.name", False), ("db.collection.name", False),
    ],
)  # fmt: skip
def test_an_attribute_is_masked_by_what_it_is_called(name: str, masked: bool) -> None:
    patterns = (*redaction.SECRET_NAMES, *redaction.PERSONAL_NAMES)
    assert any(python(pattern).search(name) for pattern in patterns) is masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail to ada@example.com failed", "mail to **** failed"),
        ("postgresql://cases:hunter2@db/cases", "postgresql****db/cases"),
        ("/cb?code=abc123&next=1", "/cb****&next=1"),
        ("login with password=hunter2 refused", "login with **** refused"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: ****"),
        ("eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl!", "****!"),
        ("card 4111 1111 1111 1111", "card ****"),
        ("to DE89 3704 0044 0532 0130 00 today", "to **** today"),
        ("the key AKIAIOSFODNN7EXAMPLE", "the key ****"),
        ("exit code: 1", "exit code: 1"),
        ("basic understanding of tokens", "basic understanding of tokens"),
        ("read 4111 rows of public.covid_confirmed in 12.5 s", "read 4111 rows of public.covid_confirmed in 12.5 s"),
        ("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c"),
        ("2026-11-24T09:41:00.123456789Z", "2026-11-24T09:41:00.123456789Z"),
        ("https://keycloak.platform-identity.svc:443/realms/etl", "https://keycloak.platform-identity.svc:443/realms/etl"),
    ],
)  # fmt: skip
def test_what_is_secret_or_personal_in_a_text_is_masked_and_the_rest_stays(text: str, left: str) -> None:
    for pattern in (*redaction.SECRET_VALUES, *redaction.PERSONAL_VALUES):
        text = python(pattern).sub(redaction.MASK, text)
    assert text == left


def python(pattern: str) -> re.Pattern[str]:
    """An RE2 pattern as Python has it; the collector's own reading of it is tested in the sandbox."""
    if "|(?i)" in pattern:
        first, _, second = pattern.partition("|(?i)")
        return re.compile(f"{first}|(?i:{second})")
    return re.compile(pattern.replace(r"\z", r"\Z"))


def test_a_job_is_sent_by_the_policy_of_its_driver() -> None:
    policy: Resource = platform().find(type="NetworkPolicy", name="epidemiology-spark-driver")
    collectors = [
        rule
        for rule in policy.inputs["spec"]["egress"]
        if rule.get("to")
        and rule["to"][0]["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "otel-collector"}
    ]
    assert [[port["port"] for port in rule["ports"]] for rule in collectors] == [[4317, 4318]]
