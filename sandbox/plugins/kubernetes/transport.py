"""How requests reach the server: a pool of connections, and the headers that say who asks.

The `kubernetes` package reads every kubeconfig there is, and imports a class for every kind of the API to do so; that
takes more processor time than all checks of a run without changes. Most kubeconfigs hold no more than an address,
an authority and a certificate or token: those are read here. For the rest the package is imported.
"""

from __future__ import annotations

import base64
import os
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

if TYPE_CHECKING:
    import urllib3

# As many requests at once as the engine has resources under way on a large machine.
_CONNECTIONS = 64
_PLAIN_CLUSTER = {"server", "certificate-authority", "certificate-authority-data"}
_PLAIN_USER = {"client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"}


@dataclass(frozen=True)
class Transport:
    """One server: `host` is its address with the scheme, `headers` gives those that a request needs now."""

    host: str
    pool: urllib3.PoolManager
    headers: Callable[[], Mapping[str, str]]


def plain(document: Mapping[str, Any], context: str | None, base: Path | None) -> Transport | None:
    """The transport of a context of a kubeconfig; None where reading it needs the package.

    Args:
        document: the kubeconfig.
        context: the context's name; None takes the current one.
        base: the folder that relative paths start from; None for a kubeconfig that is in no file.
    """
    chosen = _named(document, "context", context or document.get("current-context"))
    cluster = _named(document, "cluster", (chosen or {}).get("cluster"))
    user = _named(document, "user", (chosen or {}).get("user"))
    if cluster is None or user is None or not set(cluster) <= _PLAIN_CLUSTER or not set(user) <= _PLAIN_USER:
        return None
    server = str(cluster.get("server", "")).rstrip("/")
    address = urlsplit(server)
    if address.scheme != "https" or not address.hostname:
        return None
    if "https" in getproxies() and not proxy_bypass(address.hostname):
        return None
    if not hasattr(os, "memfd_create"):  # no Linux
        return None
    try:
        trust = ssl.create_default_context(cadata=_text(cluster, "certificate-authority", base))
        certificate, key = _text(user, "client-certificate", base), _text(user, "client-key", base)
        if certificate or key:
            _identify(trust, certificate or "", key or "")
    except (OSError, ValueError):
        # The package knows what to say about it.
        return None

    import urllib3

    headers = {"Authorization": f"Bearer {user['token']}"} if user.get("token") else {}
    return Transport(server, urllib3.PoolManager(maxsize=_CONNECTIONS, ssl_context=trust), lambda: headers)


def by_package(document: dict[str, Any] | None, context: str | None, files: list[Path]) -> Transport:
    """The transport of any kubeconfig, of several in `files`, or (without either) of a pod's own account.

    Raises:
        kubernetes.config.ConfigException: it cannot be read.
    """
    from kubernetes import client, config

    configuration = client.Configuration()
    configuration.connection_pool_maxsize = _CONNECTIONS
    if document is not None:
        loader: Any = config.kube_config.KubeConfigLoader(  # type: ignore[no-untyped-call]
            config_dict=document, active_context=context, config_base_path=str(files[0].parent) if files else None
        )
        loader.load_and_set(configuration)
    elif files:
        paths = os.pathsep.join(str(file) for file in files)
        config.load_kube_config(  # type: ignore[no-untyped-call]
            paths, context=context, client_configuration=configuration
        )
    else:
        config.load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call]
    api = client.ApiClient(configuration)

    def headers() -> Mapping[str, str]:
        found: Mapping[str, str] = api.param_serialize("GET", "/", auth_settings=["BearerToken"])[2]
        return found

    return Transport(configuration.host, api.rest_client.pool_manager, headers)


def _named(document: Mapping[str, Any], kind: str, name: Any) -> Mapping[str, Any] | None:
    """The entry of that name among the document's contexts, clusters or users."""
    for entry in document.get(f"{kind}s") or ():
        if isinstance(entry, dict) and entry.get("name") == name and name is not None:
            found = entry.get(kind)
            return found if isinstance(found, dict) else None
    return None


def _text(entry: Mapping[str, Any], name: str, base: Path | None) -> str | None:
    """What an entry holds itself, in base64, or names a file for; None where it does neither."""
    if data := entry.get(f"{name}-data"):
        return base64.b64decode(data, validate=True).decode()
    if file := entry.get(name):
        return ((base or Path()) / Path(file).expanduser()).read_text()
    return None


def _identify(trust: ssl.SSLContext, certificate: str, key: str) -> None:
    """Take a client certificate, which OpenSSL reads from a file alone: one in memory that has no name."""
    file = os.memfd_create("identity")
    try:
        os.write(file, f"{certificate}\n{key}\n".encode())
        trust.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)
