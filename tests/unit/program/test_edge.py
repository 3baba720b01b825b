"""The way in, as each environment that asks for one declares it."""

from typing import Any

import pytest
import yaml

from components.base import Owner
from components.identity.configuration import Connection, keycloak_conf
from components.network import Access, CertificateAuthority, CertificateAuthorityArgs
from components.network.edge import Backend, Edge, EdgeArgs, PathRule, RouteArgs
from components.network.edge.configuration import configuration
from components.workload import Compute
from delivery.record import record
from delivery.recording import SECRET, Recording, Resource
from stacks.profiles import PROFILES
from stacks.settings import load_mapping
from tests.unit.program.conftest import build_from, recorded

WITH_EDGE = ("test", "prod")


@pytest.fixture(params=WITH_EDGE)
def declared(request: pytest.FixtureRequest) -> Recording:
    """Each environment whose committed file asks for an edge."""
    return recorded(request.param)


def custom(recording: Recording, kind: str, name: str) -> dict[str, Any]:
    """The spec of the custom resource of this kind and name."""
    [found] = [
        each.inputs
        for each in recording.resources
        if each.inputs.get("kind") == kind and each.inputs["metadata"]["name"] == name
    ]
    spec: dict[str, Any] = found["spec"]
    return spec


def policy(recording: Recording, name: str) -> dict[str, Any]:
    spec: dict[str, Any] = recording.find(type="kubernetes:networking.k8s.io/v1:NetworkPolicy", name=name).inputs[
        "spec"
    ]
    return spec


def deployment(recording: Recording) -> Resource:
    return recording.find(type="kubernetes:apps/v1:Deployment", name="edge")


def domain(recording: Recording) -> str:
    return str(recording.outputs["edge"]["hosts"][0]).removeprefix("id.")


def test_a_stack_that_does_not_ask_has_no_edge_and_keycloak_believes_no_proxy() -> None:
    settings = load_mapping({"domain": "dev.etl.example.com"}, "dev")
    recording = build_from(settings)
    assert recording.outputs.get("edge") is None
    assert recording.select(type="etl-platform:network:Edge") == []
    assert {each.inputs["metadata"]["name"] for each in recording.select(type="kubernetes:core/v1:Namespace")} == {
        "platform-identity"
    }


def test_there_is_one_https_listener_for_each_host_and_a_plain_one_that_only_redirects(declared: Recording) -> None:
    plain, *secure = custom(declared, "Gateway", "edge")["listeners"]
    assert (plain["protocol"], plain["port"], plain["name"]) == ("HTTP", 8080, "http")
    assert [(each["protocol"], each["port"], each["hostname"]) for each in secure] == [
        ("HTTPS", 8443, f"{label}.{domain(declared)}") for label in ("id", "jaeger")
    ]
    assert secure[0]["tls"] == {
        "mode": "Terminate",
        "certificateRefs": [{"group": "", "kind": "Secret", "name": "id-certificate"}],
    }
    [rule] = custom(declared, "HTTPRoute", "to-https")["rules"]
    assert "backendRefs" not in rule
    assert rule["filters"] == [{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}]
    routes = [
        each.inputs["spec"]
        for each in declared.resources
        if each.inputs.get("kind") == "HTTPRoute" and each.inputs["metadata"]["name"] != "to-https"
    ]
    assert routes
    assert not [each for each in routes for parent in each["parentRefs"] if parent["sectionName"] == "http"]


def test_the_listeners_key_is_secret_and_its_certificate_names_the_host_alone(declared: Recording) -> None:
    secret = declared.find(type="kubernetes:core/v1:Secret", name="edge-id").inputs
    assert secret["type"] == "kubernetes.io/tls"
    assert secret["stringData"]["tls.key"] == SECRET
    request = declared.find(type="tls:index/certRequest:CertRequest", name="edge-id-request").inputs
    assert request["dnsNames"] == [f"id.{domain(declared)}"]


def test_tls_is_modern_and_an_unknown_name_is_refused(declared: Recording) -> None:
    options = custom(declared, "TLSOption", "default")
    assert options["minVersion"] == "VersionTLS12"
    assert options["sniStrict"] is True
    assert all(
        each.startswith("TLS_ECDHE_") and ("GCM" in each or "POLY1305" in each) for each in options["cipherSuites"]
    )


def test_of_keycloak_only_the_realms_own_paths_pass(declared: Recording) -> None:
    route = custom(declared, "HTTPRoute", "keycloak")
    assert route["hostnames"] == [f"id.{domain(declared)}"]
    matches = [match["path"] for rule in route["rules"] for match in rule["matches"]]
    assert {each["value"] for each in matches} == {
        "/realms/etl",
        "/realms/etl/login-actions",
        "/resources",
        "/.well-known/openid-configuration/realms/etl",
        "/.well-known/oauth-authorization-server/realms/etl",
    }
    assert {each["type"] for each in matches} == {"PathPrefix"}


def test_each_way_has_headers_rate_in_flight_and_body_limits_and_the_login_stricter_ones(declared: Recording) -> None:
    by_limits = {
        tuple(match["path"]["value"] for match in rule["matches"]): [
            each["extensionRef"]["name"] for each in rule["filters"]
        ]
        for rule in custom(declared, "HTTPRoute", "keycloak")["rules"]
    }
    assert by_limits[("/realms/etl/login-actions",)] == ["headers", "login-rate", "login-in-flight", "login-body"]
    assert {tuple(each) for each in by_limits.values()} == {
        ("headers", "login-rate", "login-in-flight", "login-body"),
        ("headers", "standard-rate", "standard-in-flight", "standard-body"),
    }
    rates = {name: custom(declared, "Middleware", f"{name}-rate")["rateLimit"] for name in ("login", "standard")}
    flights = {
        name: custom(declared, "Middleware", f"{name}-in-flight")["inFlightReq"] for name in ("login", "standard")
    }
    bodies = {
        name: custom(declared, "Middleware", f"{name}-body")["buffering"]["maxRequestBodyBytes"]
        for name in ("login", "standard")
    }
    assert rates["login"]["average"] < rates["standard"]["average"]
    assert rates["login"]["burst"] < rates["standard"]["burst"]
    assert flights["login"]["amount"] < flights["standard"]["amount"]
    assert bodies["login"] < bodies["standard"]
    # Without a criterion of its own the limit of requests in flight would be one for the whole host.
    for each in (*rates.values(), *flights.values()):
        assert each["sourceCriterion"] == {"ipStrategy": {"ipv6Subnet": 64}}


def test_the_headers_hold_browsers_to_https(declared: Recording) -> None:
    headers = custom(declared, "Middleware", "headers")["headers"]
    assert headers["stsSeconds"] >= 365 * 24 * 3600
    assert headers["contentTypeNosniff"] is True
    assert headers["customResponseHeaders"] == {"Server": "", "X-Powered-By": ""}


def test_the_backend_is_verified_by_the_platforms_authority_and_reached_at_its_cluster_address(
    declared: Recording,
) -> None:
    policy_spec = custom(declared, "BackendTLSPolicy", "keycloak")
    assert policy_spec["validation"] == {
        "hostname": "keycloak.platform-identity.svc",
        "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "platform-ca"}],
    }
    service = declared.find(type="kubernetes:core/v1:Service", name="edge-keycloak").inputs
    assert "selector" not in service["spec"]
    endpoints = declared.find(type="kubernetes:discovery.k8s.io/v1:EndpointSlice", name="edge-keycloak").inputs
    assert endpoints["metadata"]["labels"]["kubernetes.io/service-name"] == service["metadata"]["name"]
    assert [port["name"] for port in endpoints["ports"]] == [port["name"] for port in service["spec"]["ports"]]


def test_the_edge_reaches_keycloaks_pods_on_one_port_and_keycloak_lets_it_in(declared: Recording) -> None:
    [out] = policy(declared, "edge-to-keycloak")["egress"]
    assert [port["port"] for port in out["ports"]] == [8443]
    [peer] = out["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "platform-identity"}
    assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "keycloak"
    people, _, observers = policy(declared, "keycloak-traffic")["ingress"]
    [edge] = [each for each in people["from"] if "podSelector" in each]
    assert edge["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "platform-edge"}
    assert [port["port"] for port in people["ports"]] == [8443]
    assert [port["port"] for port in observers["ports"]] == [9000], "health and metrics are nobody else's"
    [asker] = observers["from"]
    assert asker["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "prometheus"


def test_people_come_by_the_configured_ranges_and_metrics_go_inside_alone(declared: Recording) -> None:
    people, observers = policy(declared, "edge-traffic")["ingress"]
    assert people["from"] == [{"ipBlock": {"cidr": "10.0.0.0/8"}}]
    assert {port["port"] for port in people["ports"]} == {8443, 8080}
    assert {port["port"] for port in observers["ports"]} == {9000}
    assert "ipBlock" not in str(observers["from"])
    service = declared.find(type="kubernetes:core/v1:Service", name="edge").inputs["spec"]
    assert {port["port"]: port["targetPort"] for port in service["ports"]} == {443: 8443, 80: 8080}
    assert service["type"] == "LoadBalancer"
    assert service["loadBalancerSourceRanges"] == ["10.0.0.0/8"]
    assert service["externalTrafficPolicy"] == "Local", "limits per client need the client's address"


def test_its_account_reads_secrets_in_its_own_namespace_alone(declared: Recording) -> None:
    everywhere = declared.find(type="kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", name="edge").inputs["rules"]
    assert {resource for rule in everywhere for resource in rule["resources"]} == {
        "namespaces", "gatewayclasses", "gatewayclasses/status",
    }  # fmt: skip
    within = declared.find(type="kubernetes:rbac.authorization.k8s.io/v1:Role", name="edge").inputs["rules"]
    assert [rule["verbs"] for rule in within if "secrets" in rule["resources"]] == [["get", "list", "watch"]]
    verbs = {verb for rule in (*everywhere, *within) for verb in rule["verbs"]}
    assert verbs == {"get", "list", "watch", "update"}
    assert all(
        resource.endswith("/status")
        for rule in (*everywhere, *within)
        for resource in rule["resources"]
        if "update" in rule["verbs"]
    )


def test_two_replicas_keep_apart_and_survive_a_drain(declared: Recording) -> None:
    spec = deployment(declared).inputs["spec"]
    assert spec["replicas"] == 2
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    pod = spec["template"]["spec"]
    assert "podAntiAffinity" in pod["affinity"]
    assert pod["automountServiceAccountToken"] is False, "the token is a volume of its own, and short-lived"
    assert pod["terminationGracePeriodSeconds"] >= 40
    assert (
        declared.find(type="kubernetes:policy/v1:PodDisruptionBudget", name="edge").inputs["spec"]["maxUnavailable"]
        == 1
    )


def test_what_the_proxy_reads_is_in_the_config_map_and_only_its_own_namespace(declared: Recording) -> None:
    content = declared.find(type="kubernetes:core/v1:ConfigMap", name="edge-configuration").inputs["data"][
        "traefik.yaml"
    ]
    said = yaml.safe_load(content)
    assert said["providers"]["kubernetesGateway"]["namespaces"] == ["platform-edge"]
    assert said["providers"]["kubernetesCRD"]["namespaces"] == ["platform-edge"]


def test_no_dashboard_no_telemetry_and_no_metrics_where_people_come() -> None:
    said = configuration("environment=dev")
    assert "api" not in said
    assert said["global"] == {"checkNewVersion": False, "sendAnonymousUsage": False}
    assert {said["ping"]["entryPoint"], said["metrics"]["prometheus"]["entryPoint"]} == {"internal"}


def test_the_access_log_has_neither_queries_nor_headers_nor_the_request_line() -> None:
    fields = configuration("environment=dev")["accessLog"]["fields"]
    assert fields["queryParameters"] == {"defaultMode": "drop"}
    assert fields["headers"] == {"defaultMode": "drop"}
    assert fields["defaultMode"] == "drop"
    assert not set(fields["names"]) & {"RequestLine", "ClientUsername", "request_Cookie", "request_Authorization"}


@pytest.mark.parametrize("entry", ["http", "https"])
def test_no_client_is_believed_about_its_address_or_its_paths(entry: str) -> None:
    said = configuration("environment=dev")["entryPoints"][entry]
    assert said["forwardedHeaders"] == {"insecure": False}
    assert said["http"]["aliasHeadersStrategy"] == "delete"
    assert said["http"]["sanitizePath"] is True
    assert set(said["http"]["encodedCharacters"].values()) == {False}
    assert set(said["transport"]["respondingTimeouts"]) == {"readTimeout", "writeTimeout", "idleTimeout"}


def test_limits_are_the_same_in_every_environment() -> None:
    assert len({str(profile.edge_limits) for profile in PROFILES.values()}) == 1


def backend() -> Backend:
    return Backend("192.0.2.1", 80, "reporting-data", {"app.kubernetes.io/name": "shop"}, 8080, server_name=None)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (RouteArgs("nobody", backend(), [PathRule("/")]), "route shop: no listener is called 'nobody'; there are app"),
        (RouteArgs("app", backend(), []), "route shop: no path may pass; name at least one"),
    ],
)
def test_a_route_that_could_lead_nowhere_is_refused(args: RouteArgs, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        record(lambda: open_way(args), stack="dev")


def test_a_backend_without_tls_has_no_policy_for_it() -> None:
    recording = record(lambda: open_way(RouteArgs("app", backend(), [PathRule("/")])), stack="dev")
    assert [each for each in recording.resources if each.inputs.get("kind") == "BackendTLSPolicy"] == []
    service = recording.find(type="kubernetes:core/v1:Service", name="edge-shop").inputs
    assert [port["name"] for port in service["spec"]["ports"]] == ["http"]


def open_way(args: RouteArgs) -> None:
    """A small edge with one listener, and a route."""
    edge = Edge(
        "edge",
        EdgeArgs(
            owner=Owner("dev"),
            image="traefik:1",
            replicas=1,
            compute=Compute(cpu=50, cpu_limit=100, memory=64),
            hosts={"app": "app.example.com"},
            limits=PROFILES["dev"].edge_limits,
            authority=CertificateAuthority("platform", CertificateAuthorityArgs("example.com", 100, 50, 10)),
            access=Access(),
            observers=[],
        ),
    )
    edge.route("shop", args)


@pytest.mark.parametrize("proxied", [True, False])
def test_keycloak_believes_forwarded_addresses_only_behind_the_edge(proxied: bool) -> None:
    connection = Connection("database", 5432, "keycloak", "keycloak", "secret", 5)
    lines = keycloak_conf(
        hostname="https://id.example.com", connection=connection, bootstrap=("admin", "secret"), proxied=proxied
    ).splitlines()
    assert ("proxy-headers=xforwarded" in lines) is proxied
    assert any(line.startswith("proxy-trusted-addresses=") for line in lines) is proxied
    assert "0.0.0.0/0" not in " ".join(lines)
