"""A database of three instances: the same names, roles and bounds as a single server's, held by CloudNativePG."""

from functools import cache
from typing import Any

from components.databases.cluster import FIXED
from components.team import MAINTENANCE
from delivery.recording import Recording
from sandbox.agent.quantities import to_bytes
from stacks.settings import Settings
from tests.unit.program.conftest import build_from

CLUSTER = "kubernetes:postgresql.cnpg.io/v1:Cluster"


def settings(profile: str = "prod", **entry: Any) -> Settings:
    database = {"name": "cases", "high_availability": True} | entry
    teams = [{"name": "lab", "owners": ["ada@example.com"], "databases": [database]}]
    values = {"environment": profile, "profile": profile, "domain": "etl.example.com", "teams": teams}
    return Settings.model_validate(values)


@cache
def program(profile: str = "prod") -> Recording:
    return build_from(settings(profile))


def spec(recording: Recording) -> dict[str, Any]:
    found: dict[str, Any] = recording.find(type=CLUSTER, name="lab-cases").inputs["spec"]
    return found


def policies(recording: Recording) -> dict[str, dict[str, Any]]:
    return {
        each.inputs["metadata"]["name"]: each.inputs["spec"]
        for each in recording.select(type="NetworkPolicy")
        if each.inputs["metadata"]["namespace"] == "lab-data"
    }


def test_a_commit_is_on_two_instances_and_only_a_complete_one_is_promoted() -> None:
    assert spec(program())["instances"] == 3
    assert spec(program())["postgresql"]["synchronous"] == {
        "method": "any",
        "number": 1,
        "dataDurability": "required",
        "failoverQuorum": True,
    }
    assert spec(program())["enablePDB"] is True


def test_instances_share_a_node_in_dev_alone() -> None:
    apart = {profile: spec(program(profile))["affinity"]["podAntiAffinityType"] for profile in ("dev", "test", "prod")}
    assert apart == {"dev": "preferred", "test": "required", "prod": "required"}


def test_clients_find_the_primary_under_the_name_of_a_single_server() -> None:
    [service] = [each for each in program().select(type="kubernetes:core/v1:Service") if each.name == "lab-cases"]
    assert service.inputs["metadata"]["name"] == "cases"
    assert service.inputs["spec"]["selector"] == {"cnpg.io/cluster": "cases", "cnpg.io/instanceRole": "primary"}
    [request] = [
        each for each in program().select(type="tls:index/certRequest:CertRequest") if each.name.startswith("lab-cases")
    ]
    assert "cases.lab-data.svc" in request.inputs["dnsNames"]


def test_nobody_comes_in_without_tls_and_a_scram_password() -> None:
    rules = [line.split() for line in spec(program())["postgresql"]["pg_hba"]]
    assert {rule[0] for rule in rules} == {"hostssl", "hostnossl"}
    assert {rule[-1] for rule in rules if rule[0] == "hostssl"} == {"scram-sha-256", "reject"}
    # The operator's own last line would let plaintext in.
    assert rules[-1] == ["hostnossl", "all", "all", "all", "reject"]


def test_it_has_the_settings_of_a_single_server_but_those_that_the_operator_keeps() -> None:
    parameters = spec(program())["postgresql"]["parameters"]
    assert not FIXED & set(parameters)
    assert parameters["max_connections"] == "58"
    assert parameters["temp_file_limit"] == "2560MB"
    assert (parameters["pgaudit.log"], parameters["log_statement"]) == ("role, ddl", "none")


def test_a_standby_that_is_gone_cannot_fill_the_disk() -> None:
    parameters = spec(program())["postgresql"]["parameters"]
    taken = sum(int(parameters[name].removesuffix("MB")) for name in ("max_slot_wal_keep_size", "max_wal_size"))
    assert taken <= 10 * 1024 // 2


def test_the_operator_makes_no_database_and_no_role_of_its_own() -> None:
    first = spec(program())["bootstrap"]["initdb"]
    assert (first["database"], first["owner"]) == ("postgres", "postgres")
    assert first["dataChecksums"] is True
    roles = {each.inputs["name"] for each in program().select(type="postgresql:index/role:Role")}
    assert {"cases_owner", "cases_writer", "cases_reader", "cases_backup"} <= roles


def test_only_the_operator_the_instances_and_the_exporter_come_in_beside_the_clients() -> None:
    ways = policies(program())["cases-instances"]
    [among, monitoring] = ways["ingress"]
    assert {port["port"] for port in among["ports"]} == {5432, 8000}
    instances, operator = among["from"]
    assert instances["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "cases"
    assert operator["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "cnpg-system"}
    assert monitoring["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "cases-exporter"
    assert [port["port"] for port in monitoring["ports"]] == [5432]


def test_its_data_is_protected_until_it_is_retired() -> None:
    assert program().find(type=CLUSTER, name="lab-cases").options["protect"] is True
    retired = build_from(settings(retired=True)).find(type=CLUSTER, name="lab-cases")
    assert not retired.options.get("protect")


def test_the_exporter_asks_the_primary_from_a_pod_of_its_own() -> None:
    deployment = program().find(type="kubernetes:apps/v1:Deployment", name="lab-cases-exporter")
    [container] = deployment.inputs["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert environment["DATA_SOURCE_URI"].startswith("cases.lab-data.svc:5432/")
    assert "sslmode=verify-full" in environment["DATA_SOURCE_URI"]


def test_the_quota_holds_every_instance_and_one_that_is_made_beside_them() -> None:
    [quota] = [
        each.inputs["spec"]["hard"]
        for each in program().select(type="ResourceQuota")
        if each.inputs["metadata"]["namespace"] == "lab-data"
    ]
    size = int(spec(program())["storage"]["size"].removesuffix("Gi"))
    assert int(quota["requests.storage"].removesuffix("Gi")) - MAINTENANCE.storage >= 4 * size
    memory = to_bytes(spec(program())["resources"]["limits"]["memory"])
    assert to_bytes(quota["limits.memory"]) - MAINTENANCE.memory * 2**20 >= 4 * memory
    assert int(quota["pods"]) - MAINTENANCE.pods >= 4 + 1, "and the exporter's"


STORE = {"endpoint": "https://s3.example.com:9000", "bucket": "etl-backups", "networks": ["198.51.100.0/24"]}


@cache
def archived() -> Recording:
    asked = settings().model_dump(by_alias=True) | {"backup_store": STORE}
    return build_from(Settings.model_validate(asked))


def test_without_a_store_no_log_is_archived() -> None:
    assert "backup" not in spec(program())
    assert not program().select(type="kubernetes:postgresql.cnpg.io/v1:ScheduledBackup")


def test_its_log_goes_to_the_teams_own_part_of_the_store() -> None:
    kept = spec(archived())["backup"]["barmanObjectStore"]
    assert kept["destinationPath"] == "s3://etl-backups/prod/wal/lab"
    assert kept["endpointURL"] == "https://s3.example.com:9000"
    assert kept["serverName"] == "[output of random:index/randomString:RandomString lab-cases-archive]"
    assert {key: each["name"] for key, each in kept["s3Credentials"].items()} == {
        "accessKeyId": "backup-store",
        "secretAccessKey": "backup-store",
    }


def test_one_can_go_back_as_many_days_as_backups_of_days_are_kept() -> None:
    assert spec(archived())["backup"]["retentionPolicy"] == "14d"


def test_a_copy_is_made_on_the_backups_schedule_and_the_first_at_once() -> None:
    [copies] = archived().select(type="kubernetes:postgresql.cnpg.io/v1:ScheduledBackup")
    assert copies.inputs["spec"]["schedule"] == "0 15 1 * * *"
    assert copies.inputs["spec"]["immediate"] is True
    assert copies.inputs["spec"]["cluster"] == {"name": "cases"}


def test_the_instances_reach_the_store_and_beside_it_the_api_server_alone() -> None:
    outside = [
        (rule["to"][0]["ipBlock"]["cidr"], [port["port"] for port in rule["ports"]])
        for rule in policies(archived())["cases-instances"]["egress"]
        if "to" in rule and "ipBlock" in rule["to"][0]
    ]
    assert outside == [("198.51.100.0/24", [9000])]
    # The API server's address is the cluster's own affair: its ports are all that a rule can name.
    anywhere = [rule["ports"] for rule in policies(archived())["cases-instances"]["egress"] if "to" not in rule]
    assert [[port["port"] for port in ports] for ports in anywhere] == [[443, 6443]]
