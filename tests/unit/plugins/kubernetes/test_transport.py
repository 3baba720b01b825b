"""Which kubeconfigs the plugin reads itself, and that it reads them as the package does."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.kubernetes.transport import by_package, plain

SERVER = "https://192.0.2.1:6443"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HTTPS_PROXY", raising=False)
    monkeypatch.delenv("https_proxy", raising=False)


def kubeconfig(cluster: dict[str, Any], user: dict[str, Any]) -> dict[str, Any]:
    return {
        "current-context": "one",
        "contexts": [
            {"name": "other", "context": {"cluster": "none", "user": "none"}},
            {"name": "one", "context": {"cluster": "here", "user": "me"}},
        ],
        "clusters": [{"name": "here", "cluster": {"server": SERVER, **cluster}}],
        "users": [{"name": "me", "user": user}],
    }


def test_a_plain_kubeconfig_is_read_as_the_package_reads_it() -> None:
    document = kubeconfig({}, {"token": "t0ken"})
    ours, theirs = plain(document, None, None), by_package(document, None, [])
    assert ours is not None
    assert (ours.host, ours.headers()["Authorization"]) == (SERVER, "Bearer t0ken")
    assert (theirs.host, theirs.headers()["authorization"]) == (SERVER, "Bearer t0ken")


def test_the_named_context_counts_and_not_the_current_one() -> None:
    document = kubeconfig({}, {"token": "x"}) | {"current-context": "other"}
    found = plain(document, "one", None)
    assert found is not None
    assert found.host == SERVER
    assert plain(document, None, None) is None


@pytest.mark.parametrize(
    ("cluster", "user"),
    [
        ({}, {"exec": {"command": "aws"}}),
        ({}, {"auth-provider": {"name": "oidc"}}),
        ({}, {"tokenFile": "/run/token"}),
        ({"tls-server-name": "other"}, {"token": "x"}),
        ({"insecure-skip-tls-verify": True}, {"token": "x"}),
        ({"proxy-url": "socks5://192.0.2.9"}, {"token": "x"}),
        ({"server": "http://192.0.2.1"}, {"token": "x"}),
        ({"certificate-authority-data": "no base64!"}, {"token": "x"}),
        ({"certificate-authority-data": base64.b64encode(b"no certificate").decode()}, {"token": "x"}),
        ({"certificate-authority": "missing.pem"}, {"token": "x"}),
        ({}, {"client-certificate-data": base64.b64encode(b"no certificate").decode()}),
    ],
)
def test_whatever_is_not_plain_or_not_sound_is_left_to_the_package(
    cluster: dict[str, Any], user: dict[str, Any], tmp_path: Path
) -> None:
    assert plain(kubeconfig(cluster, user), None, tmp_path) is None


def test_a_proxy_on_the_way_to_the_server_is_left_to_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://192.0.2.9:3128")
    monkeypatch.setenv("NO_PROXY", "example.org")
    assert plain(kubeconfig({}, {"token": "x"}), None, None) is None
    monkeypatch.setenv("NO_PROXY", "192.0.2.1")
    assert plain(kubeconfig({}, {"token": "x"}), None, None) is not None
