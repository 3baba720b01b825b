"""One connection to one API server, from a kubeconfig."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml

from sandbox.plugins.host import PluginError

from .failures import ApiError, Unreachable
from .options import Options
from .transport import Transport, by_package, plain

_REQUEST_SECONDS = 60
APPLY = "application/apply-patch+yaml"


class Connection:
    """Sends requests; safe to use from several threads.

    `namespace` is the context's, "default" if it names none. `place` says what is connected to, for messages.
    """

    def __init__(self, options: Options) -> None:
        document, self.place = _kubeconfig(options)
        try:
            self._transport = _transport(document, options)
        except Exception as error:
            if type(error).__name__ != "ConfigException":
                raise
            raise PluginError(f"the kubeconfig ({self.place}) cannot be used: {error}") from None
        self.host = self._transport.host
        self.namespace = options.namespace or _context_namespace(document, options) or "default"

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """GET; raises `ApiError` or `Unreachable`."""
        return self.request("GET", path, query=query)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> dict[str, Any]:
        """Any request with a JSON answer; raises `ApiError` or `Unreachable`."""
        answer: dict[str, Any] = json.loads(self.raw(method, path, query, body, content_type, accept))
        return answer

    def text(self, path: str, **query: str) -> str:
        """GET something that is no JSON (a container's log)."""
        return self.raw("GET", path, query, accept="*/*").decode(errors="replace")

    def raw(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> bytes:
        """The answer's bytes."""
        from urllib3.exceptions import HTTPError

        headers = {"Accept": accept}
        if body is not None:
            headers["Content-Type"] = content_type
        url = f"{self.host}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            # JSON is YAML, and the faster one to write.
            answer = self._transport.pool.request(
                method,
                url,
                headers={**self._transport.headers(), **headers},
                body=json.dumps(body) if body is not None else None,
                timeout=_REQUEST_SECONDS,
            )
        except (HTTPError, OSError) as error:
            raise self._unreachable(error) from None
        if answer.status >= 400:
            raise ApiError.parse(answer.status, answer.data)
        return bytes(answer.data)

    def _unreachable(self, error: Exception) -> Unreachable:
        # The library names its own object first: what a person needs is what the system said.
        text = str(getattr(error, "reason", None) or error).rpartition("Failed to establish a new connection: ")[2]
        return Unreachable(f"cannot reach the Kubernetes API server {self.host} ({self.place}): {text}")


def _kubeconfig(options: Options) -> tuple[dict[str, Any] | None, str]:
    """The document, None for one that must be had in another way, and where it is from."""
    text, place = options.kubeconfig, "the provider's kubeconfig"
    files = kubeconfig_files(options)
    if text is None or files:
        if len(files) != 1:
            return None, f"kubeconfig {os.pathsep.join(str(file) for file in files)}"
        place = f"kubeconfig {files[0]}"
        try:
            text = files[0].read_text()
        except OSError as error:
            raise PluginError(f"the kubeconfig {files[0]} cannot be read: {error.strerror}") from None
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict):
        raise PluginError(f"{place} is no kubeconfig: expected YAML or JSON with clusters, users and contexts")
    return document, place


def kubeconfig_files(options: Options) -> list[Path]:
    """The kubeconfig's files; none for one that is given by its content, and inside a pod.

    Raises:
        PluginError: a file that is named does not exist.
    """
    if options.kubeconfig is not None:
        text = options.kubeconfig.strip()
        return [] if "\n" in text or text.startswith("{") else _existing(text)
    ambient = os.environ.get("KUBECONFIG")
    if ambient:
        return _existing(ambient)
    default = Path("~/.kube/config").expanduser()
    if default.exists() or not os.environ.get("KUBERNETES_SERVICE_HOST"):
        return _existing(str(default))
    return []


def _existing(paths: str) -> list[Path]:
    files = [Path(path).expanduser() for path in paths.split(os.pathsep) if path]
    found = [file for file in files if file.is_file()]
    if not found:
        raise PluginError(
            f"there is no kubeconfig at {paths}: set KUBECONFIG, or the provider's kubeconfig, to an existing file"
        )
    return found


def _transport(document: dict[str, Any] | None, options: Options) -> Transport:
    files = kubeconfig_files(options)
    if document is not None:
        if options.cluster:
            document = _with_cluster(document, options)
        if found := plain(document, options.context, files[0].parent if files else None):
            return found
    return by_package(document, options.context, files)


def _with_cluster(document: dict[str, Any], options: Options) -> dict[str, Any]:
    """The document with the chosen context pointing at the option's cluster."""
    name = options.context or document.get("current-context")
    contexts = [
        {**entry, "context": {**entry["context"], "cluster": options.cluster}} if entry.get("name") == name else entry
        for entry in document.get("contexts") or ()
    ]
    return {**document, "contexts": contexts}


def _context_namespace(document: dict[str, Any] | None, options: Options) -> str | None:
    if document is None:
        return None
    name = options.context or document.get("current-context")
    for entry in document.get("contexts") or ():
        if entry.get("name") == name:
            found: str | None = (entry.get("context") or {}).get("namespace")
            return found
    return None
