"""What the declared Gateway, routes, limits and rights do in a real Traefik."""

import json
import re
import socket
import ssl
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import urlopen

import pytest

from components.network.edge.names import NAMESPACE
from stacks.profiles import EDGE_LIMITS
from tests.sandbox.edge.lab import ACCOUNT, Cluster, Way, ask

pytestmark = pytest.mark.sandbox
LOGIN = "/realms/etl/login-actions/authenticate"


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def told(answer: bytes) -> dict[str, Any]:
    """What the backend says that reached it."""
    body = answer.partition(b"\r\n\r\n")[2]
    said: dict[str, Any] = json.loads(body[body.index(b"{") : body.rindex(b"}") + 1])
    return said


def headers_of(answer: bytes) -> dict[str, str]:
    lines = answer.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


@pytest.mark.usefixtures("way")
def test_the_cluster_finds_nothing_wrong_with_what_is_declared(cluster: Cluster) -> None:
    said = json.loads(cluster.run("get", f"--namespace={NAMESPACE}", "-o=json", "gateway/edge"))
    assert {each["status"] for each in said["status"]["conditions"]} == {"True"}
    for listener in said["status"]["listeners"]:
        assert {(each["type"], each["status"]) for each in listener["conditions"]} >= {
            ("Accepted", "True"), ("Programmed", "True"), ("ResolvedRefs", "True"),
        }  # fmt: skip
        assert listener["attachedRoutes"] == 1
    for route in json.loads(cluster.run("get", f"--namespace={NAMESPACE}", "-o=json", "httproutes"))["items"]:
        conditions = route["status"]["parents"][0]["conditions"]
        assert {each["status"] for each in conditions} == {"True"}, route["metadata"]["name"]
    policy = json.loads(cluster.run("get", f"--namespace={NAMESPACE}", "-o=json", "backendtlspolicy/keycloak"))
    assert {each["status"] for each in policy["status"]["ancestors"][0]["conditions"]} == {"True"}


@pytest.mark.usefixtures("way")
def test_its_account_sees_no_secret_of_another_namespace(cluster: Cluster) -> None:
    def may(verb: str, what: str, *where: str) -> bool:
        try:
            return cluster.run("auth", "can-i", verb, what, f"--as={ACCOUNT}", *where).strip() == "yes"
        except AssertionError:
            return False

    assert may("list", "secrets", f"--namespace={NAMESPACE}")
    assert not may("get", "secrets", "--namespace=default")
    assert not may("list", "secrets", "--all-namespaces")
    assert not may("create", "pods", f"--namespace={NAMESPACE}")
    assert not may("update", "httproutes.gateway.networking.k8s.io", f"--namespace={NAMESPACE}")


def test_the_proxy_complains_of_nothing(way: Way) -> None:
    time.sleep(1)
    said = way.log.read_text().splitlines()
    # Routes may be read a moment before the Middlewares that they name; that they work, other tests show.
    loud = [line for line in said if ('"level":"error"' in line and "does not exist" not in line) or "orbidden" in line]
    assert loud == []


@pytest.mark.parametrize(
    "path",
    ["/realms/etl", "/realms/etl/account/", "/resources/a.js", "/.well-known/openid-configuration/realms/etl", LOGIN],
)
def test_the_realms_paths_pass_over_tls_that_is_verified_on_both_sides(way: Way, path: str) -> None:
    answer = ask(way, path)
    assert status(answer) == 200
    assert told(answer)["path"] == path


@pytest.mark.parametrize(
    "path",
    [
        "/", "/admin/", "/admin/realms/etl", "/realms/master", "/realms/master/account", "/realms", "/realms/etl2",
        "/metrics", "/health", "/ping", "/dashboard/", "/api/rawdata",
        "/.well-known/openid-configuration/realms/master",
        "/realms/etl/../master", "/realms/etl/%2e%2e/master", "/realms/etl/..%2fmaster", "/resources/../admin/",
        "//admin/", "/realms/etl/..%5cmaster", "/resources/%2e%2e%2fadmin/",
        "/realms/etl%2f..%2fmaster", "/resources/%252e%252e/admin",
    ],
)  # fmt: skip
def test_nothing_else_passes_however_it_is_written(way: Way, path: str) -> None:
    assert status(ask(way, path)) in {400, 404}


def test_plain_http_leads_to_https_and_serves_nothing(way: Way) -> None:
    def plain(host: str) -> bytes:
        with socket.create_connection((way.address, way.http), timeout=30) as made:
            made.sendall(f"GET /realms/etl HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return made.makefile("rb").read()

    answer = plain(way.host)
    assert status(answer) == 301
    assert headers_of(answer)["location"] == f"https://{way.host}/realms/etl"
    assert status(plain("evil.example.net")) == 404


@pytest.mark.parametrize("name", ["evil.example.net", None])
def test_a_name_that_no_listener_has_gets_no_handshake(way: Way, name: str | None) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(way, "/realms/etl", name=name)


def test_another_host_behind_the_right_name_is_refused(way: Way) -> None:
    assert status(ask(way, "/realms/etl", host="evil.example.net")) in {404, 421}


def test_only_modern_tls_is_spoken(way: Way) -> None:
    def agreed(newest: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> str | None:
        context = ssl.create_default_context(cafile=str(way.authority))
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            context.maximum_version = newest
        context.set_ciphers(ciphers)
        with (
            socket.create_connection((way.address, way.https), timeout=30) as plain,
            context.wrap_socket(plain, server_hostname=way.host) as secure,
        ):
            return secure.version()

    assert agreed(ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    assert agreed(ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    for version, ciphers in (
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0"),
    ):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            agreed(version, ciphers)


def test_answers_hold_browsers_to_https_and_do_not_say_what_runs_behind(way: Way) -> None:
    headers = headers_of(ask(way, "/realms/etl"))
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert not {"server", "x-powered-by"} & set(headers)


def test_a_client_cannot_say_that_it_is_someone_else(way: Way) -> None:
    forged = "203.0.113.77"
    said = "".join(
        f"{name}: {value}\r\n"
        for name, value in (
            ("X-Forwarded-For", forged), ("X_Forwarded_For", forged), ("X-Real-Ip", forged),
            ("X-Forwarded-Host", "evil.example.net"), ("X-Forwarded-Proto", "http"), ("X-Forwarded-Port", "80"),
            ("X-Forwarded-Prefix", "/evil"),
        )
    )  # fmt: skip
    found = {name.lower(): value for name, value in told(ask(way, "/realms/etl", headers=said))["headers"]}
    assert found["x-forwarded-for"] == "127.0.0.1"
    assert found["x-forwarded-host"] == way.host
    assert found["x-forwarded-proto"] == "https"
    assert found["host"] == way.host
    assert forged not in str(found)
    assert "evil" not in str(found)


@pytest.mark.parametrize(("path", "limits"), [(LOGIN, "login"), ("/realms/etl/account/", "standard")])
def test_a_body_that_is_too_large_is_refused_and_one_that_fits_is_not(way: Way, path: str, limits: Any) -> None:
    most = EDGE_LIMITS[limits].body * 1024
    # By its declared length: the proxy does not wait for what it will not take.
    declared = f"Content-Length: {most + 1}\r\n"
    assert status(ask(way, path, method="POST", body=b"x" * most)) == 200
    assert status(ask(way, path, method="POST", headers=declared)) == 413


def test_the_log_tells_of_requests_and_keeps_codes_and_cookies_to_itself(way: Way) -> None:
    secret = "code-that-nobody-may-read"
    ask(
        way,
        f"/realms/etl/account/?code={secret}&state=x",
        headers=f"Cookie: a={secret}\r\nAuthorization: Bearer {secret}\r\n",
    )
    time.sleep(2)
    lines = [json.loads(line) for line in way.log.read_text().splitlines() if '"RequestPath"' in line]
    found = [each for each in lines if each["RequestPath"].startswith("/realms/etl/account/")]
    assert found[-1]["RequestPath"] == "/realms/etl/account/"
    assert found[-1]["ClientHost"] == "127.0.0.1"
    assert found[-1]["DownstreamStatus"] == 200
    assert secret not in way.log.read_text()


def test_metrics_are_inside_alone(way: Way) -> None:
    with urlopen(f"http://{way.address}:{way.internal}/metrics", timeout=30) as answer:
        assert re.search(rb"traefik_router_requests_total\{.*keycloak", answer.read())


def test_who_tries_too_many_logins_waits_and_everything_else_goes_on(way: Way) -> None:
    limits = EDGE_LIMITS["login"]
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(lambda _: status(ask(way, LOGIN)), range(2 * limits.burst)))
    assert found.count(200) >= limits.burst - 5
    assert 429 in found
    # One address that is forged anew each time is still one client.
    forged = [status(ask(way, LOGIN, headers=f"X-Forwarded-For: 203.0.113.{each}\r\n")) for each in range(1, 20)]
    assert 429 in forged
    assert status(ask(way, "/realms/etl")) == 200
    time.sleep(5 * 60 / limits.per_minute)
    assert status(ask(way, LOGIN)) == 200, "it heals"
