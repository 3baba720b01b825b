"""Which kinds the server has, and under which paths."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from .connection import Connection

_ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"


@dataclass(frozen=True)
class Api:
    """One kind of one version: `resource` is the plural in paths, `namespaced` whether a namespace is part of them."""

    api_version: str
    kind: str
    resource: str
    namespaced: bool

    def path(self, namespace: str | None, name: str | None = None) -> str:
        """The path of the collection, or of one object."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{place}/{self.resource}" + (f"/{name}" if name else "")


class Discovery:
    """The server's kinds; asked once, and again after `forget` (a CRD came or went)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._apis: dict[tuple[str, str], Api] | None = None

    def find(self, api_version: str, kind: str) -> Api | None:
        """The kind, or None if the server has none of that name in that version."""
        return self._all().get((api_version, kind))

    def kinds(self, api_version: str) -> list[str]:
        """The kinds of one version; empty if the server does not serve it."""
        return [kind for version, kind in self._all() if version == api_version]

    def versions(self, group: str) -> list[str]:
        """The served apiVersions of one group ("" for the core)."""
        found = {version for version, _ in self._all() if (version.rpartition("/")[0] or "") == group}
        return sorted(found)

    def forget(self) -> None:
        """Ask again next time."""
        with self._lock:
            self._apis = None

    def _all(self) -> dict[tuple[str, str], Api]:
        with self._lock:
            if self._apis is None:
                self._apis = {}
                for root in ("/api", "/apis"):
                    self._apis |= _read(self._connection.request("GET", root, accept=_ACCEPT))
            return self._apis


def _read(answer: dict[str, Any]) -> dict[tuple[str, str], Api]:
    found: dict[tuple[str, str], Api] = {}
    for group in answer.get("items") or ():
        name = group.get("metadata", {}).get("name", "")
        for version in group.get("versions") or ():
            api_version = f"{name}/{version['version']}" if name else version["version"]
            for resource in version.get("resources") or ():
                if "responseKind" in resource and "get" in resource.get("verbs", ()):
                    kind = resource["responseKind"]["kind"]
                    namespaced = resource["scope"] == "Namespaced"
                    found[api_version, kind] = Api(api_version, kind, resource["resource"], namespaced)
    return found
