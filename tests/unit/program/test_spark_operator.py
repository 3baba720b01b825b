"""The operator: which namespaces it watches, what holds its pods back, and when there is none."""

from functools import cache
from typing import Any

import pytest

from delivery.recording import Recording, Resource
from stacks.images import Images, chart
from stacks.profiles import PROFILES
from stacks.settings import Settings
from tests.unit.program.conftest import build_from, recorded

RELEASE = "kubernetes:helm.sh/v3:Release"


@cache
def with_teams(*spark: bool) -> Recording:
    teams: list[dict[str, Any]] = [
        {"name": f"team-{number}", "owners": ["ada@example.com"]} | ({"spark": {}} if asks else {})
        for number, asks in enumerate(spark)
    ]
    values = {"environment": "prod", "profile": "prod", "domain": "etl.example.com", "teams": teams}
    return build_from(Settings.model_validate(values))


def values(recording: Recording) -> dict[str, Any]:
    found: dict[str, Any] = recording.find(type=RELEASE).inputs["values"]
    return found


def test_it_is_the_official_chart_at_a_pinned_version_with_a_pinned_image(declared: Recording) -> None:
    release = declared.find(type=RELEASE)
    assert release.inputs["chart"] == "spark-operator"
    assert release.inputs["repositoryOpts"] == {"repo": "https://kubeflow.github.io/spark-operator"}
    assert release.inputs["version"] == chart("spark-operator").version == "2.5.2"
    image = values(declared)["image"]
    assert f"{image['registry']}/{image['repository']}:{image['tag']}" == Images().spark_operator


def test_chart_and_image_are_of_one_release() -> None:
    assert Images().spark_operator.rpartition(":")[2] == chart("spark-operator").version


def test_it_watches_the_workspaces_and_no_other_namespace() -> None:
    spark = values(with_teams(True, False, True))["spark"]
    assert spark["jobNamespaces"] == ["team-0-spark", "team-2-spark"]
    assert spark["jobNamespaceSelector"] == ""
    # The chart would give these accounts more rights than a driver needs.
    assert spark["serviceAccount"] == spark["rbac"] == {"create": False}


def test_there_is_none_where_no_team_asks_for_spark() -> None:
    none = with_teams(False, False)
    assert none.select(type=RELEASE) == []
    assert none.select(type="PriorityClass") == []
    assert "platform-spark" not in str([each.inputs for each in none.resources])


def test_it_comes_after_the_namespaces_that_it_watches() -> None:
    recording = with_teams(True, False, True)
    release = recording.find(type=RELEASE)
    watched = {
        each.urn for each in recording.select(type="kubernetes:core/v1:Namespace") if each.name.endswith("-spark")
    }
    assert len(watched) == 3  # with its own
    assert watched <= set(release.dependencies)


def test_what_its_webhook_does_not_see_is_not_let_through(declared: Recording) -> None:
    webhook = values(declared)["webhook"]
    assert (webhook["enable"], webhook["failurePolicy"]) == (True, "Fail")
    assert webhook["resourceQuotaEnforcement"] == {"enable": True}


@pytest.mark.parametrize("environment", ["test", "prod"])
def test_from_test_on_there_are_two_of_each_and_one_leads(environment: str) -> None:
    found = values(recorded(environment))
    for component in (found["controller"], found["webhook"]):
        assert component["replicas"] == 2
        assert component["leaderElection"] == {"enable": True}
        assert component["podDisruptionBudget"] == {"enable": True, "minAvailable": 1}
        assert component["topologySpreadConstraints"][0]["whenUnsatisfiable"] == "ScheduleAnyway"


def test_in_dev_there_is_one_of_each_and_no_budget_that_a_drain_would_wait_for() -> None:
    found = values(recorded("dev"))
    for component in (found["controller"], found["webhook"]):
        assert component["replicas"] == 1
        assert component["podDisruptionBudget"]["enable"] is False
        # The chart refuses constraints for one replica.
        assert component["topologySpreadConstraints"] == []


def test_its_pods_are_restricted_and_bounded(declared: Recording) -> None:
    found = values(declared)
    for component in (found["controller"], found["webhook"]):
        pod, container = component["podSecurityContext"], component["securityContext"]
        assert (pod["runAsNonRoot"], pod["runAsUser"]) == (True, 185)
        assert pod["seccompProfile"] == container["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["capabilities"] == {"drop": ["ALL"]}
        assert container["readOnlyRootFilesystem"] is True
        assert container["allowPrivilegeEscalation"] is False
        assert set(component["resources"]["limits"]) == {"cpu", "memory"}
        assert component["resources"]["requests"]["memory"] == component["resources"]["limits"]["memory"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
def test_its_memory_holds_every_submission_that_it_may_make_at_once(profile: Any) -> None:
    operator = profile.spark_operator
    assert 250 * operator.workers + 256 <= operator.controller.memory


def test_it_shows_metrics_and_nothing_else(declared: Recording) -> None:
    found = values(declared)
    assert found["prometheus"]["metrics"] == {"enable": True, "port": 8080, "labels": "namespace"}
    assert found["prometheus"]["podMonitor"] == {"create": False}
    assert found["controller"]["uiIngress"] == found["controller"]["uiService"] == {"enable": False}


def test_its_namespace_holds_a_rolling_update_of_both_deployments(declared: Recording) -> None:
    [quota] = [
        each.inputs["spec"]["hard"]
        for each in declared.select(type="ResourceQuota")
        if each.inputs["metadata"]["namespace"] == "platform-spark"
    ]
    found = values(declared)
    assert int(quota["pods"]) == found["controller"]["replicas"] + found["webhook"]["replicas"] + 2


def test_jobs_give_way_to_everything_else_and_take_nobodys_place(declared: Recording) -> None:
    priority: Resource = declared.find(type="PriorityClass")
    assert priority.inputs["value"] < 0
    assert priority.inputs["preemptionPolicy"] == "Never"
    assert "globalDefault" not in priority.inputs


def test_its_pods_answer_the_api_server_and_what_scrapes_them_and_ask_the_api_server_alone(declared: Recording) -> None:
    for name, called in (("controller", []), ("webhook", [{9443}])):
        spec = declared.find(type="NetworkPolicy", name=f"spark-operator-{name}").inputs["spec"]
        scraped = [rule for rule in spec["ingress"] if rule.get("from")]
        assert [{port["port"] for port in rule["ports"]} for rule in spec["ingress"] if rule not in scraped] == called
        [rule] = scraped
        assert [port["port"] for port in rule["ports"]] == [8080]
        assert [peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"] for peer in rule["from"]] == [
            "platform-observability"
        ]
        [out] = spec["egress"]
        assert [port["port"] for port in out["ports"]] == [443, 6443]
