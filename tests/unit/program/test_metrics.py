"""Prometheus and Alertmanager as each environment declares them: whom they ask, who may ask them, whom they tell."""

import re
from typing import Any

import pytest
import yaml

from components.network import pods
from components.observability.jobs import JOBS
from components.observability.targets import Target, scrape_configs
from delivery.record import record
from delivery.recording import SECRET, Recording, Resource
from stacks import confidential, environment
from stacks.profiles import PROFILES
from stacks.settings import Settings, load_mapping
from tests.unit.program.conftest import build_from, recorded

NAMESPACE = "platform-observability"


def kind(recording: Recording, name: str) -> list[Resource]:
    """The objects of a kind in the namespace of observability."""
    found = [
        each for each in recording.resources if each.type.startswith("kubernetes:") and each.type.endswith(f":{name}")
    ]
    return [each for each in found if each.inputs["metadata"].get("namespace") == NAMESPACE]


def files(recording: Recording) -> dict[str, Any]:
    """Prometheus' own files."""
    content = recording.find(type="kubernetes:core/v1:ConfigMap", name="prometheus-configuration").inputs["data"]
    return {name: yaml.safe_load(text) for name, text in content.items()}


def jobs(recording: Recording) -> dict[str, dict[str, Any]]:
    return {each["job_name"]: each for each in files(recording)["prometheus.yaml"]["scrape_configs"]}


def hosts(job: dict[str, Any]) -> dict[str, int]:
    """The names by which a job finds what it asks, and their ports."""
    if "static_configs" in job:
        pairs = [target.split(":") for each in job["static_configs"] for target in each["targets"]]
        return {host: int(port) for host, port in pairs}
    return {name: each["port"] for each in job["dns_sd_configs"] for name in each["names"]}


def facts(recording: Recording, name: str) -> list[dict[str, Any]]:
    declared, *_ = files(recording)["rules.yaml"]["groups"]
    return [each for each in declared["rules"] if each["record"] == f"declared:{name}"]


def test_a_stack_that_does_not_ask_is_not_watched() -> None:
    recording = build_from(load_mapping({"domain": "dev.etl.example.com"}, "dev"))
    assert recording.outputs.get("observability") is None
    assert NAMESPACE not in {
        each.inputs["metadata"]["name"] for each in recording.select(type="kubernetes:core/v1:Namespace")
    }


def test_every_server_of_a_database_is_asked_and_known_by_its_team_and_database(declared: Recording) -> None:
    asked = jobs(declared)["postgres"]
    labels = [tuple(each["labels"].values()) for each in asked["static_configs"]]
    expected = [(each["team"], f"{each['team']}-data", each["name"]) for each in declared.outputs["databases"]]
    assert labels == [("platform", "platform-identity", "keycloak"), *expected]
    assert len(hosts(asked)) == len(labels)


def test_everything_else_that_tells_figures_is_asked_pod_by_pod(declared: Recording) -> None:
    assert set(jobs(declared)) == set(JOBS)
    for name, job in jobs(declared).items():
        assert ("dns_sd_configs" in job) is JOBS[name].each  # type: ignore[index]
        team = [each["replacement"] for each in job.get("relabel_configs", []) if each["target_label"] == "team"]
        assert team == (["platform"] if JOBS[name].each else [])  # type: ignore[index]


def test_a_name_that_is_asked_is_a_services_and_its_port_the_pods(declared: Recording) -> None:
    services = {
        f"{each.inputs['metadata']['name']}.{each.inputs['metadata']['namespace']}.svc": each.inputs["spec"]
        for each in declared.select(type="kubernetes:core/v1:Service")
    }
    for job in jobs(declared).values():
        for host, port in hosts(job).items():
            assert services[host]["clusterIP"] == "None"
            assert services[host]["publishNotReadyAddresses"] is True
            assert [each["port"] for each in services[host]["ports"]] == [port]


def test_what_passes_the_network_in_the_clear_says_nothing_of_people_and_all_else_is_verified(
    declared: Recording,
) -> None:
    for name, job in jobs(declared).items():
        assert (job.get("scheme") == "https") is JOBS[name].tls  # type: ignore[index]
        if job.get("scheme") == "https":
            assert job["tls_config"].keys() == {"ca_file", "server_name"}, "and never insecure_skip_verify"


def test_each_job_bounds_what_one_target_may_tell(declared: Recording) -> None:
    assert all(job["sample_limit"] > 0 for job in jobs(declared).values())
    assert files(declared)["prometheus.yaml"]["global"].keys() >= {"body_size_limit", "label_limit"}


def test_neither_prometheus_nor_alertmanager_can_speak_to_the_api_server_or_holds_a_token(declared: Recording) -> None:
    workloads = kind(declared, "StatefulSet")
    assert workloads
    for each in workloads:
        pod = each.inputs["spec"]["template"]["spec"]
        assert "serviceAccountName" not in pod
        assert "serviceAccountToken" not in str(pod)
    for policy in kind(declared, "NetworkPolicy"):
        for rule in policy.inputs["spec"].get("egress", []):
            assert rule.get("to") or policy.name in {"state-traffic", "collector-traffic"}, "no way out to everyone"


def test_what_knows_the_state_of_objects_sees_a_few_kinds_in_the_environments_namespaces_alone(
    declared: Recording,
) -> None:
    roles = {each.name: each.inputs["rules"] for each in declared.select(type="ClusterRole") if "state" in each.name}
    assert set(roles) == {"state", "state-definitions"}
    seen = {resource for rules in roles.values() for rule in rules for resource in rule["resources"]}
    assert not seen & {"secrets", "configmaps", "*"}
    assert {verb for rules in roles.values() for rule in rules for verb in rule["verbs"]} == {"list", "watch"}
    everywhere = [each for each in declared.select(type="ClusterRoleBinding") if "state" in each.name]
    assert [each.name for each in everywhere] == ["state-definitions"], "definitions have no namespace, and no data"
    within = {
        each.inputs["metadata"]["namespace"]
        for each in declared.select(type="kubernetes:rbac.authorization.k8s.io/v1:RoleBinding")
        if each.name.startswith("state-")
    }
    ours = {each.inputs["metadata"]["name"] for each in declared.select(type="kubernetes:core/v1:Namespace")}
    assert within == ours
    [workload] = [each for each in kind(declared, "Deployment") if each.name == "state"]
    [container] = workload.inputs["spec"]["template"]["spec"]["containers"]
    [asked] = [each for each in container["args"] if each.startswith("--namespaces=")]
    assert set(asked.removeprefix("--namespaces=").split(",")) == ours


def test_what_it_tells_of_a_teams_namespace_is_the_teams() -> None:
    [rule] = [
        each
        for each in jobs(recorded("prod"))["kube-state-metrics"]["metric_relabel_configs"]
        if each.get("target_label") == "team"
    ]
    teams = {name: re.fullmatch(rule["regex"], name) for name in ("epidemiology-data", "a-b-spark", "platform-spark")}
    assert [found and found[1] for found in teams.values()] == ["epidemiology", "a-b", "platform"]
    assert not re.fullmatch(rule["regex"], "platform-identity"), "which stays the target's, the platform"


def test_prometheus_reaches_what_it_asks_and_nothing_else(declared: Recording) -> None:
    [policy] = [each for each in kind(declared, "NetworkPolicy") if each.name == "prometheus-traffic"]
    ports = {port["port"] for rule in policy.inputs["spec"]["egress"] for port in rule["ports"]}
    assert ports == {port for job in jobs(declared).values() for port in hosts(job).values()}
    allowed = sum(len(rule["to"]) for rule in policy.inputs["spec"]["egress"])
    assert allowed == sum(len(hosts(job)) for job in jobs(declared).values())


def test_whatever_is_asked_lets_prometheus_in(declared: Recording) -> None:
    """Of each rule out to pods there is one of theirs that lets Prometheus in, by the same labels and port."""
    [policy] = [each for each in kind(declared, "NetworkPolicy") if each.name == "prometheus-traffic"]
    inward = [
        (each.inputs["metadata"]["namespace"], each.inputs["spec"]["podSelector"].get("matchLabels", {}), rule)
        for each in declared.select(type="kubernetes:networking.k8s.io/v1:NetworkPolicy")
        for rule in each.inputs["spec"].get("ingress", [])
        if "'app.kubernetes.io/name': 'prometheus'" in str(rule.get("from"))
    ]
    for rule in policy.inputs["spec"]["egress"]:
        [port] = [each["port"] for each in rule["ports"]]
        for peer in rule["to"]:
            within = peer.get("namespaceSelector", {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}})
            labels = peer["podSelector"]["matchLabels"]
            assert [
                found
                for where, select, found in inward
                if where == within["matchLabels"]["kubernetes.io/metadata.name"]
                and labels.items() <= select.items()
                and port in [each["port"] for each in found["ports"]]
            ], f"{labels} does not let Prometheus in on {port}"


def test_nobody_asks_them_without_a_password_over_tls(declared: Recording) -> None:
    for name in ("prometheus", "alertmanager", "state"):
        secret = declared.find(type="kubernetes:core/v1:Secret", name=f"{name}-server").inputs["stringData"]
        assert secret["web.yaml"] == SECRET
        workloads = [*kind(declared, "StatefulSet"), *kind(declared, "Deployment")]
        [workload] = [each for each in workloads if each.name in {f"{name}-a", name}]
        [container] = workload.inputs["spec"]["template"]["spec"]["containers"]
        assert any(each.endswith("/web.yaml") for each in container["args"])
        login = declared.find(type="kubernetes:core/v1:Secret", name=f"{name}-login").inputs["stringData"]
        assert login["password"] == SECRET


def test_it_takes_telemetry_from_the_collector_alone_and_never_by_the_admin_api(declared: Recording) -> None:
    [workload] = [each for each in kind(declared, "StatefulSet") if each.name == "prometheus-a"]
    [container] = workload.inputs["spec"]["template"]["spec"]["containers"]
    assert "--web.enable-otlp-receiver" in container["args"]
    assert not [
        each for each in container["args"] if "admin-api" in each or "lifecycle" in each or "remote-write" in each
    ]
    [policy] = [each for each in kind(declared, "NetworkPolicy") if each.name == "prometheus-traffic"]
    [rule] = policy.inputs["spec"]["ingress"]
    assert [each["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for each in rule["from"]] == [
        "prometheus",
        "otel-collector",
    ]


def test_alertmanager_is_let_out_to_its_receivers_alone() -> None:
    def ways(environment: str) -> list[list[int]]:
        [policy] = [
            each for each in kind(recorded(environment), "NetworkPolicy") if each.name == "alertmanager-traffic"
        ]
        return [
            [port["port"] for port in rule["ports"]]
            for rule in policy.inputs["spec"].get("egress", [])
            if "ipBlock" in str(rule["to"])
        ]

    assert ways("dev") == []
    assert ways("prod") == [[443]]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_figures_stay_as_long_as_the_profile_says_and_leave_the_volume_room(environment: str) -> None:
    size = PROFILES[environment].prometheus  # type: ignore[index]
    kept = files(recorded(environment))["prometheus.yaml"]["storage"]["tsdb"]["retention"]
    assert kept["time"] == f"{size.days}d"
    assert int(kept["size"].removesuffix("MB")) < size.storage * 1024 * 0.9
    claim = recorded(environment).find(type="kubernetes:core/v1:PersistentVolumeClaim", name="prometheus-a").inputs
    assert claim["spec"]["resources"]["requests"]["storage"] == f"{size.storage}Gi"


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_last_week_is_still_there_to_compare_with(profile: Any) -> None:
    assert profile.prometheus.days > 8


def test_in_prod_there_are_two_of_each_and_one_may_be_away() -> None:
    recording = recorded("prod")
    for name in ("prometheus", "alertmanager"):
        found = [each for each in kind(recording, "StatefulSet") if each.name.startswith(f"{name}-")]
        assert [each.name for each in found] == [f"{name}-a", f"{name}-b"]
        first, second = found
        assert first.urn in second.dependencies, "a new version comes one after the other"
        assert first.inputs["spec"]["selector"] != second.inputs["spec"]["selector"]
        assert "podAntiAffinity" in second.inputs["spec"]["template"]["spec"]["affinity"]
        budget = recording.find(type="kubernetes:policy/v1:PodDisruptionBudget", name=name).inputs["spec"]
        assert budget["maxUnavailable"] == 1
        labels = [each.inputs["spec"]["template"]["metadata"]["labels"] for each in found]
        assert all(budget["selector"]["matchLabels"].items() <= each.items() for each in labels)
    assert [each["expr"] for each in facts(recording, "replicas") if each["labels"]["job"] == "prometheus"] == [
        "vector(2)"
    ]


def test_replicas_of_alertmanager_find_each_other_over_tls_and_a_single_one_listens_to_nobody() -> None:
    def arguments(environment: str, name: str) -> list[str]:
        [workload] = [each for each in kind(recorded(environment), "StatefulSet") if each.name == name]
        [container] = workload.inputs["spec"]["template"]["spec"]["containers"]
        return [each for each in container["args"] if each.startswith("--cluster")]

    assert arguments("dev", "alertmanager-a") == ["--cluster.listen-address="]
    assert arguments("prod", "alertmanager-b") == [
        "--cluster.listen-address=:9094",
        "--cluster.tls-config=/etc/alertmanager/cluster.yaml",
        f"--cluster.peer=alertmanager-a-0.alertmanager-replicas.{NAMESPACE}.svc:9094",
    ]


def test_what_is_to_be_backed_up_is_missed_when_it_is_not(declared: Recording) -> None:
    asked = {
        (each["labels"]["team"], each["labels"]["database"]) for each in facts(declared, "backup_interval_seconds")
    }
    jobs_of = {
        (
            each.inputs["metadata"]["labels"].get("etl-platform/team", "platform"),
            each.inputs["metadata"]["labels"]["app.kubernetes.io/name"],
        )
        for each in declared.select(type="kubernetes:batch/v1:CronJob")
        if each.name.endswith("-backup")
    }
    assert asked == {(team, "keycloak" if name == "keycloak-database" else name) for team, name in jobs_of}


def test_an_interval_is_the_longest_that_its_schedule_has() -> None:
    def interval(schedule: str) -> str:
        backup = {"schedule": schedule, "keep": {"daily": 1}}
        database = {"name": "cases", "backup": backup}
        asked = {
            "domain": "dev.etl.example.com",
            "observability": {},
            "teams": [{"name": "lab", "owners": ["a@example.com"], "databases": [database]}],
        }
        [fact] = facts(build_from(load_mapping(asked, "dev")), "backup_interval_seconds")
        return str(fact["expr"])

    assert interval("15 1 * * *") == "vector(86400)"
    assert interval("0 1 * * 1-5") == f"vector({3 * 86400})", "over the weekend"


def test_how_many_there_are_to_be_is_what_is_declared(declared: Recording) -> None:
    found = {
        each["labels"]["job"]: int(each["expr"].removeprefix("vector(").removesuffix(")"))
        for each in facts(declared, "replicas")
    }
    deployed = {
        each.name: each.inputs["spec"]["replicas"] for each in declared.select(type="kubernetes:apps/v1:Deployment")
    }
    assert found["keycloak"] == deployed["keycloak"]
    assert found["edge"] == deployed["edge"]
    values = declared.find(type="kubernetes:helm.sh/v3:Release", name="spark-operator").inputs["values"]
    assert found["spark-operator"] == values["controller"]["replicas"] + values["webhook"]["replicas"]


def test_its_quota_has_room_for_one_more_of_each(declared: Recording) -> None:
    [quota] = [each.inputs["spec"]["hard"] for each in kind(declared, "ResourceQuota")]
    workloads = [*kind(declared, "StatefulSet"), *kind(declared, "Deployment")]
    containers = [each.inputs["spec"]["template"]["spec"]["containers"] for each in workloads]
    assert int(quota["pods"]) >= len(containers) + 3
    memory = sum(int(one["resources"]["limits"]["memory"].removesuffix("Mi")) for found in containers for one in found)
    assert int(quota["limits.memory"].removesuffix("Mi")) > memory


def test_a_target_whose_job_speaks_tls_needs_the_name_of_its_certificate() -> None:
    with pytest.raises(ValueError, match="targets of keycloak need certificate's name"):
        scrape_configs([Target("keycloak", "keycloak.svc", 9000, pods({"app": "keycloak"}))])
    with pytest.raises(ValueError, match="targets of postgres have no certificate's name"):
        scrape_configs([Target("postgres", "cases.svc", 9187, pods({"app": "cases"}), server_name="cases.svc")])


ASKED: dict[str, Any] = {
    "slack_channel": "#etl",
    "pagerduty": True,
    "webhook": "https://alerts.example.com:8443/etl",
    "networks": ["198.51.100.0/24"],
}
MAIL = {"mail": {"host": "smtp.example.com", "from": "etl@example.com", "networks": ["192.0.2.0/24"]}}


def watched(**alerts: Any) -> Settings:
    return load_mapping({"domain": "dev.etl.example.com", "identity": MAIL, "observability": {"alerts": alerts}}, "dev")


def test_a_secret_that_nobody_set_is_asked_for_by_name() -> None:
    said: list[str] = []
    record(lambda: said.extend(confidential.missing(watched(**ASKED))), stack="dev")
    assert [each.partition("--secret ")[2] for each in said] == [
        "observability:slack_url`.",
        "observability:pagerduty_key`.",
    ]


def test_what_reaches_people_has_its_own_ways_out_and_none_of_its_secrets_is_shown() -> None:
    secrets = {"observability:slack_url": "https://hooks.example.com/secret", "observability:pagerduty_key": "secret"}
    recording = record(lambda: environment.export(watched(**ASKED)), stack="dev", config=secrets)
    [policy] = [each for each in kind(recording, "NetworkPolicy") if each.name == "alertmanager-traffic"]
    assert [
        (rule["to"][0]["ipBlock"]["cidr"], rule["ports"][0]["port"]) for rule in policy.inputs["spec"]["egress"]
    ] == [("198.51.100.0/24", 443), ("198.51.100.0/24", 8443), ("192.0.2.0/24", 587)]
    shown = recording.find(type="kubernetes:core/v1:Secret", name="alertmanager-server").inputs["stringData"]
    assert shown["alertmanager.yaml"] == SECRET
    assert "hooks.example.com" not in str(recording.resources)
