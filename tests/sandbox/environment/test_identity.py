"""Keycloak answers over verified HTTPS, and gives each person their team's role and no other."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from kubernetes import client

from tests.sandbox.environment.administration import Administration, person
from tests.sandbox.environment.login import claims, log_in
from tests.sandbox.environment.stack import Stack
from tests.sandbox.people import Person

pytestmark = pytest.mark.sandbox

IDENTITY = "platform-identity"
REPLICAS = "app.kubernetes.io/name=keycloak"
VIEW_OF_TWO = re.compile(r"Received new cluster view.*\(2\)")
PATIENCE = 600  # seconds; a bound against hanging, not a measure

SHOWN_TO_ALL = {
    "bruteForceProtected", "displayName", "displayNameHtml", "organizationsEnabled", "realm", "supportedLocales",
}  # fmt: skip


@pytest.fixture
def member(administration: Administration) -> Iterator[Person]:
    """A person in epidemiology's group, for one test."""
    with person(administration, "/epidemiology") as made:
        yield made


def test_the_discovery_document_comes_over_verified_tls(browser: requests.Session, keycloak: dict[str, Any]) -> None:
    answer = browser.get(f"{keycloak['url']}/realms/{keycloak['realm']}/.well-known/openid-configuration", timeout=60)
    assert answer.status_code == 200
    assert answer.json()["issuer"] == f"{keycloak['url']}/realms/{keycloak['realm']}"
    assert all(url.startswith("https://") for key, url in answer.json().items() if key.endswith("_endpoint"))


def test_a_client_that_does_not_trust_the_authority_refuses_the_server(
    browser: requests.Session, keycloak: dict[str, Any]
) -> None:
    browser.verify = True  # the authorities that every machine trusts
    with pytest.raises(requests.exceptions.SSLError):
        browser.get(f"{keycloak['url']}/realms/{keycloak['realm']}", timeout=60)


def test_a_member_of_a_team_gets_a_token_with_that_teams_role_and_no_other(
    browser: requests.Session, keycloak: dict[str, Any], member: Person
) -> None:
    redirect = f"https://app.{keycloak['url'].removeprefix('https://id.')}/callback"
    tokens = log_in(browser, keycloak, redirect=redirect, username=member.username, password=member.password)
    said = claims(tokens["access_token"])
    assert said["iss"] == f"{keycloak['url']}/realms/{keycloak['realm']}"
    assert said["azp"] == "frontend"
    assert set(said["roles"]) - {f"default-roles-{keycloak['realm']}"} == {"team:epidemiology"}
    assert said["groups"] == ["/epidemiology"]


def test_a_wrong_password_is_refused(browser: requests.Session, keycloak: dict[str, Any], member: Person) -> None:
    redirect = f"https://app.{keycloak['url'].removeprefix('https://id.')}/callback"
    with pytest.raises(AssertionError, match="login refused: HTTP 200"):
        log_in(browser, keycloak, redirect=redirect, username=member.username, password="wrong")


def test_a_redirect_to_anywhere_else_is_refused(browser: requests.Session, keycloak: dict[str, Any]) -> None:
    with pytest.raises(AssertionError, match="no login form: HTTP 400"):
        log_in(browser, keycloak, redirect="https://evil.example.net/callback", username="x", password="x")


def test_the_password_grant_is_closed(browser: requests.Session, keycloak: dict[str, Any], member: Person) -> None:
    answer = browser.post(
        f"{keycloak['url']}/realms/{keycloak['realm']}/protocol/openid-connect/token", timeout=60,
        data={
            "grant_type": "password", "client_id": "frontend",
            "username": member.username, "password": member.password,
        },
    )  # fmt: skip
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == "unauthorized_client"


def test_health_and_metrics_are_not_on_the_public_port(browser: requests.Session, keycloak: dict[str, Any]) -> None:
    for path in ("health/ready", "metrics"):
        assert browser.get(f"{keycloak['url']}/{path}", timeout=60).status_code == 404


def test_the_first_administrator_is_gone(
    stack: Stack, browser: requests.Session, keycloak: dict[str, Any], automation: dict[str, str]
) -> None:
    bootstrap = stack.secret(keycloak["administrator"])["bootstrap-secret"]
    endpoint = f"{keycloak['url']}/realms/master/protocol/openid-connect/token"
    client = {"grant_type": "client_credentials", "client_id": "platform-bootstrap", "client_secret": bootstrap}
    person = {"grant_type": "password", "client_id": "admin-cli", "username": "platform-bootstrap"}
    assert browser.post(endpoint, data=client, timeout=60).status_code == 401
    assert browser.post(endpoint, data={**person, "password": bootstrap}, timeout=60).status_code in {400, 401}
    token = browser.post(endpoint, data={"grant_type": "client_credentials", **automation}, timeout=60).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    for path in ("master", "master/users", "master/clients"):
        answer = browser.get(f"{keycloak['url']}/admin/realms/{path}", headers=headers, timeout=60)
        # Of a realm that one may not manage, Keycloak shows what its login page shows to everyone.
        assert answer.status_code == 403 or set(answer.json()) <= SHOWN_TO_ALL, path


def test_a_second_replica_joins_the_cluster_and_a_session_outlives_the_one_that_began_it(
    stack: Stack, browser: requests.Session, keycloak: dict[str, Any], member: Person
) -> None:
    redirect = f"https://app.{keycloak['url'].removeprefix('https://id.')}/callback"
    tokens = log_in(browser, keycloak, redirect=redirect, username=member.username, password=member.password)
    [first] = replicas(stack)
    try:
        scaled(stack, 2)
        # Each lets the other in over TLS alone, with a certificate that it finds in the database.
        for name in replicas(stack):
            assert any(VIEW_OF_TWO.search(line) for line in log_of(stack, name)), name
        # The next to go is the one that the session began on.
        cost = {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "-1"}}}
        stack.cluster.patch_namespaced_pod(first, IDENTITY, cost)
    finally:
        scaled(stack, 1)
    assert first not in replicas(stack)

    answer = browser.post(
        f"{keycloak['url']}/realms/{keycloak['realm']}/protocol/openid-connect/token", timeout=60,
        data={"grant_type": "refresh_token", "client_id": "frontend", "refresh_token": tokens["refresh_token"]},
    )  # fmt: skip
    assert answer.ok, answer.text
    assert claims(answer.json()["access_token"])["sid"] == claims(tokens["access_token"])["sid"]


def replicas(stack: Stack) -> list[str]:
    """Keycloak's pods that are ready and stay."""
    found = stack.cluster.list_namespaced_pod(IDENTITY, label_selector=REPLICAS).items
    return [pod.metadata.name for pod in found if is_ready(pod)]


def is_ready(pod: Any) -> bool:
    statuses = pod.status.container_statuses or []
    return not pod.metadata.deletion_timestamp and bool(statuses) and all(each.ready for each in statuses)


def scaled(stack: Stack, count: int) -> None:
    """Let Keycloak have so many replicas, and wait until it has them and no other pod."""
    apps = client.AppsV1Api(stack.cluster.api_client)
    apps.patch_namespaced_deployment_scale("keycloak", IDENTITY, {"spec": {"replicas": count}})
    end = time.monotonic() + PATIENCE
    while True:
        there = stack.cluster.list_namespaced_pod(IDENTITY, label_selector=REPLICAS).items
        if len(there) == count and all(map(is_ready, there)):
            return
        assert time.monotonic() < end, [pod.metadata.name for pod in there]
        time.sleep(1)


def log_of(stack: Stack, pod: str) -> list[str]:
    return str(stack.cluster.read_namespaced_pod_log(pod, IDENTITY)).splitlines()
