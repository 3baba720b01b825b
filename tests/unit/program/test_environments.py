"""What holds for every resource of every environment."""

from typing import Any

from delivery.objects import is_object
from delivery.recording import SECRET, Recording, Resource

LABELS = {
    "app.kubernetes.io/name",
    "app.kubernetes.io/component",
    "app.kubernetes.io/part-of",
    "app.kubernetes.io/managed-by",
    "etl-platform/environment",
}
WORKLOADS = ("StatefulSet", "Deployment", "DaemonSet", "Job", "CronJob")


def objects(recording: Recording) -> list[Resource]:
    return [each for each in recording.resources if is_object(each)]


def pod_of(workload: Resource) -> dict[str, Any]:
    spec = workload.inputs["spec"]
    found: dict[str, Any] = spec.get("jobTemplate", {"spec": spec})["spec"]["template"]["spec"]
    return found


def containers(workload: Resource) -> list[dict[str, Any]]:
    spec = pod_of(workload)
    return [*spec.get("initContainers", []), *spec["containers"]]


def test_every_environment_declares_something_of_each_layer(declared: Recording) -> None:
    kinds = {each.type for each in declared.resources}
    assert {
        "tls:index/selfSignedCert:SelfSignedCert",
        "kubernetes:apps/v1:Deployment",
        "keycloak:index/realm:Realm",
        "etl-platform:team:Team",
        "postgresql:index/database:Database",
    } <= kinds


def test_every_resource_hangs_below_a_component_of_ours(declared: Recording) -> None:
    components = {each.urn for each in declared.resources if each.component}
    for resource in declared.resources:
        if resource.component or resource.type == "pulumi:providers:kubernetes":
            continue
        assert resource.parent in components, f"{resource.urn} has the parent {resource.parent}"


def test_every_object_waits_for_the_namespace_that_it_lies_in(declared: Recording) -> None:
    namespaces = declared.select(type="kubernetes:core/v1:Namespace")
    spaces = {each.inputs["metadata"]["name"]: each.urn for each in namespaces}
    inside = [each for each in objects(declared) if each.inputs["metadata"].get("namespace") in spaces]
    assert inside
    for each in inside:
        assert spaces[each.inputs["metadata"]["namespace"]] in each.dependencies, each.urn


def test_every_kubernetes_object_has_the_standard_labels(declared: Recording) -> None:
    for each in objects(declared):
        labels = each.inputs["metadata"].get("labels", {})
        assert set(labels) >= LABELS, f"{each.urn} lacks {LABELS - set(labels)}"
        assert labels["app.kubernetes.io/part-of"] == "etl-platform"


def test_objects_in_a_teams_namespace_name_their_team(declared: Recording) -> None:
    teams = [each.name for each in declared.select(type="etl-platform:team:Team")]
    assert teams
    for team in teams:
        below = declared.descendants(declared.find(type="etl-platform:team:Team", name=team).urn)
        for each in below:
            if each.type.startswith("kubernetes:"):
                assert each.inputs["metadata"]["labels"]["etl-platform/team"] == team, each.urn


def test_every_kubernetes_object_goes_through_the_environments_own_provider(declared: Recording) -> None:
    cluster = declared.find(type="pulumi:providers:kubernetes", name="cluster")
    assert {each.provider for each in objects(declared)} == {cluster.urn}


def test_every_value_of_every_secret_is_secret(declared: Recording) -> None:
    public = {
        "client-id",
        "host",
        "port",
        "database",
        "username",
        "jdbc-url",
        "psql",
        "ca.crt",
        "tls.crt",
        "trusted.pem",
    }
    secrets = declared.select(type="kubernetes:core/v1:Secret")
    assert secrets
    for each in secrets:
        content = each.inputs["stringData"]
        shown = content if isinstance(content, dict) else {}
        plain = {key for key, value in shown.items() if value != SECRET}
        assert plain <= public | {key for key in plain if key.endswith("-username")}, f"{each.urn} shows {plain}"


def test_no_password_or_key_is_declared_in_plain_text(declared: Recording) -> None:
    for each in declared.resources:
        for key in ("password", "privateKeyPem", "caPrivateKeyPem", "clientSecret"):
            assert each.inputs.get(key, SECRET) == SECRET, f"{each.urn} shows its {key}"


def test_no_stack_output_is_a_secret(declared: Recording) -> None:
    assert SECRET not in str(declared.outputs)


def test_every_container_is_restricted_and_bounded(declared: Recording) -> None:
    workloads = [each for each in objects(declared) if each.type.rsplit(":", 1)[-1] in WORKLOADS]
    assert workloads
    for workload in workloads:
        pod = pod_of(workload)
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for each in containers(workload):
            security = each["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert set(each["resources"]["limits"]) == {"cpu", "memory"}
            assert each["resources"]["requests"]["memory"] == each["resources"]["limits"]["memory"]


def test_no_container_gets_a_secret_through_its_environment(declared: Recording) -> None:
    for workload in objects(declared):
        if workload.type.rsplit(":", 1)[-1] not in WORKLOADS:
            continue
        for container in containers(workload):
            for variable in container.get("env", []):
                assert "valueFrom" not in variable, f"{workload.urn}: {variable['name']}"
                assert variable["value"] != SECRET, f"{workload.urn}: {variable['name']}"


def test_every_image_is_pinned(declared: Recording) -> None:
    for workload in objects(declared):
        if workload.type.rsplit(":", 1)[-1] in WORKLOADS:
            for container in containers(workload):
                _, _, tag = container["image"].rpartition(":")
                assert tag.removeprefix("v")[:1].isdigit(), f"{workload.urn} runs {container['image']}"


def test_every_namespace_is_restricted_closed_and_has_a_quota(declared: Recording) -> None:
    names = {each.inputs["metadata"]["name"] for each in declared.select(type="kubernetes:core/v1:Namespace")}
    assert "platform-identity" in names
    for each in declared.select(type="kubernetes:core/v1:Namespace"):
        assert each.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    closed = [
        each
        for each in declared.select(type="NetworkPolicy")
        if each.inputs["spec"]["podSelector"] == {}
        and not each.inputs["spec"].get("ingress")
        and each.inputs["spec"]["policyTypes"] == ["Ingress", "Egress"]
    ]
    assert len(closed) == len(names) == len(declared.select(type="ResourceQuota"))


def numbers(rule: dict[str, Any]) -> set[int]:
    return {port["port"] for port in rule["ports"]}


def test_no_network_policy_lets_everyone_in_but_to_the_webhook_that_the_api_server_calls(declared: Recording) -> None:
    for each in declared.select(type="NetworkPolicy"):
        for rule in each.inputs["spec"].get("ingress", []):
            webhook = each.name == "spark-operator-webhook" and numbers(rule) == {9443}
            assert rule.get("from") or webhook, f"{each.urn} lets everyone in"


def test_no_network_policy_lets_anyone_out_to_everywhere_but_on_the_api_servers_ports(declared: Recording) -> None:
    without = {
        each.name: numbers(rule)
        for each in declared.select(type="NetworkPolicy")
        for rule in each.inputs["spec"].get("egress", [])
        if not rule.get("to")
    }
    ways_in = {each.name + "-traffic" for each in declared.select(type="etl-platform:network:Edge")}
    assert set(without) - ways_in == {
        "collector-traffic",
        "epidemiology-spark-driver",
        "state-traffic",
        "spark-operator-controller",
        "spark-operator-webhook",
    }
    assert all(each == {443, 6443} for each in without.values())


def test_keycloak_runs_in_production_mode_over_https_only(declared: Recording) -> None:
    keycloak = declared.find(type="kubernetes:apps/v1:Deployment", name="keycloak")
    [server] = keycloak.inputs["spec"]["template"]["spec"]["containers"]
    assert "start" in server["args"]
    assert {port["name"]: port["containerPort"] for port in server["ports"]} == {"https": 8443, "management": 9000}
    service = declared.find(type="kubernetes:core/v1:Service", name="keycloak")
    assert [port["targetPort"] for port in service.inputs["spec"]["ports"]] == [8443]
    assert all(
        server[probe]["httpGet"]["scheme"] == "HTTPS" for probe in ("startupProbe", "readinessProbe", "livenessProbe")
    )


def test_nothing_is_said_that_a_person_would_have_to_act_on(declared: Recording) -> None:
    assert [text for severity, text in declared.messages if severity != "info"] == []
