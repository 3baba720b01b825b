"""The way in, from outside: what passes, what is refused, and what one client may ask."""

import json
import os
import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from kubernetes import client, config

from components.network.edge.names import NAMESPACE
from stacks.profiles import EDGE_LIMITS
from stacks.settings import load_file
from tests.sandbox.environment.login import session
from tests.sandbox.environment.stack import ROOT, Stack

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(load_file(ROOT / "Pulumi.dev.yaml").edge is None, reason="Pulumi.dev.yaml asks for no edge"),
]
PODS = "app.kubernetes.io/name=edge"
HEALS = 60  # seconds; one minute's requests are given again in one minute


@pytest.fixture(scope="module")
def edge(stack: Stack) -> dict[str, Any]:
    return dict(stack.outputs["edge"])


@pytest.fixture(scope="module")
def url(stack: Stack) -> str:
    return str(stack.outputs["keycloak"]["url"])


@pytest.fixture(scope="module")
def host(url: str) -> str:
    return url.removeprefix("https://")


@pytest.fixture
def browser(stack: Stack, edge: dict[str, Any], url: str) -> Iterator[requests.Session]:
    """A client that comes through the edge by the public name, and verifies it."""
    with session({"url": url, **edge}, str(stack.authority)) as made:
        yield made


def shake_hands(
    edge: dict[str, Any], authority: Path, name: str | None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> str | None:
    """A TLS handshake with this server name; returns the version that was agreed on."""
    context = ssl.create_default_context(cafile=str(authority))
    context.check_hostname = name is not None
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.maximum_version = newest
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection((edge["address"], int(edge["port"])), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return secure.version()


def ask(stack: Stack, edge: dict[str, Any], name: str, head: str) -> int:
    """The status of a request that is sent to the letter, which no client library would."""
    context = ssl.create_default_context(cafile=str(stack.authority))
    with (
        socket.create_connection((edge["address"], int(edge["port"])), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        secure.sendall(f"{head}Connection: close\r\n\r\n".encode())
        return int(secure.makefile("rb").readline().split()[1])


def statuses(browser: requests.Session, method: str, url: str, times: int, **options: Any) -> list[int]:
    """The statuses of requests that are sent at once."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        asked = [pool.submit(browser.request, method, url, timeout=60, **options) for _ in range(times)]
        return [each.result().status_code for each in asked]


def log(stack: Stack) -> list[dict[str, Any]]:
    """The access log of all pods of the edge."""
    found: list[dict[str, Any]] = []
    for pod in stack.cluster.list_namespaced_pod(NAMESPACE, label_selector=PODS).items:
        lines = stack.cluster.read_namespaced_pod_log(pod.metadata.name, NAMESPACE).splitlines()
        found += [said for line in lines if line.startswith("{") and "RequestPath" in (said := json.loads(line))]
    return found


def test_the_realm_is_reached_by_its_public_name_over_verified_tls(browser: requests.Session, url: str) -> None:
    answer = browser.get(f"{url}/realms/etl/.well-known/openid-configuration", timeout=60)
    assert answer.status_code == 200
    said = answer.json()
    assert said["issuer"] == f"{url}/realms/etl"
    assert all(value.startswith(url) for key, value in said.items() if key.endswith("_endpoint"))


@pytest.mark.parametrize(
    "path",
    [
        "/", "/admin/", "/admin/master/console/", "/admin/realms/etl", "/realms/master", "/realms/master/account",
        "/metrics", "/health", "/health/ready", "/management", "/realms", "/realms/etl2",
        "/.well-known/openid-configuration/realms/master",
    ],
)  # fmt: skip
def test_nothing_else_of_keycloak_passes(browser: requests.Session, url: str, path: str) -> None:
    assert browser.get(url + path, timeout=60).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/realms/etl/../master", "/realms/etl/%2e%2e/master", "/realms/etl/..%2fmaster", "/resources/../admin/",
        "/resources/..;/admin/", "//admin/", "/realms/etl/..%5cmaster", "/resources/%2e%2e%2fadmin/",
    ],
)  # fmt: skip
def test_no_other_way_of_writing_a_path_gets_past_the_list(
    stack: Stack, edge: dict[str, Any], host: str, path: str
) -> None:
    status = ask(stack, edge, host, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n")
    assert status in {400, 404}


def test_plain_http_leads_to_https_and_serves_nothing(edge: dict[str, Any], host: str) -> None:
    answer = requests.get(
        f"http://{edge['address']}/realms/etl", headers={"Host": host}, allow_redirects=False, timeout=60
    )
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://{host}/realms/etl"
    other = requests.get(
        f"http://{edge['address']}/", headers={"Host": "evil.example.net"}, allow_redirects=False, timeout=60
    )
    assert other.status_code == 404


@pytest.mark.parametrize("name", ["evil.example.net", None])
def test_a_name_that_is_not_the_platforms_gets_no_certificate(
    stack: Stack, edge: dict[str, Any], name: str | None
) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(edge, stack.authority, name)


def test_another_host_behind_the_right_name_is_refused(stack: Stack, edge: dict[str, Any], host: str) -> None:
    assert ask(stack, edge, host, "GET /realms/etl HTTP/1.1\r\nHost: evil.example.net\r\n") in {404, 421}


def test_old_versions_of_tls_are_refused_and_new_ones_are_not(stack: Stack, edge: dict[str, Any], host: str) -> None:
    assert shake_hands(edge, stack.authority, host) == "TLSv1.3"
    assert shake_hands(edge, stack.authority, host, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        shake_hands(edge, stack.authority, host, ssl.TLSVersion.TLSv1_1)


def test_answers_hold_browsers_to_https_and_do_not_say_what_runs_behind(browser: requests.Session, url: str) -> None:
    headers = browser.get(f"{url}/realms/etl/account/", timeout=60).headers
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Content-Security-Policy" in headers, "Keycloak's own stay"
    assert not {"Server", "X-Powered-By"} & set(headers)


def test_a_body_that_is_too_large_is_refused(
    stack: Stack, edge: dict[str, Any], browser: requests.Session, url: str, host: str
) -> None:
    limit = EDGE_LIMITS["login"].body * 1024
    # By its declared length: the proxy does not wait for what it will not take.
    head = f"POST /realms/etl/login-actions/authenticate HTTP/1.1\r\nHost: {host}\r\nContent-Length: {limit + 1}\r\n"
    assert ask(stack, edge, host, head) == 413
    small = browser.post(f"{url}/realms/etl/login-actions/authenticate", data=b"x" * 1024, timeout=60)
    assert small.status_code != 413


def test_who_tries_too_many_logins_waits_and_everything_else_goes_on(browser: requests.Session, url: str) -> None:
    login, limits = f"{url}/realms/etl/login-actions/authenticate", EDGE_LIMITS["login"]
    # Sessions stick to no replica: each may give the whole burst once.
    found = statuses(browser, "GET", login, 3 * limits.burst)
    assert 429 in found
    assert browser.get(f"{url}/realms/etl", timeout=60).status_code == 200, (
        "the rest of the realm has limits of its own"
    )
    time.sleep(60 / limits.per_minute + 1)
    assert browser.get(login, timeout=60).status_code != 429, "a second later there is room for one more"
    time.sleep(HEALS)
    assert 429 not in statuses(browser, "GET", login, 5)


def test_a_client_cannot_say_that_it_is_someone_else(stack: Stack, browser: requests.Session, url: str) -> None:
    forged = "203.0.113.77"
    said = {
        "X-Forwarded-For": forged,
        "X_Forwarded_For": forged,
        "X-Real-Ip": forged,
        "X-Forwarded-Host": "evil.example.net",
    }
    answer = browser.get(f"{url}/realms/etl/.well-known/openid-configuration", headers=said, timeout=60)
    assert answer.json()["issuer"] == f"{url}/realms/etl"
    # The limits are by address: one that is forged anew for each request does not get round them.
    login = f"{url}/realms/etl/login-actions/authenticate"
    found = [
        browser.get(login, headers={"X-Forwarded-For": f"203.0.113.{number}"}, timeout=60).status_code
        for number in range(1, 3 * EDGE_LIMITS["login"].burst)
    ]
    assert 429 in found
    assert forged not in json.dumps(log(stack))
    time.sleep(HEALS)


def test_the_access_log_tells_of_requests_and_keeps_codes_and_cookies_to_itself(
    stack: Stack, browser: requests.Session, url: str
) -> None:
    secret = "code-that-nobody-may-read"
    browser.get(f"{url}/realms/etl/account/", params={"code": secret}, headers={"Cookie": f"a={secret}"}, timeout=60)
    deadline = time.monotonic() + 30
    while not (found := [each for each in log(stack) if each["RequestPath"] == "/realms/etl/account/"]):
        assert time.monotonic() < deadline, "the request is not in the log"
        time.sleep(1)
    assert found[-1]["DownstreamStatus"]
    assert found[-1]["ClientHost"]
    for pod in stack.cluster.list_namespaced_pod(NAMESPACE, label_selector=PODS).items:
        assert secret not in stack.cluster.read_namespaced_pod_log(pod.metadata.name, NAMESPACE)


def test_the_metrics_are_not_where_people_come(browser: requests.Session, edge: dict[str, Any], url: str) -> None:
    assert browser.get(f"{url}/ping", timeout=60).status_code == 404
    with pytest.raises((TimeoutError, ConnectionRefusedError)):
        socket.create_connection((edge["address"], 9000), timeout=5).close()


def test_a_proxy_that_is_killed_comes_back_and_where_there_are_two_nobody_notices(
    stack: Stack, browser: requests.Session, url: str
) -> None:
    apps = client.AppsV1Api(config.new_client_from_config(os.environ["KUBECONFIG"]))  # type: ignore[no-untyped-call]
    before = apps.read_namespaced_deployment("edge", NAMESPACE).spec.replicas or 1
    apps.patch_namespaced_deployment_scale("edge", NAMESPACE, {"spec": {"replicas": 2}})
    try:
        wait_for_ready(stack, 2)
        victim = stack.cluster.list_namespaced_pod(NAMESPACE, label_selector=PODS).items[0].metadata.name
        stack.cluster.delete_namespaced_pod(victim, NAMESPACE, grace_period_seconds=30)
        deadline, failures = time.monotonic() + 20, []
        while time.monotonic() < deadline:
            browser.adapters[url].close()  # a connection of its own for each request
            try:
                answer = browser.get(f"{url}/realms/etl", timeout=10)
                failures += [str(answer.status_code)] if answer.status_code != 200 else []
            except requests.RequestException as error:
                failures.append(str(error))
            time.sleep(0.1)  # well within what one client may ask
        assert failures == []
    finally:
        apps.patch_namespaced_deployment_scale("edge", NAMESPACE, {"spec": {"replicas": before}})
        wait_for_ready(stack, before)


def wait_for_ready(stack: Stack, number: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        pods = stack.cluster.list_namespaced_pod(NAMESPACE, label_selector=PODS).items
        ready = [each for each in pods if all(one.ready for one in each.status.container_statuses or [])]
        if len(ready) == len(pods) == number:
            return
        time.sleep(1)
    raise AssertionError(f"no {number} pods of the edge became ready")
