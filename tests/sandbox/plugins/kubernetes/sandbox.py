"""One test's namespace, seen and changed by somebody who is not Pulumi."""

from __future__ import annotations

from typing import Any

from sandbox.plugins.kubernetes.cluster import Cluster

PREAMBLE = """
import os
import pulumi
import pulumi_kubernetes as k8s
from pulumi import ResourceOptions

namespace = os.environ["NAMESPACE"]
ns = k8s.core.v1.Namespace("ns", metadata=dict(name=namespace))
inside = ResourceOptions(depends_on=[ns])
"""


class Namespace:
    """The namespace `name`, which a test's program declares."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self.cluster = cluster
        self.name = name

    def get(self, api_version: str, kind: str, name: str) -> dict[str, Any] | None:
        """A live object, None when there is none."""
        return self.cluster.get(self._api(api_version, kind), self.name, name)

    def patch(self, api_version: str, kind: str, name: str, change: dict[str, Any]) -> None:
        """Change an object as a person with kubectl does."""
        path = self._api(api_version, kind).path(self.name, name)
        self.cluster.connection.request(
            "PATCH",
            path,
            query={"fieldManager": "kubectl-edit"},
            body=change,
            content_type="application/merge-patch+json",
        )

    def delete(self, api_version: str, kind: str, name: str) -> None:
        """Delete an object behind the engine's back."""
        self.cluster.connection.request("DELETE", self._api(api_version, kind).path(self.name, name))

    def create(self, obj: dict[str, Any]) -> None:
        """Make an object (in this namespace, or the namespace itself) behind the engine's back."""
        self.cluster.connection.request(
            "POST",
            self._api(obj["apiVersion"], obj["kind"]).path(self.name),
            query={"fieldManager": "kubectl"},
            body=obj,
        )

    def remove(self) -> None:
        """Delete the namespace if it is there; does not wait."""
        api = self._api("v1", "Namespace")
        if self.cluster.get(api, None, self.name) is not None:
            self.cluster.connection.request("DELETE", api.path(None, self.name))

    def _api(self, api_version: str, kind: str) -> Any:
        # A definition that was installed a moment ago is served before the server tells of it.
        found = self.cluster.api(api_version, kind, patient=True)
        assert found, f"the cluster has no {api_version} {kind}"
        return found
