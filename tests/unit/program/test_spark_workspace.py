"""A team's Spark workspace: who may do what there, and what may reach what."""

from functools import cache
from typing import Any

from delivery.recording import SECRET, Recording
from stacks.settings import Settings
from tests.unit.program.conftest import build_from

TEAMS: list[dict[str, Any]] = [
    {
        "name": "epidemiology",
        "owners": ["ada@example.com"],
        "databases": [{"name": "daily_cases", "readers": ["reporting", "audit"]}],
        "spark": {"max_executors": 4},
    },
    {"name": "reporting", "owners": ["grace@example.com"], "databases": [{"name": "figures"}], "spark": {}},
    {"name": "audit", "owners": ["alan@example.com"]},
]


@cache
def platform(profile: str = "prod", storage_class: str | None = None) -> Recording:
    values = {
        "environment": profile, "profile": profile, "domain": "etl.example.com", "teams": TEAMS,
        "storage_class": storage_class,
    }  # fmt: skip
    return build_from(Settings.model_validate(values))


def of_kind(kind: str, namespace: str, recording: Recording | None = None) -> dict[str, dict[str, Any]]:
    return {
        each.inputs["metadata"]["name"]: dict(each.inputs)
        for each in (recording or platform()).select(type=kind)
        if each.inputs["metadata"].get("namespace") == namespace
    }


def policy(namespace: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = of_kind("NetworkPolicy", namespace)[name]["spec"]
    return found


def test_a_driver_may_make_and_remove_its_executors_and_nothing_more() -> None:
    [role] = of_kind("kubernetes:rbac.authorization.k8s.io/v1:Role", "epidemiology-spark").values()
    allowed = {(group, resource): set(rule["verbs"]) for rule in role["rules"]
               for group in rule["apiGroups"] for resource in rule["resources"]}  # fmt: skip
    assert allowed == {
        ("", "pods"): {"create", "delete", "deletecollection", "get", "list", "watch"},
        ("", "configmaps"): {"create", "delete", "deletecollection", "get", "list"},
    }


def test_executors_have_an_account_without_a_token_and_without_rights() -> None:
    accounts = of_kind("ServiceAccount", "epidemiology-spark")
    assert set(accounts) == {"spark", "spark-executor"}
    assert accounts["spark-executor"]["automountServiceAccountToken"] is False
    [binding] = of_kind("RoleBinding", "epidemiology-spark").values()
    assert binding["subjects"] == [{"kind": "ServiceAccount", "name": "spark", "namespace": "epidemiology-spark"}]
    assert binding["roleRef"]["kind"] == "Role"


def test_nothing_of_ours_is_bound_cluster_wide_and_no_rule_has_a_wildcard() -> None:
    assert platform().select(type="ClusterRole") == platform().select(type="ClusterRoleBinding") == []
    for each in platform().select(type="kubernetes:rbac.authorization.k8s.io/v1:Role"):
        assert "*" not in str(each.inputs["rules"])
        assert "secrets" not in str(each.inputs["rules"])


def test_driver_and_executors_reach_each_other_on_fixed_ports() -> None:
    def of(rule: dict[str, Any], side: str) -> tuple[Any, ...]:
        peers = [each["podSelector"]["matchLabels"]["spark-role"] for each in rule[side]]
        assert all("namespaceSelector" not in each for each in rule[side]), "of this namespace alone"
        return (*sorted(peers), *(port["port"] for port in rule["ports"]))

    driver, executor = policy("epidemiology-spark", "spark-driver"), policy("epidemiology-spark", "spark-executor")
    assert driver["podSelector"] == {"matchLabels": {"spark-role": "driver"}}
    assert executor["podSelector"] == {"matchLabels": {"spark-role": "executor"}}
    assert [of(rule, "from") for rule in driver["ingress"]] == [("executor", 7078, 7079)]
    assert [of(rule, "from") for rule in executor["ingress"]] == [("driver", "executor", 7079)]
    assert [of(rule, "to") for rule in executor["egress"]] == [("driver", 7078, 7079), ("executor", 7079)]
    to_executors, to_api_server, to_collector = driver["egress"]
    assert of(to_executors, "to") == ("executor", 7079)
    assert "to" not in to_api_server
    assert [port["port"] for port in to_api_server["ports"]] == [443, 6443]
    assert to_collector == {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "platform-observability"}},
                "podSelector": {"matchLabels": {"app.kubernetes.io/name": "otel-collector"}},
            }
        ],
        "ports": [{"port": 4317, "protocol": "TCP"}, {"port": 4318, "protocol": "TCP"}],
    }


def test_only_drivers_and_executors_reach_databases_and_only_those_that_their_team_may_use() -> None:
    def databases(namespace: str) -> dict[str, str]:
        found = {}
        for name in of_kind("NetworkPolicy", namespace):
            spec = policy(namespace, name)
            for rule in spec.get("egress", []):
                if any(port["port"] == 5432 for port in rule["ports"]):
                    [peer] = rule["to"]
                    [only] = spec["podSelector"]["matchExpressions"]
                    assert (only["key"], only["values"]) == ("spark-role", ["driver", "executor"])
                    found[name] = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        return found

    assert databases("epidemiology-spark") == {"to-own-databases": "epidemiology-data"}
    assert databases("reporting-spark") == {
        "to-own-databases": "reporting-data",
        "to-epidemiology-daily-cases": "epidemiology-data",
    }


def test_a_database_lets_in_the_jobs_of_its_own_team_and_of_readers_that_have_any() -> None:
    clients, _ = policy("epidemiology-data", "daily-cases")["ingress"]
    jobs = [
        each["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
        for each in clients["from"]
        if "spark-role" in str(each)
    ]
    assert jobs == ["epidemiology-spark", "reporting-spark"]


def test_jobs_find_their_own_databases_as_owner_and_others_with_their_teams_own_login() -> None:
    roles = {
        each.urn: each.inputs["name"]
        for each in platform().select(type="postgresql:index/role:Role")
        if each.name.startswith(("epidemiology", "reporting"))
    }

    def logins(namespace: str) -> dict[str, set[str]]:
        return {
            each.inputs["metadata"]["name"]: {
                roles[urn] for urn in each.property_dependencies["stringData"] if urn in roles
            }
            for each in platform().select(type="kubernetes:core/v1:Secret")
            if each.inputs["metadata"]["namespace"] == namespace
        }

    own, others = logins("epidemiology-spark"), logins("reporting-spark")
    assert own == {"daily-cases-connection": {"daily_cases_owner"}}
    assert others == {
        "figures-connection": {"figures_owner"},
        "epidemiology-daily-cases-connection": {"daily_cases_reader_reporting"},
    }


def test_a_connection_has_one_key_for_each_file_and_shows_no_password() -> None:
    for secret in of_kind("kubernetes:core/v1:Secret", "reporting-spark").values():
        assert set(secret["stringData"]) == {"host", "port", "database", "username", "password", "ca.crt"}
        assert secret["stringData"]["password"] == SECRET


def test_the_history_server_is_reached_by_nobody_and_reaches_nobody() -> None:
    labels = of_kind("Deployment", "epidemiology-spark")["spark-history"]["spec"]["template"]["metadata"]["labels"]
    assert "spark-role" not in labels
    for name in of_kind("NetworkPolicy", "epidemiology-spark"):
        selected = policy("epidemiology-spark", name)["podSelector"]
        assert selected == {} if name == "default-deny-but-dns" else "spark-role" in str(selected)
    service = of_kind("kubernetes:core/v1:Service", "epidemiology-spark")["spark-history"]
    assert service["spec"]["type"] == "ClusterIP"


def test_the_history_server_reads_the_event_log_and_throws_old_runs_away() -> None:
    pod = of_kind("Deployment", "epidemiology-spark")["spark-history"]["spec"]["template"]["spec"]
    [server] = pod["containers"]
    assert {each["mountPath"] for each in server["volumeMounts"] if each.get("readOnly") is not True} == {
        "/var/log/spark-events", "/tmp", "/opt/spark/work-dir",
    }  # fmt: skip
    properties = of_kind("ConfigMap", "epidemiology-spark")["spark-history"]["data"]["history.conf"]
    said = dict(line.split(" ", 1) for line in properties.splitlines() if not line.startswith("#"))
    assert said["spark.history.fs.logDirectory"] == "file:///var/log/spark-events"
    assert said["spark.history.fs.cleaner.enabled"] == "true"
    assert said["spark.history.ui.port"] == str(server["ports"][0]["containerPort"])


def test_where_there_are_several_nodes_all_of_them_may_write_the_event_log() -> None:
    def modes(profile: str) -> list[str]:
        claims = of_kind("PersistentVolumeClaim", "reporting-spark", platform(profile))
        found: list[str] = claims["spark-events"]["spec"]["accessModes"]
        return found

    assert {profile: modes(profile) for profile in ("dev", "test", "prod")} == {
        "dev": ["ReadWriteOnce"], "test": ["ReadWriteMany"], "prod": ["ReadWriteMany"],
    }  # fmt: skip


def test_a_workspace_is_few_resources() -> None:
    workspace = platform().find(type="etl-platform:spark:Workspace", name="reporting-spark")
    assert len([each for each in platform().descendants(workspace.urn) if each.custom]) == 10
