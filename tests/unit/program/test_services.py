"""A team's services: what runs, who may reach it, who may enter, and what it is given."""

from functools import cache
from pathlib import Path
from typing import Any

from components.services import proxy
from components.services.proxy import Entrance
from delivery.recording import Recording
from stacks.contract.services_checks import LOGIN_PORT
from stacks.settings import load_mapping
from tests.unit.program.conftest import build_from

FOLDER = Path(__file__).resolve().parents[2] / "fixtures/settings/valid"
DASHBOARD = {
    "name": "dashboard",
    "image": "ghcr.io/example/dashboard:1.4.2",
    "host": "cases",
    "port": 8000,
    "roles": ["data-manager"],
    "databases": ["daily_cases"],
    "health": "/healthz",
    "environment": [{"name": "LOG_LEVEL", "value": "info"}],
}
INTAKE = {"name": "intake", "context": "services/dashboard", "login": "none", "replicas": 1}


@cache
def platform(profile: str = "prod") -> Recording:
    teams = [
        {
            "name": "epidemiology",
            "owners": ["ada@example.com"],
            "databases": [{"name": "daily_cases"}, {"name": "figures"}],
            "services": [DASHBOARD, INTAKE],
        },
        {"name": "reporting", "owners": ["grace@example.com"]},
    ]
    return build_from(load_mapping({"domain": "etl.example.com", "edge": {}, "teams": teams}, profile, FOLDER))


def find(kind: str, name: str, namespace: str = "epidemiology-services") -> dict[str, Any]:
    [found] = [
        each.inputs
        for each in platform().select(type=kind)
        if each.inputs["metadata"]["name"] == name and each.inputs["metadata"].get("namespace") == namespace
    ]
    return dict(found)


def pod(service: str) -> dict[str, Any]:
    found: dict[str, Any] = find("Deployment", service)["spec"]["template"]["spec"]
    return found


def policy(name: str, namespace: str = "epidemiology-services") -> dict[str, Any]:
    found: dict[str, Any] = find("NetworkPolicy", name, namespace)["spec"]
    return found


def program(service: str) -> dict[str, Any]:
    found: dict[str, Any] = pod(service)["containers"][0]
    return found


def variables(service: str) -> dict[str, str]:
    return {each["name"]: each["value"] for each in program(service)["env"]}


def test_a_service_runs_in_as_many_copies_as_its_entry_or_its_profile_says() -> None:
    assert find("Deployment", "dashboard")["spec"]["replicas"] == 2
    assert find("Deployment", "intake")["spec"]["replicas"] == 1
    budgets = [each.inputs["metadata"]["name"] for each in platform().select(type="PodDisruptionBudget")]
    assert "dashboard" in budgets
    assert "intake" not in budgets


def test_its_image_is_the_one_it_names_or_one_built_from_its_context() -> None:
    assert program("dashboard")["image"] == "ghcr.io/example/dashboard:1.4.2"
    [built] = platform().select(type="docker:index/image:Image")
    assert built.inputs["imageName"].startswith("etl-platform/epidemiology-intake:")
    assert program("intake")["image"] == built.inputs["imageName"]


def test_it_has_no_privilege_and_writes_nowhere_but_in_tmp() -> None:
    for each in (*pod("dashboard")["containers"], *pod("intake")["containers"]):
        security = each["securityContext"]
        assert security["readOnlyRootFilesystem"] is True
        assert security["allowPrivilegeEscalation"] is False
        assert security["capabilities"] == {"drop": ["ALL"]}
    writable = [each["mountPath"] for each in program("dashboard")["volumeMounts"] if not each.get("readOnly")]
    assert writable == ["/tmp"]


def test_it_finds_its_database_as_files_with_the_writers_login_and_no_other() -> None:
    folder = program("dashboard")["volumeMounts"][1]
    assert folder == {
        "name": "connection-daily-cases", "mountPath": "/etc/connections/daily_cases", "readOnly": True,
    }  # fmt: skip
    secret = next(
        each
        for each in platform().select(type="kubernetes:core/v1:Secret")
        if each.inputs["metadata"]["name"] == "dashboard-daily-cases"
    )
    assert set(secret.inputs["stringData"]) == {"host", "port", "database", "username", "password", "ca.crt"}
    roles = {each.urn: each.inputs["name"] for each in platform().select(type="postgresql:index/role:Role")}
    logins = {roles[urn] for urn in secret.property_dependencies["stringData"] if urn in roles}
    assert logins == {"daily_cases_writer"}
    assert variables("dashboard")["CONNECTIONS"] == "/etc/connections"
    assert "CONNECTIONS" not in variables("intake")


def test_it_says_who_it_is_in_the_standard_variables_and_sends_nothing_while_nobody_listens() -> None:
    said = variables("dashboard")
    assert said["OTEL_SERVICE_NAME"] == "dashboard"
    assert said["OTEL_RESOURCE_ATTRIBUTES"] == "deployment.environment.name=prod,service.namespace=epidemiology"
    assert {said[f"OTEL_{signal}_EXPORTER"] for signal in ("TRACES", "METRICS", "LOGS")} == {"none"}
    assert said["LOG_LEVEL"] == "info"
    assert said["PORT"] == "8000"


def test_only_the_edge_reaches_it_and_where_people_log_in_only_their_login() -> None:
    for service, port in (("dashboard", proxy.PORT), ("intake", 8080)):
        [way] = policy(service)["ingress"]
        assert [each["namespaceSelector"]["matchLabels"] for each in way["from"]] == [
            {"kubernetes.io/metadata.name": "platform-edge"}
        ]
        assert [each["port"] for each in way["ports"]] == [port]
    assert proxy.PORT == LOGIN_PORT


def test_it_reaches_its_own_databases_the_collector_and_keycloak_alone() -> None:
    def ways(service: str) -> list[tuple[str, list[int]]]:
        return [
            (way["to"][0]["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"],
             [each["port"] for each in way["ports"]])
            for way in policy(service)["egress"]
        ]  # fmt: skip

    assert ways("dashboard") == [
        ("platform-observability", [4317, 4318]),
        ("epidemiology-data", [5432]),
        ("platform-identity", [8443]),
    ]
    assert ways("intake") == [("platform-observability", [4317, 4318])]


def test_the_other_ends_of_these_ways_are_open_for_it_alone() -> None:
    into_keycloak = policy("from-epidemiology-services-dashboard", "platform-identity")
    [way] = into_keycloak["ingress"]
    assert way["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "dashboard"
    clients, _ = policy("daily-cases", "epidemiology-data")["ingress"]
    services = [
        each["podSelector"]["matchLabels"]["app.kubernetes.io/name"]
        for each in clients["from"]
        if each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] == "epidemiology-services"
    ]
    assert services == ["dashboard"]
    clients, _ = policy("figures", "epidemiology-data")["ingress"]
    assert "epidemiology-services" not in str(clients)


def test_a_login_stands_before_the_program_and_names_who_may_enter() -> None:
    assert [each["name"] for each in pod("dashboard")["containers"]] == ["service", "login"]
    assert [each["name"] for each in pod("intake")["containers"]] == ["service"]
    client = platform().find(type="keycloak:openid/client:Client", name="epidemiology-dashboard").inputs
    assert client["validRedirectUris"] == ["https://cases.etl.example.com/oauth2/callback"]
    assert client["pkceCodeChallengeMethod"] == "S256"
    assert client["fullScopeAllowed"] is False


def test_the_configuration_of_the_login_holds_no_secret_and_no_second_way_in() -> None:
    entrance = Entrance("epidemiology-dashboard", "cases.etl.example.com", ["team:epidemiology:data-manager"], 8000)
    text = proxy.configuration(entrance, "https://id.etl.example.com/realms/etl", "https://keycloak.x.svc/realms/etl")
    assert 'allowed_groups = ["team:epidemiology:data-manager"]\n' in text
    assert 'client_secret_file = "/etc/oauth2-proxy/client-secret"\n' in text
    assert 'http_address = ""\n' in text
    assert 'oidc_issuer_url = "https://id.etl.example.com/realms/etl"\n' in text
    assert 'redeem_url = "https://keycloak.x.svc/realms/etl/protocol/openid-connect/token"\n' in text
    assert "insecure" not in text
    assert "skip_auth" not in text


def test_the_edge_leads_to_it_with_the_stricter_limits_for_its_login() -> None:
    route = find("HTTPRoute", "epidemiology-dashboard", "platform-edge")["spec"]
    assert route["hostnames"] == ["cases.etl.example.com"]
    by_path = {
        match["path"]["value"]: [each["extensionRef"]["name"] for each in rule["filters"]]
        for rule in route["rules"]
        for match in rule["matches"]
    }
    assert set(by_path) == {"/", "/oauth2"}
    assert "login-rate" in by_path["/oauth2"]
    assert "standard-rate" in by_path["/"]
    open_route = find("HTTPRoute", "epidemiology-intake", "platform-edge")["spec"]
    assert open_route["hostnames"] == ["intake.etl.example.com"]


def test_a_team_without_services_has_no_namespace_for_them() -> None:
    names = {each.inputs["metadata"]["name"] for each in platform().select(type="kubernetes:core/v1:Namespace")}
    assert "epidemiology-services" in names
    assert "reporting-services" not in names
