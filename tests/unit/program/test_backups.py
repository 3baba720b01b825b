"""What a database's backups are made of."""

import subprocess
from functools import cache
from typing import Any

import pytest

from components.databases.backup.backup import NAME_MAX, bounded
from components.databases.backup.policy import BackupPolicy, Keep
from components.databases.backup.vault import scripts
from delivery.recording import SECRET, Recording
from stacks.settings import Settings
from tests.unit.program.conftest import build_from

VAULT = "platform-backup"
KINDS = ("backup", "drill", "restore")
SHARED = ("common.sh", "store.sh", "volume.sh")
REQUESTED = {
    "schedule": "30 3 * * 6",
    "time_zone": "Europe/Berlin",
    "keep": {"daily": 5, "weekly": 3},
    "drill": "0 12 * * 6",
}


@cache
def built(profile: str, *, asked: bool) -> Recording:
    entry: dict[str, Any] = {"name": "cases", "extensions": ["pg_trgm", "hstore"]} | (
        {"backup": REQUESTED} if asked else {}
    )
    teams = [{"name": "epidemiology", "owners": ["ada@example.com"], "databases": [entry]}]
    values = {"environment": profile, "profile": profile, "domain": "etl.example.com", "teams": teams}
    return build_from(Settings.model_validate(values))


def job(kind: str, recording: Recording | None = None) -> dict[str, Any]:
    found = recording or built("prod", asked=True)
    return dict(found.find(type="kubernetes:batch/v1:CronJob", name=f"epidemiology-cases-{kind}").inputs)


def pod(kind: str) -> dict[str, Any]:
    return dict(job(kind)["spec"]["jobTemplate"]["spec"]["template"]["spec"])


def variables(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each["value"] for each in container["env"]}


def test_the_request_becomes_the_schedules_and_what_is_kept() -> None:
    backup, drill = job("backup")["spec"], job("drill")["spec"]
    assert (backup["schedule"], backup["timeZone"]) == ("30 3 * * 6", "Europe/Berlin")
    assert (drill["schedule"], drill["timeZone"]) == ("0 12 * * 6", "Europe/Berlin")
    [container] = pod("backup")["containers"]
    kept = variables(container)
    assert kept["KEEP_LAST"] == "3"
    assert (kept["KEEP_DAILY"], kept["KEEP_WEEKLY"], kept["KEEP_MONTHLY"]) == ("5", "3", "0")


@pytest.mark.parametrize(("profile", "backed_up"), [("dev", False), ("test", True), ("prod", True)])
def test_a_request_without_backups_gets_the_profiles(profile: str, backed_up: bool) -> None:
    jobs = built(profile, asked=False).select(type="kubernetes:batch/v1:CronJob")
    assert bool(jobs) is backed_up
    if backed_up:
        assert {each.name.rpartition("-")[0] for each in jobs} == {"epidemiology-cases", "keycloak-database"}


def test_dev_backs_up_what_asks_for_it() -> None:
    jobs = built("dev", asked=True).select(type="kubernetes:batch/v1:CronJob")
    assert {each.name for each in jobs} == {f"epidemiology-cases-{kind}" for kind in KINDS}


def test_one_run_never_meets_another_and_its_traces_stay() -> None:
    for kind in KINDS:
        spec = job(kind)["spec"]
        assert spec["concurrencyPolicy"] == "Forbid"
        assert spec["startingDeadlineSeconds"] > 0
        assert spec["failedJobsHistoryLimit"] >= 3
        assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] > 0
        assert "ttlSecondsAfterFinished" not in spec["jobTemplate"]["spec"]
        assert pod(kind)["restartPolicy"] == "Never"


def test_the_first_is_made_at_once_and_no_change_makes_it_again() -> None:
    first = built("prod", asked=True).find(type="kubernetes:batch/v1:Job", name="epidemiology-cases-first-backup")
    assert first.inputs["spec"]["template"] == job("backup")["spec"]["jobTemplate"]["spec"]["template"]
    assert first.inputs["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert first.options["ignoreChanges"] == ["spec"]


def test_restores_never_start_by_themselves() -> None:
    assert job("restore")["spec"]["suspend"] is True


def test_they_run_in_the_image_of_the_server() -> None:
    server = built("prod", asked=True).find(type="StatefulSet", name="epidemiology-cases")
    container = server.inputs["spec"]["template"]["spec"]["containers"][0]
    images = {each["image"] for kind in KINDS for each in pod(kind)["containers"] + pod(kind).get("initContainers", [])}
    assert images == {container["image"]}


def test_only_two_steps_of_a_restore_know_the_superusers_password_and_neither_reads_a_dump() -> None:
    volumes = {each["name"]: each for each in pod("restore")["volumes"]}
    files = {
        name: {item["key"] for source in volumes[name]["projected"]["sources"] for item in source["secret"]["items"]}
        for name in ("keys", "superuser")
    }
    assert files == {"keys": {"password", "passphrase", "ca.crt"}, "superuser": {"superuser-password", "ca.crt"}}
    steps = [*pod("restore")["initContainers"], *pod("restore")["containers"]]
    mounted = {each["name"]: {mount["name"] for mount in each["volumeMounts"]} for each in steps}
    assert [each["name"] for each in steps] == ["check", "prepare", "load", "finish"]
    assert {name for name, volume in mounted.items() if "superuser" in volume} == {"prepare", "finish"}
    assert {name for name, volume in mounted.items() if "keys" in volume} == {"check", "load"}


def test_only_the_backup_itself_can_write_backups() -> None:
    for kind in KINDS:
        for container in pod(kind)["containers"] + pod(kind).get("initContainers", []):
            [mount] = [each for each in container["volumeMounts"] if each["name"] == "backups"]
            assert mount.get("readOnly", False) is (kind != "backup")


def test_the_volume_is_apart_from_the_data_and_outlives_everything() -> None:
    recording = built("prod", asked=True)
    claim = recording.find(type="kubernetes:core/v1:PersistentVolumeClaim", name="epidemiology-cases-backups")
    assert claim.inputs["metadata"]["namespace"] == VAULT
    assert claim.inputs["spec"]["resources"]["requests"]["storage"] == "30Gi"  # three times the data's
    assert claim.options["protect"] is True
    assert claim.options["retainOnDelete"] is True
    namespace = recording.find(type="kubernetes:core/v1:Namespace", name=VAULT)
    assert namespace.options["retainOnDelete"] is True


def test_the_passphrase_and_the_passwords_are_secret_and_the_key_outlives_everything() -> None:
    secret = built("prod", asked=True).find(type="kubernetes:core/v1:Secret", name="epidemiology-cases-backup")
    content = secret.inputs["stringData"]
    assert {content[key] for key in ("password", "superuser-password")} == {SECRET}
    key = built("prod", asked=True).find(type="kubernetes:core/v1:Secret", name="epidemiology-cases-backup-key")
    assert key.inputs["stringData"] == {"passphrase": SECRET}
    assert key.options["protect"] is True
    assert key.options["retainOnDelete"] is True
    assert key.inputs["immutable"] is True


def test_the_drill_has_room_on_the_clusters_storage_and_the_declared_extensions() -> None:
    [room] = [each for each in pod("drill")["volumes"] if each["name"] == "cluster"]
    assert (
        room["ephemeral"]["volumeClaimTemplate"]["spec"]["resources"]["requests"]["storage"] == "20Gi"
    )  # twice the data's
    [container] = pod("drill")["containers"]
    assert variables(container)["EXTENSIONS"] == "pg_trgm hstore"


def test_the_outcomes_are_closed_to_all_but_the_backup_and_the_exporter() -> None:
    grants = built("prod", asked=True).select(type="postgresql:index/grant:Grant")
    given = [
        (each.inputs["role"], each.inputs["objectType"], each.inputs.get("privileges", []))
        for each in grants
        if each.inputs["database"] == "platform" and each.name.startswith("epidemiology-cases")
    ]
    assert sorted(given) == [("platform_monitor", "database", ["CONNECT"]), ("public", "database", [])]


def test_every_script_that_a_pod_runs_is_mounted() -> None:
    content = built("prod", asked=True).find(type="kubernetes:core/v1:ConfigMap", name="vault-scripts").inputs["data"]
    assert content == scripts()
    run = {each["command"][1].removeprefix("/scripts/") for kind in KINDS for each in pod(kind)["containers"]}
    assert run <= set(content)


@pytest.mark.parametrize("name", [name for name in scripts() if name.endswith(".sh")])
def test_a_script_is_bash_that_can_be_read_and_fits_the_shared_part(name: str) -> None:
    done = subprocess.run(["bash", "-n"], input=scripts()[name], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert name in SHARED or '. "$(dirname "$0")/common.sh"' in scripts()[name]
    assert name not in SHARED or "sourced" in scripts()[name].splitlines()[0]


def test_drills_spread_over_sunday_morning() -> None:
    policy = BackupPolicy(schedule="15 1 * * *", keep=Keep(daily=1))
    schedules = {policy.drill_schedule(f"team-{number}") for number in range(50)}
    assert len(schedules) > 30
    for schedule in schedules:
        minute, hour, *rest = schedule.split()
        assert 0 <= int(minute) < 60
        assert 2 <= int(hour) <= 6
        assert rest == ["*", "*", "0"]


def test_the_longest_names_fit_a_cronjob_and_stay_apart() -> None:
    one, two = (bounded(f"{'t' * 57}-{'d' * 39}{last}", "backup") for last in "ab")
    assert len(one) == len(two) == NAME_MAX
    assert one != two
    assert bounded("epidemiology-cases", "backup") == "epidemiology-cases-backup"
