"""The operator's real chart with our values, and its real definitions against what we declare. No cluster is asked."""

from __future__ import annotations

import json
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from delivery.recording import Recording
from sandbox.toolchain.paths import Paths
from stacks.images import Images, chart
from stacks.settings import load_mapping
from tests.unit.program.conftest import build_from

pytestmark = pytest.mark.sandbox

PATHS = Paths.find()
CHART = PATHS.cache / "charts" / f"spark-operator-{chart('spark-operator').version}"
JOBS = Path(__file__).resolve().parents[2] / "fixtures/settings/valid"
PROFILES = ("dev", "test", "prod")


@cache
def recorded(profile: str) -> Recording:
    teams = [
        {
            "name": name,
            "owners": ["ada@example.com"],
            "databases": [{"name": "cases"}],
            "spark": {"jobs": [{"name": "positive", "file": "jobs/positive.yaml", "schedule": "0 5 * * *"}]},
        }
        for name in ("epidemiology", "reporting")
    ]
    return build_from(load_mapping({"domain": "etl.example.com", "teams": teams}, profile, JOBS))


def values(profile: str) -> dict[str, Any]:
    found: dict[str, Any] = recorded(profile).find(type="kubernetes:helm.sh/v3:Release").inputs["values"]
    return found


@cache
def rendered(profile: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [PATHS.bin / "helm", "template", "spark-operator", CHART, "--namespace=platform-spark", "--values=-"],
        input=json.dumps(values(profile)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [each for each in yaml.safe_load_all(done.stdout) if each]


def of_kind(profile: str, kind: str) -> dict[str, dict[str, Any]]:
    return {
        f"{each['metadata'].get('namespace', '')}/{each['metadata']['name']}".removeprefix("/"): each
        for each in rendered(profile)
        if each["kind"] == kind
    }


def unknown(ours: Any, known: Any, path: str = "") -> list[str]:
    """Our keys that the chart's own values lack; what it leaves empty takes anything."""
    if not isinstance(ours, dict) or not isinstance(known, dict) or not known:
        return []
    found = [f"{path}{key}" for key in ours if key not in known]
    return found + [each for key in ours for each in unknown(ours[key], known.get(key), f"{path}{key}.")]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_chart_knows_every_value_that_we_set(profile: str) -> None:
    known = yaml.safe_load((CHART / "values.yaml").read_text())
    # These two are Kubernetes' own: the chart passes them on as they are.
    for component in ("controller", "webhook"):
        del known[component]["podSecurityContext"], known[component]["securityContext"]
        known[component] |= {"podSecurityContext": {}, "securityContext": {}}
    assert unknown(values(profile), known) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_it_watches_the_workspaces_alone(profile: str) -> None:
    deployments = of_kind(profile, "Deployment")
    assert set(deployments) == {"spark-operator-controller", "spark-operator-webhook"}
    for each in deployments.values():
        assert (
            "--namespaces=epidemiology-spark,reporting-spark"
            in each["spec"]["template"]["spec"]["containers"][0]["args"]
        )
    for kind in ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"):
        [configuration] = of_kind(profile, kind).values()
        for webhook in configuration["webhooks"]:
            assert webhook["failurePolicy"] == "Fail"
            [only] = webhook["namespaceSelector"]["matchExpressions"]
            assert only["values"] == ["epidemiology-spark", "reporting-spark"]
            assert webhook["clientConfig"]["service"]["port"] == 9443


@pytest.mark.parametrize("profile", PROFILES)
def test_what_it_may_do_in_the_whole_cluster_is_to_know_its_own_definitions_and_webhooks(profile: str) -> None:
    allowed = {
        resource: set(rule["verbs"])
        for each in of_kind(profile, "ClusterRole").values()
        for rule in each["rules"]
        for resource in rule["resources"]
        if "resourceNames" not in rule
    }
    assert allowed == {
        "customresourcedefinitions": {"get"},
        "mutatingwebhookconfigurations": {"list", "watch"},
        "validatingwebhookconfigurations": {"list", "watch"},
    }
    for each in of_kind(profile, "Role").values():
        assert all("*" not in rule["verbs"] + rule["resources"] for rule in each["rules"])
        assert not any("secrets" in rule["resources"] and "get" in rule["verbs"] and "resourceNames" not in rule
                       for rule in each["rules"])  # fmt: skip


@pytest.mark.parametrize("profile", PROFILES)
def test_the_accounts_of_jobs_are_ours(profile: str) -> None:
    assert set(of_kind(profile, "ServiceAccount")) == {
        "platform-spark/spark-operator-controller", "platform-spark/spark-operator-webhook",
    }  # fmt: skip


@pytest.mark.parametrize("profile", PROFILES)
def test_its_pods_are_ones_that_our_policies_select_and_a_restricted_namespace_takes(profile: str) -> None:
    policies = {
        each.name: each.inputs["spec"]["podSelector"]["matchLabels"].items()
        for each in recorded(profile).select(type="NetworkPolicy")
        if each.name.startswith("spark-operator-") and each.inputs["spec"]["podSelector"]
    }
    for name, deployment in of_kind(profile, "Deployment").items():
        template = deployment["spec"]["template"]
        assert policies[name] <= template["metadata"]["labels"].items()
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        [container] = pod["containers"]
        assert container["image"] == Images().spark_operator
        assert container["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert deployment["spec"]["replicas"] == (1 if profile == "dev" else 2)


def closed(schema: Any) -> Any:
    """The schema, refusing what it does not name: an API server would drop it in silence."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        inner.setdefault("additionalProperties", False)
    return inner


@pytest.mark.parametrize(
    ("kind", "declared"),
    [
        ("scheduledsparkapplications", "ScheduledSparkApplication"),
        ("sparkapplications", "application.yaml"),
    ],
)
def test_its_definitions_know_every_field_that_a_job_has(kind: str, declared: str) -> None:
    definition = yaml.safe_load((CHART / "crds" / f"sparkoperator.k8s.io_{kind}.yaml").read_text())
    [version] = [each for each in definition["spec"]["versions"] if each["name"] == "v1beta2"]
    spec = closed(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    if declared.endswith(".yaml"):
        config = recorded("prod").find(type="ConfigMap", name="epidemiology-spark-positive")
        found = yaml.safe_load(config.inputs["data"][declared])["spec"]
    else:
        found = recorded("prod").find(type=declared, name="epidemiology-spark-positive").inputs["spec"]
    errors = [
        f"{error.json_path}: {error.message}" for error in jsonschema.Draft202012Validator(spec).iter_errors(found)
    ]
    assert errors == []
