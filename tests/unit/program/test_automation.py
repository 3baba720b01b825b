"""Who administers Keycloak: the engine's own account, and the first administrator only until its job has run."""

from typing import Any

from components.identity import automation
from components.identity.server import BOOTSTRAP
from delivery.recording import SECRET, Recording


def job_of(recording: Recording) -> dict[str, Any]:
    pod: dict[str, Any] = recording.find(type="kubernetes:batch/v1:Job", name="keycloak-automation").inputs["spec"][
        "template"
    ]["spec"]
    return pod


def test_the_engine_logs_in_as_its_own_account_once_the_job_has_made_it(declared: Recording) -> None:
    job = declared.find(type="kubernetes:batch/v1:Job", name="keycloak-automation")
    provider = declared.find(type="pulumi:providers:keycloak", name="keycloak")
    assert provider.inputs["clientId"] == "platform-automation"
    assert provider.inputs["clientSecret"] == SECRET
    assert {"username", "password"}.isdisjoint(provider.inputs)
    assert job.urn in provider.dependencies


def test_the_job_begins_when_the_server_is_there_and_its_ways_are_open(declared: Recording) -> None:
    job = declared.find(type="kubernetes:batch/v1:Job", name="keycloak-automation")
    server = declared.find(type="kubernetes:apps/v1:Deployment", name="keycloak")
    ways = {declared.find(type="NetworkPolicy", name=f"keycloak-automation-{end}").urn for end in ("in", "out")}
    assert {server.urn, *ways} <= set(job.dependencies)


def test_a_new_secret_makes_a_new_job(declared: Recording) -> None:
    job = declared.find(type="kubernetes:batch/v1:Job", name="keycloak-automation")
    secrets = {
        declared.find(type="random:index/randomPassword:RandomPassword", name=name).urn
        for name in ("keycloak-automation-secret", "keycloak-administrator")
    }
    assert secrets <= set(job.property_dependencies["spec"])


def test_no_secret_is_in_the_jobs_arguments_or_environment(declared: Recording) -> None:
    [container] = job_of(declared)["containers"]
    assert SECRET not in str(container)
    assert {each["name"] for each in container["env"]} == {"HOME_OF_KEYCLOAK", "KEYS", "REALM", "SERVER", "WORK"}
    script = automation.SCRIPT.read_text(encoding="utf-8")
    for word in ("--secret", "--password", "set-password"):
        assert word not in script


def test_script_and_server_mean_the_same_first_administrator() -> None:
    script = automation.SCRIPT.read_text(encoding="utf-8")
    assert f"\nBOOTSTRAP={BOOTSTRAP}\n" in script
