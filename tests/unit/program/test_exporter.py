"""postgres_exporter beside every server: what it may see, what it may reach, and what can become a label."""

import json
import re
from typing import Any

import pytest

from components.databases import exporter
from components.databases.backup.vault import scripts
from components.databases.configuration import PG_HBA
from components.databases.outcomes import KINDS
from delivery.recording import SECRET, Recording
from stacks.settings import load_mapping
from tests.unit.program.conftest import build_from

# Columns that a client fills as it likes; as labels, or through them, it could make any number of series.
CHOSEN_BY_CLIENTS = {"application_name", "query", "query_id", "client_addr", "client_hostname", "client_port", "pid"}


def servers(recording: Recording) -> list[dict[str, Any]]:
    found = [each.inputs["spec"]["template"] for each in recording.select(type="kubernetes:apps/v1:StatefulSet")]
    pods = [
        dict(each["spec"]) for each in found if each["metadata"]["labels"]["app.kubernetes.io/component"] == "database"
    ]
    assert pods
    return pods


def test_every_server_has_one_and_waits_for_none(declared: Recording) -> None:
    for pod in servers(declared):
        _, sidecar = pod["containers"]
        assert sidecar["name"] == "exporter"
        assert not {"readinessProbe", "startupProbe", "livenessProbe"} & set(sidecar)
        assert [port["containerPort"] for port in sidecar["ports"]] == [9187]


def test_it_logs_in_over_verified_tls_with_a_password_from_a_file(declared: Recording) -> None:
    for pod in servers(declared):
        _, sidecar = pod["containers"]
        environment = {each["name"]: each["value"] for each in sidecar["env"]}
        assert "sslmode=verify-full" in environment["DATA_SOURCE_URI"]
        assert environment["DATA_SOURCE_PASS_FILE"] == "/etc/postgres-exporter/monitor-password"
        assert "DATA_SOURCE_PASS" not in environment


def test_it_sees_neither_the_servers_key_nor_its_socket_nor_its_data(declared: Recording) -> None:
    for pod in servers(declared):
        volumes = {each["name"]: each for each in pod["volumes"]}
        _, sidecar = pod["containers"]
        assert {each["name"] for each in sidecar["volumeMounts"]} == {"exporter", "config"}
        assert all(each["readOnly"] for each in sidecar["volumeMounts"])
        [source] = volumes["exporter"]["projected"]["sources"]
        keys = [item["key"] for item in source["secret"]["items"]]
        assert keys == ["monitor-password", "ca.crt"]


def test_its_role_reads_statistics_and_takes_few_connections(declared: Recording) -> None:
    roles = [each for each in declared.select(type="postgresql:index/role:Role") if each.name.endswith("-monitor")]
    assert len(roles) == len(servers(declared))
    major = 15 if declared.root.split(":")[2] == "dev" else 17
    for role in roles:
        assert role.inputs["name"] == "platform_monitor"
        assert role.inputs["roles"] == ["pg_monitor"] + (["pg_use_reserved_connections"] if major >= 16 else [])
        assert role.inputs["connectionLimit"] == 4
        assert role.inputs["password"] == SECRET
        assert not {"superuser", "createRole", "createDatabase", "bypassRowLevelSecurity", "replication"} & set(
            role.inputs
        )


def test_its_role_comes_from_the_servers_own_pod_or_not_at_all() -> None:
    rules = [line.split() for line in PG_HBA.splitlines() if " platform_monitor " in line]
    assert [(rule[1], rule[3], rule[4]) for rule in rules] == [
        ("postgres,platform", "127.0.0.1/32", "scram-sha-256"),
        ("postgres,platform", "::1/128", "scram-sha-256"),
        ("all", "all", "reject"),
    ]


def test_nothing_that_a_client_chooses_becomes_a_label() -> None:
    labels = {label for query in exporter.MEASURED.values() for label in query.labels}
    assert labels == {"datname", "usename", "state", "mode", "rolname", "kind"}
    for query in exporter.MEASURED.values():
        assert not CHOSEN_BY_CLIENTS & set(re.findall(r"\w+", query.sql)), query.sql


@pytest.mark.parametrize("flag", ["--disable-default-metrics", "--no-collector.bgwriter", "--no-collector.database"])
def test_the_exporters_own_metrics_are_off(flag: str) -> None:
    assert flag in (exporter.container("image", 5432).args or [])  # type: ignore[operator]


def test_beside_its_own_database_it_reads_that_of_the_outcomes_alone() -> None:
    arguments = exporter.container("image", 5432).args
    assert {"--auto-discover-databases", "--include-databases=platform"} <= set(arguments or [])  # type: ignore[arg-type]


def test_what_concerns_the_whole_server_is_asked_once_and_the_outcomes_where_they_are() -> None:
    """Two databases that answer the same would be the same series twice, which fails the scrape."""
    asked = {name: query["master"] for name, query in json.loads(exporter.queries()).items()}
    assert {name for name, once in asked.items() if not once} == {"pg_backup", "pg_backup_last_run"}
    for name in ("backup", "backup_last_run"):
        assert "current_database() = 'platform'" in exporter.MEASURED[name].sql


def test_the_kinds_of_outcomes_are_those_that_the_scripts_report() -> None:
    reported = re.findall(r"^ *report (\w+) ", "\n".join(scripts().values()), re.MULTILINE)
    assert set(reported) == set(KINDS)


def test_its_file_is_what_the_server_mounts(declared: Recording) -> None:
    for each in declared.select(type="kubernetes:core/v1:ConfigMap"):
        if each.inputs["metadata"]["labels"]["app.kubernetes.io/component"] == "database":
            assert set(json.loads(each.inputs["data"]["exporter.yaml"])) == {
                f"pg_{group}" for group in exporter.MEASURED
            }


def test_a_quota_has_room_for_it() -> None:
    def memory(databases: list[dict[str, str]]) -> int:
        teams = [{"name": "lab", "owners": ["ada@example.com"], "databases": databases}]
        recording = build_from(load_mapping({"domain": "dev.etl.example.com", "teams": teams}))
        quota = recording.find(type="kubernetes:core/v1:ResourceQuota", name="lab-data-quota")
        return int(quota.inputs["spec"]["hard"]["limits.memory"].removesuffix("Mi"))

    assert memory([{"name": "cases"}]) - memory([]) == 256 + 48


def test_it_is_found_by_a_name_of_its_own_whether_or_not_it_is_ready(declared: Recording) -> None:
    for each in declared.select(type="kubernetes:apps/v1:StatefulSet"):
        pod = each.inputs["spec"]["template"]
        if pod["metadata"]["labels"]["app.kubernetes.io/component"] != "database":
            continue
        found = declared.find(type="kubernetes:core/v1:Service", name=f"{each.name}-metrics").inputs
        assert found["metadata"]["name"] == exporter.service_name(each.inputs["metadata"]["name"])
        assert found["spec"]["clusterIP"] == "None"
        assert found["spec"]["publishNotReadyAddresses"] is True
        assert [port["port"] for port in found["spec"]["ports"]] == [9187]
        assert found["spec"]["selector"].items() <= pod["metadata"]["labels"].items()


def test_prometheus_pods_alone_may_ask_it(declared: Recording) -> None:
    policies = [
        rule
        for each in declared.select(type="kubernetes:networking.k8s.io/v1:NetworkPolicy")
        for rule in each.inputs["spec"].get("ingress", [])
        if 9187 in [port["port"] for port in rule["ports"]]
    ]
    assert len(policies) == len(servers(declared))
    for rule in policies:
        [peer] = rule["from"]
        assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "platform-observability"}
        assert peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "prometheus"
