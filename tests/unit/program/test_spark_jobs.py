"""A team's jobs: what runs, with which rights, files and bounds, and what a reviewer sees of it."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.spark.application import SCRATCH
from components.spark.request import JobRequest, PodSize, SparkRequest
from delivery.recording import Recording
from stacks.images import Images
from stacks.settings import load_mapping
from tests.unit.program.conftest import build_from

FOLDER = Path(__file__).resolve().parents[2] / "fixtures/settings/valid"
SCHEDULED = {
    "name": "positive",
    "file": "jobs/positive.yaml",
    "schedule": "0 5 * * *",
    "time_zone": "Europe/Berlin",
    "resources": {"executors": 3, "executor_memory": "1Gi", "driver_cores": 2},
}
BY_HAND = {"name": "by-hand", "file": "jobs/positive.yaml"}
SCHEDULE = "kubernetes:sparkoperator.k8s.io/v1beta2:ScheduledSparkApplication"


@cache
def platform(registry: bool = False, profile: str = "prod") -> Recording:
    teams = [
        {
            "name": "epidemiology",
            "owners": ["ada@example.com"],
            "databases": [{"name": "cases"}, {"name": "daily_counts"}],
            "spark": {"max_executors": 4, "jobs": [SCHEDULED, BY_HAND]},
        },
        {
            "name": "reporting",
            "owners": ["grace@example.com"],
            "databases": [{"name": "figures", "readers": ["epidemiology"]}],
            "spark": {},
        },
    ]
    values: dict[str, Any] = {"domain": "etl.example.com", "teams": teams}
    if registry:
        values["registry"] = {"server": "ghcr.io", "prefix": "example/etl", "pull_secret": "registry-login"}
    return build_from(load_mapping(values, profile, FOLDER))


def schedule(recording: Recording | None = None) -> dict[str, Any]:
    return dict((recording or platform()).find(type=SCHEDULE).inputs)


def application() -> dict[str, Any]:
    found: dict[str, Any] = schedule()["spec"]["template"]
    return found


def config(job: str) -> dict[str, Any]:
    return dict(platform().find(type="ConfigMap", name=f"epidemiology-spark-{job}").inputs)


def test_a_job_with_a_schedule_runs_by_it_and_never_twice_at_a_time() -> None:
    spec = schedule()["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["suspend"]) == ("0 5 * * *", "Europe/Berlin", False)
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["successfulRunHistoryLimit"] == 1
    assert spec["failedRunHistoryLimit"] == 3


def test_a_job_without_one_is_there_to_be_started_by_hand() -> None:
    assert [each.inputs["metadata"]["name"] for each in platform().select(type=SCHEDULE)] == ["positive"]
    assert platform().select(type="SparkApplication") == []
    started = yaml.safe_load(config("by-hand")["data"]["application.yaml"])
    assert started["kind"] == "SparkApplication"
    assert started["metadata"] == {
        "generateName": "by-hand-",
        "namespace": "epidemiology-spark",
        "labels": config("by-hand")["metadata"]["labels"],
    }


def test_a_run_by_hand_is_the_run_that_the_schedule_makes() -> None:
    assert yaml.safe_load(config("positive")["data"]["application.yaml"])["spec"] == application()


def test_its_file_and_its_sql_lie_beside_each_other_for_the_reviewer() -> None:
    data = config("positive")["data"]
    assert data["job.yaml"] == (FOLDER / "jobs/positive.yaml").read_text()
    assert "SELECT * FROM `cases` WHERE (IDENTIFIER(:new_cases) > :value_1)" in data["job.sql"]
    assert "-- step positive (filter): country string, day date, new_cases bigint" in data["job.sql"]


def test_it_runs_the_file_that_it_mounts() -> None:
    spec = application()
    assert spec["mainApplicationFile"] == "local:///opt/transforms/run.py"
    assert spec["arguments"] == ["run", "/etc/transforms/job/job.yaml"]
    assert {"name": "job", "configMap": {"name": "job-positive"}} in spec["volumes"]
    assert {"name": "job", "mountPath": "/etc/transforms/job", "readOnly": True} in spec["driver"]["volumeMounts"]


def test_every_volume_that_is_mounted_is_there_and_no_other() -> None:
    spec = application()
    mounted = {each["name"] for pod in (spec["driver"], spec["executor"]) for each in pod["volumeMounts"]}
    assert {each["name"] for each in spec["volumes"]} == mounted
    for pod in (spec["driver"], spec["executor"]):
        paths = [each["mountPath"] for each in pod["volumeMounts"]]
        assert len(paths) == len(set(paths))


def test_a_driver_finds_its_connections_as_files_and_an_executor_only_whom_to_trust() -> None:
    def files(volume: str) -> dict[str, str]:
        [found] = [each["projected"] for each in application()["volumes"] if each["name"] == volume]
        assert found["defaultMode"] == 0o440
        return {
            item["path"]: f"{source['secret']['name']}/{item['key']}"
            for source in found["sources"]
            for item in source["secret"]["items"]
        }

    every = files("connections")
    assert {path.split("/")[0] for path in every} == {"cases", "daily_counts", "reporting.figures"}
    assert every["daily_counts/password"] == "daily-counts-connection/password"
    assert every["reporting.figures/username"] == "reporting-figures-connection/username"
    assert {path.split("/")[1] for path in every} == {"host", "port", "database", "username", "password", "ca.crt"}
    assert set(files("authorities")) == {"cases/ca.crt", "daily_counts/ca.crt", "reporting.figures/ca.crt"}
    driver, executor = application()["driver"], application()["executor"]
    assert {"name": "connections", "mountPath": "/etc/transforms/connections", "readOnly": True} in driver[
        "volumeMounts"
    ]
    assert "connections" not in {each["name"] for each in executor["volumeMounts"]}
    assert {"name": "TRANSFORMS_CONNECTIONS", "value": "/etc/transforms/connections"} in driver["env"]


def test_the_secrets_that_it_mounts_are_there() -> None:
    mounted = {
        source["secret"]["name"]
        for volume in application()["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
    }
    there = {
        each.inputs["metadata"]["name"]
        for each in platform().select(type="kubernetes:core/v1:Secret")
        if each.inputs["metadata"]["namespace"] == "epidemiology-spark"
    }
    assert mounted == there


@pytest.mark.parametrize("role", ["driver", "executor"])
def test_its_pods_are_what_a_restricted_namespace_takes(role: str) -> None:
    pod = application()[role]
    assert pod["podSecurityContext"]["runAsNonRoot"] is True
    assert pod["podSecurityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["podSecurityContext"]["fsGroup"] == pod["podSecurityContext"]["runAsUser"] == 185
    assert pod["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["allowPrivilegeEscalation"] is False
    assert pod["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    kinds = {next(key for key in each if key != "name") for each in application()["volumes"]}
    assert kinds <= {"configMap", "emptyDir", "projected", "persistentVolumeClaim"}
    assert pod["labels"]["etl-platform/team"] == "epidemiology"
    assert pod["priorityClassName"] == "spark-job"


def test_what_a_pod_may_write_is_bounded_and_spark_keeps_its_shuffle_there() -> None:
    scratch = {each["name"]: each["emptyDir"] for each in application()["volumes"] if "emptyDir" in each}
    assert set(scratch) == set(SCRATCH)
    assert all(each["sizeLimit"] for each in scratch.values())
    # Spark recognises its own by this beginning, and else makes one without a bound.
    assert any(name.startswith("spark-local-dir-") for name in scratch)


def test_drivers_and_executors_have_accounts_of_their_own() -> None:
    assert application()["driver"]["serviceAccount"] == "spark"
    assert application()["executor"]["serviceAccount"] == "spark-executor"


def test_it_gets_what_it_asks_for_and_the_teams_figures_for_the_rest() -> None:
    driver, executor = application()["driver"], application()["executor"]
    assert (driver["cores"], driver["coreLimit"], driver["memory"], driver["memoryOverhead"]) == (
        2, "2", "1024m", "409m",
    )  # fmt: skip
    assert (executor["instances"], executor["cores"], executor["memory"], executor["memoryOverhead"]) == (
        3, 1, "1024m", "384m",
    )  # fmt: skip
    team = yaml.safe_load(config("by-hand")["data"]["application.yaml"])["spec"]["executor"]
    assert (team["instances"], team["memory"]) == (4, "2048m")


def test_what_fails_is_tried_again_a_few_times_and_what_ended_is_cleared_away() -> None:
    policy = application()["restartPolicy"]
    assert policy["type"] == "OnFailure"
    assert policy["onFailureRetries"] <= 3
    assert policy["onSubmissionFailureRetries"] <= 5
    assert 3600 <= application()["timeToLiveSeconds"] <= 7 * 24 * 3600


def test_it_writes_its_event_log_where_the_history_server_reads_it() -> None:
    spec = application()
    assert spec["sparkConf"]["spark.eventLog.dir"] == "file:///var/log/spark-events"
    assert {"name": "events", "persistentVolumeClaim": {"claimName": "spark-events"}} in spec["volumes"]
    assert {"name": "events", "mountPath": "/var/log/spark-events"} in spec["driver"]["volumeMounts"]
    assert "events" not in {each["name"] for each in spec["executor"]["volumeMounts"]}


def test_no_setting_is_one_that_the_operators_webhook_refuses() -> None:
    # Source: spark-operator v2.5.2, internal/webhook/sparkconf_validator.go.
    conf = application()["sparkConf"]
    assert not [key for key in conf if key.startswith("spark.kubernetes.authenticate") or key.endswith(".master")]
    assert not [key for key in conf if "container.image" in key or key == "spark.kubernetes.namespace"]


def test_passwords_do_not_travel_in_the_clear_between_driver_and_executors() -> None:
    conf = application()["sparkConf"]
    assert conf["spark.authenticate"] == conf["spark.network.crypto.enabled"] == "true"
    assert conf["spark.ui.enabled"] == "false"
    assert conf["spark.dynamicAllocation.enabled"] == "false"


def test_nothing_secret_stands_in_what_a_reviewer_sees() -> None:
    assert "secret]" not in str(schedule())
    assert "secret]" not in str(config("positive")["data"])


def test_it_comes_after_the_operator_and_after_its_image() -> None:
    recording = platform()
    needed = set(recording.find(type=SCHEDULE).dependencies)
    assert recording.find(type="kubernetes:helm.sh/v3:Release").urn in needed
    assert recording.find(type="docker:index/image:Image").urn in needed


def test_it_runs_the_image_of_this_checkout_on_the_pinned_spark() -> None:
    image = platform().find(type="docker:index/image:Image").inputs["imageName"]
    assert application()["image"] == image
    assert application()["sparkVersion"] == Images().spark_version
    assert "imagePullSecrets" not in application()
    assert schedule(platform(registry=True))["spec"]["template"]["imagePullSecrets"] == ["registry-login"]


def test_a_team_without_jobs_needs_no_image() -> None:
    values = {"domain": "etl.example.com", "teams": [{"name": "lab", "owners": ["ada@example.com"], "spark": {}}]}
    assert build_from(load_mapping(values, "dev")).select(type="docker:index/image:Image") == []


def test_a_workspaces_quota_holds_all_executors_every_jobs_driver_and_one_more() -> None:
    size, driver = PodSize(cores=2, memory=2048), PodSize(cores=1, memory=1024, python=True)
    large = PodSize(cores=4, memory=8192, python=True)
    job = JobRequest("a", "", "", None, "UTC", executors=2, executor=size, driver=large)
    quota = SparkRequest(max_executors=3, executor=size, driver=driver, jobs=[job]).quota
    assert quota.pods == 3 + 1 + 1 + 1
    assert quota.cpu == (3 * 2 + 2 * 4) * 1000 + 1000
    assert quota.memory == 3 * (2048 + 384) + 2 * (8192 + 3276) + 1024


def test_its_objects_name_their_team() -> None:
    for each in (schedule(), config("positive"), config("by-hand")):
        assert each["metadata"]["labels"]["etl-platform/team"] == "epidemiology"
        assert each["metadata"]["namespace"] == "epidemiology-spark"
