"""What the stack on a Docker engine declares: who meets whom, and what no container has."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from delivery.recording import SECRET, Recording
from tests.unit.program.conftest import recorded

SERVICES = {"postgresql", "keycloak", "collector", "frontend"}
JOBS = {"keycloak-automation"}


@cache
def containers() -> dict[str, dict[str, Any]]:
    """The containers that run, by the name of their service."""
    found = [
        dict(each.inputs)
        for each in recorded("local").select(type="Container")
        if each.inputs.get("start") is not False
    ]
    return {each["hostname"]: each for each in found}


@pytest.fixture(params=sorted(SERVICES | JOBS))
def container(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each service and job in turn."""
    return containers()[request.param]


@pytest.fixture
def local() -> Recording:
    return recorded("local")


def test_there_are_these_services_and_no_other() -> None:
    assert set(containers()) == SERVICES | JOBS


def test_a_container_has_no_more_than_it_needs(container: dict[str, Any]) -> None:
    user, _, _ = container["user"].partition(":")
    assert int(user) > 0
    assert container["readOnly"] is True
    assert container["privileged"] is False
    assert container["capabilities"] == {"drops": ["ALL"]}
    assert container["securityOpts"] == ["no-new-privileges:true"]
    assert container["memory"] == container["memorySwap"] > 0
    assert float(container["cpus"]) > 0
    assert all(mount["type"] == "volume" for mount in container["mounts"]), "nothing of the machine's own is in it"


def test_a_service_comes_back_and_a_job_that_fails_is_tried_again(container: dict[str, Any]) -> None:
    runs = {key: container.get(key) for key in ("restart", "maxRetryCount", "attach", "mustRun")}
    if container["hostname"] in JOBS:
        assert runs == {"restart": "on-failure", "maxRetryCount": 6, "attach": True, "mustRun": False}
    else:
        assert runs == {"restart": "unless-stopped", "maxRetryCount": None, "attach": None, "mustRun": None}


def test_a_log_stays_small(container: dict[str, Any]) -> None:
    assert container["logOpts"] == {"max-size": "10m", "max-file": "3"}


def test_all_services_but_the_collector_are_asked_whether_they_are_well() -> None:
    assert {name for name, each in containers().items() if not each.get("healthcheck")} == {"collector"} | JOBS
    assert all(each["wait"] is bool(each.get("healthcheck")) for each in containers().values())


def test_ports_are_this_machines_own() -> None:
    published = {
        (name, port["ip"], port["external"]) for name, each in containers().items() for port in each.get("ports") or ()
    }
    assert published == {
        ("postgresql", "127.0.0.1", 15432),
        ("keycloak", "127.0.0.1", 8443),
        ("frontend", "127.0.0.1", 8444),
    }


def test_who_meets_whom() -> None:
    joined = {
        name: sorted(network["name"].rpartition("-")[2] for network in each["networksAdvanced"])
        for name, each in containers().items()
    }
    assert joined == {
        "postgresql": ["back", "data"],
        "keycloak": ["back", "front"],
        "keycloak-automation": ["back"],
        "collector": ["back"],
        "frontend": ["back", "front"],
    }


def test_only_the_front_network_has_a_way_out(local: Recording) -> None:
    networks = {each.inputs["name"]: each.inputs for each in local.select(type="Network")}
    assert set(networks) == {"etl-local-front", "etl-local-back", "etl-local-data"}
    assert [name for name, each in networks.items() if each["internal"]] == ["etl-local-back"]
    assert networks["etl-local-data"]["options"] == {"com.docker.network.bridge.enable_ip_masquerade": "false"}


def test_passwords_and_keys_are_files_that_their_user_alone_reads(local: Recording) -> None:
    filled = [each for each in local.select(type="Container") if each.inputs.get("start") is False]
    uploads = {(each.name, upload["file"]): upload for each in filled for upload in each.inputs["uploads"]}
    secret = {file.rpartition("/")[2] for (_, file), upload in uploads.items() if upload["content"] == SECRET}
    assert secret == {"tls.key", "superuser-password", "keycloak.conf", "client-secret", "bootstrap-secret"}
    assert {upload["permissions"] for upload in uploads.values()} == {"0400"}
    for each in containers().values():
        assert SECRET not in json.dumps([each.get(name) for name in ("envs", "command", "entrypoints", "labels")])


def test_the_engine_administers_with_an_account_of_its_own_once_the_job_has_made_it(local: Recording) -> None:
    server, job = (
        local.find(type="docker:index/container:Container", name=name) for name in ("keycloak", "keycloak-automation")
    )
    provider = local.find(type="pulumi:providers:keycloak", name="keycloak")
    assert (provider.inputs["clientId"], provider.inputs["clientSecret"]) == ("platform-automation", SECRET)
    assert job.urn in provider.dependencies
    assert server.urn in job.dependencies
    administrator = local.outputs["keycloak"]["administrator"]
    assert administrator == {"client_id": "platform-automation", "client_secret": SECRET}


def test_the_job_is_the_one_that_clusters_run(local: Recording) -> None:
    [inside] = (
        recorded("dev")
        .find(type="kubernetes:batch/v1:Job", name="keycloak-automation")
        .inputs["spec"]["template"]["spec"]["containers"]
    )
    here = containers()["keycloak-automation"]
    assert here["entrypoints"] == inside["command"]
    told = dict(each.split("=", 1) for each in here["envs"])
    own = {"SERVER": "https://keycloak:8443", "WORK": "/tmp"}
    assert told == {each["name"]: each["value"] for each in inside["env"]} | own
    assert set(here["tmpfs"]) == {own["WORK"]}, "in memory"
    secret = recorded("dev").find(type="kubernetes:core/v1:Secret", name="keycloak-automation")
    filled = local.find(type="Container", name="etl-local-keycloak-automation-files").inputs["uploads"]
    assert {each["file"] for each in filled} == {f"{told['KEYS']}/{name}" for name in secret.inputs["stringData"]}


def test_the_frontend_says_who_speaks_as_services_in_clusters_do() -> None:
    told = [each for each in containers()["frontend"]["envs"] if each.startswith("OTEL_")]
    assert dict(each.split("=", 1) for each in told) == {
        "OTEL_SERVICE_NAME": "frontend",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=local,service.namespace=platform",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_SAMPLER": "parentbased_always_on",
    }


def test_the_realm_is_the_one_that_clusters_have() -> None:
    kinds = (
        "Realm",
        "keycloak:index/role:Role",
        "Group",
        "GroupRoles",
        "DefaultRoles",
        "RequiredAction",
        "ClientScope",
    )

    def of(name: str, kind: str) -> dict[str, Any]:
        return {each.name: dict(each.inputs) for each in recorded(name).select(type=kind)}

    for kind in kinds:
        local, dev = of("local", kind), of("dev", kind)
        assert local
        shared = [name for name in local if name in dev]
        assert len(shared) == len(local), "nothing is made for this place alone"
        for name in shared:
            told = {key for key in local[name] if local[name][key] != dev[name].get(key)}
            assert told <= {"displayName"}, f"{kind} {name}"


def test_nothing_of_a_cluster_is_declared(local: Recording) -> None:
    assert [each.type for each in local.resources if each.type.startswith("kubernetes:")] == []
