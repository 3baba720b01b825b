"""What changes where a stack names an S3-compatible store for its backups, and what does not."""

from functools import cache
from typing import Any

import pytest

from components.databases.object_store import ObjectStore
from delivery.recording import Recording
from stacks.settings import Settings, load_file
from tests.unit.program.conftest import build_from
from tests.unit.settings.cases import FIXTURES

VAULT = "platform-backup"
KINDS = ("backup", "drill", "restore")
STORE = {
    "endpoint": "https://s3.example.com:9000",
    "bucket": "etl-backups",
    "region": "eu-central-1",
    "prefix": "etl/prod",
    "secret": "store-of-backups",
    "networks": ["198.51.100.0/24", "2001:db8::/32"],
}
SPEAKS_TO_IT = {"backup", "drill", "check"}
"""The containers that do; a restore's other steps have no business with it."""


@cache
def built(*, prefix: str | None = "etl/prod", own_authority: bool = False, stored: bool = True) -> Recording:
    store = STORE | {"prefix": prefix} | ({"ca_certificate": authority()} if own_authority else {})
    values: dict[str, Any] = {
        "environment": "prod",
        "profile": "prod",
        "domain": "etl.example.com",
        "teams": [{"name": "epidemiology", "owners": ["ada@example.com"], "databases": [{"name": "daily_cases"}]}],
    }
    return build_from(Settings.model_validate(values | ({"backup_store": store} if stored else {})))


def authority() -> str:
    """A certificate in PEM."""
    store = load_file(FIXTURES / "valid/backup_store.yaml", "dev").backup_store
    assert store is not None
    assert store.ca_certificate is not None
    return store.ca_certificate


def pod(kind: str, **options: Any) -> dict[str, Any]:
    job = built(**options).find(type="kubernetes:batch/v1:CronJob", name=f"epidemiology-daily-cases-{kind}")
    return dict(job.inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"])


def containers(**options: Any) -> dict[str, dict[str, Any]]:
    """Every container of every job but the one that brings the client."""
    pods = [pod(kind, **options) for kind in KINDS]
    every = [each for found in pods for each in [*found.get("initContainers", []), *found["containers"]]]
    return {each["name"]: each for each in every if each["name"] != "bring"}


def variables(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in container["env"]}


def mounted(container: dict[str, Any]) -> dict[str, bool]:
    return {each["name"]: each.get("readOnly", False) for each in container["volumeMounts"]}


def test_a_store_takes_the_place_of_every_backup_volume() -> None:
    claims = {each.name for each in built().select(type="kubernetes:core/v1:PersistentVolumeClaim")}
    assert claims == {"epidemiology-daily-cases-data", "keycloak-database-data"}
    for kind in KINDS:
        [backups] = [each for each in pod(kind)["volumes"] if each["name"] == "backups"]
        room = backups["ephemeral"]["volumeClaimTemplate"]["spec"]
        assert room["resources"]["requests"]["storage"] == "10Gi", (
            "scratch is as large as the data, and gone with the pod"
        )


def test_without_a_store_nothing_speaks_of_one() -> None:
    recording = built(stored=False)
    assert [
        each for each in recording.select(type="kubernetes:networking.k8s.io/v1:NetworkPolicy") if "store" in each.name
    ] == []
    assert {each["name"] for kind in KINDS for each in pod(kind, stored=False).get("initContainers", [])} == {
        "check", "prepare", "load",
    }  # fmt: skip
    for container in containers(stored=False).values():
        assert not {name for name in variables(container) if "STORE" in name or name == "RCLONE"}
        assert not {name for name in mounted(container) if "store" in name}


def test_the_credentials_are_files_of_a_secret_that_no_program_declares() -> None:
    assert [each.name for each in built().select(type="kubernetes:core/v1:Secret") if "store" in each.name] == []
    for kind in KINDS:
        [keys] = [each for each in pod(kind)["volumes"] if each["name"] == "store-keys"]
        assert keys["secret"]["secretName"] == "store-of-backups"
        assert {item["key"] for item in keys["secret"]["items"]} == {"access-key-id", "secret-access-key"}
        assert "optional" not in keys["secret"], "a pod that is there before the Secret waits for it"
    for container in containers().values():
        assert not [each for each in container["env"] if "valueFrom" in each]


def test_only_what_speaks_to_the_store_has_its_credentials() -> None:
    found = {name for name, container in containers().items() if "store-keys" in mounted(container)}
    assert found == SPEAKS_TO_IT
    for name, container in containers().items():
        assert ("STORE" in variables(container)) is (name in SPEAKS_TO_IT)
        assert mounted(container)["backups"] is (name not in SPEAKS_TO_IT), "only they write scratch"


def test_each_database_has_a_place_of_its_own_in_the_bucket() -> None:
    found = variables(containers()["backup"])
    assert found["STORE"] == "etl-backups/etl/prod/backups/epidemiology/daily_cases"
    assert (found["STORE_ENDPOINT"], found["STORE_REGION"]) == ("https://s3.example.com:9000", "eu-central-1")
    assert "AUTHORITIES" not in found
    keycloak = built().find(type="kubernetes:batch/v1:CronJob", name="keycloak-database-backup").inputs
    [container] = keycloak["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert variables(container)["STORE"] == "etl-backups/etl/prod/backups/platform/keycloak"


def test_without_a_prefix_the_stacks_name_keeps_environments_apart() -> None:
    found = variables(containers(prefix=None)["backup"])
    assert found["STORE"] == "etl-backups/prod/backups/epidemiology/daily_cases"


def test_an_authority_of_the_stores_own_lies_beside_the_scripts() -> None:
    content = built(own_authority=True).find(type="kubernetes:core/v1:ConfigMap", name="vault-scripts").inputs["data"]
    assert content["store-ca.crt"] == authority()
    assert variables(containers(own_authority=True)["drill"])["AUTHORITIES"] == "/scripts/store-ca.crt"


def test_the_client_is_brought_by_its_own_image_and_changed_by_no_one() -> None:
    for kind in KINDS:
        bring = pod(kind)["initContainers"][0]
        assert bring["name"] == "bring"
        assert bring["image"].startswith("docker.io/rclone/rclone:")
        assert mounted(bring) == {"store": False}
        assert bring["securityContext"]["readOnlyRootFilesystem"] is True
    for name in SPEAKS_TO_IT:
        assert mounted(containers()[name])["store"] is True


def test_only_the_jobs_pods_reach_the_store_and_only_its_port_and_networks() -> None:
    policy = built().find(type="kubernetes:networking.k8s.io/v1:NetworkPolicy", name="vault-to-store").inputs
    assert policy["metadata"]["namespace"] == VAULT
    assert policy["spec"]["podSelector"]["matchLabels"] == {"app.kubernetes.io/component": "backup"}
    assert policy["spec"]["policyTypes"] == ["Egress"]
    [rule] = policy["spec"]["egress"]
    assert rule["ports"] == [{"port": 9000, "protocol": "TCP"}]
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == ["198.51.100.0/24", "2001:db8::/32"]
    job = built().find(type="kubernetes:batch/v1:CronJob", name="epidemiology-daily-cases-backup").inputs
    labels = job["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/component"] == "backup"


@pytest.mark.parametrize(("endpoint", "port"), [("https://s3.example.com", 443), ("https://192.0.2.1:9000", 9000)])
def test_a_store_knows_its_port_and_its_places(endpoint: str, port: int) -> None:
    store = ObjectStore(endpoint, "etl-backups", "us-east-1", "etl/dev", "backup-store", ("0.0.0.0/0",))
    assert store.port == port
    assert store.path("wal") == "etl-backups/etl/dev/wal"
