"""A small client of the node's own API server; the standard library is all there is before the first start."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sandbox.node.certificates import Authority
from sandbox.node.errors import NodeError
from sandbox.node.layout import API_PORT, NODE_ADDRESS

FIELD_MANAGER = "etl-sandbox-node"
Manifest = Mapping[str, Any]

_PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
    "StorageClass": "storageclasses",
}


class Api:
    """The API server as the sandbox's administrator sees it."""

    def __init__(self, authority: Authority) -> None:
        """Log in as the administrator.

        Args:
            authority: holds the CA's certificate and the administrator's.
        """
        self._tls = ssl.create_default_context(cafile=str(authority.certificate))
        self._tls.load_cert_chain(authority.path("admin.crt"), authority.path("admin.key"))

    def get(self, path: str, timeout: float = 5.0) -> Any:
        """Fetch a path.

        Returns:
            The JSON value, or the text of a health endpoint.

        Raises:
            NodeError: the server is not there or refuses; the message is its answer.
        """
        return self._call("GET", path, None, timeout)

    def apply(self, manifest: Manifest) -> None:
        """Create or change one object by server-side apply.

        Raises:
            NodeError: the server refuses the object.
        """
        metadata, version = manifest["metadata"], manifest["apiVersion"]
        path = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if namespace := metadata.get("namespace"):
            path += f"/namespaces/{namespace}"
        options = urlencode({"fieldManager": FIELD_MANAGER, "force": "true"})
        path += f"/{_PLURALS[manifest['kind']]}/{metadata['name']}?{options}"
        self._call("PATCH", path, json.dumps(manifest), 15.0)

    def _call(self, method: str, path: str, body: str | None, timeout: float) -> Any:
        connection = http.client.HTTPSConnection(NODE_ADDRESS, API_PORT, timeout=timeout, context=self._tls)
        try:
            connection.request(method, path, body, {"Content-Type": "application/apply-patch+yaml"} if body else {})
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise NodeError(f"the API server at {NODE_ADDRESS}:{API_PORT} does not answer: {error}") from None
        finally:
            connection.close()
        if answer.status >= 300:
            raise NodeError(
                f"the API server refused {method} {path.split('?', maxsplit=1)[0]} ({answer.status}): {_reason(text)}"
            )
        return json.loads(text) if text[:1] == "{" else text


def _reason(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip()[:500]
