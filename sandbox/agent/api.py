"""The API server as plain JSON.

The client library does the connection, TLS and credentials; its models are left out, for they cost more memory than
everything else here together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes import config

CONNECT = 5.0
READ = 30.0
WATCH = 240
"""Seconds until the server ends a watch by itself, after which another begins."""


class ApiError(Exception):
    """The API server refused or could not be reached.

    Attributes:
        status: HTTP status; 0 when there was no answer.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """A connection pool to one API server; usable from several threads."""

    def __init__(self, kubeconfig: Path) -> None:
        """Take the current context of a kubeconfig."""
        client = config.new_client_from_config(str(kubeconfig), persist_config=False)  # type: ignore[no-untyped-call]
        self._pool: urllib3.PoolManager = client.rest_client.pool_manager
        self._server: str = client.configuration.host

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask for one answer.

        Raises:
            ApiError: the server refused, or there is none.
        """
        response = self._request(method, path, {}, body, READ)
        try:
            answer: dict[str, Any] = json.loads(response.data)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ApiError(0, f"{method} {path}: the answer broke off: {error}") from error
        return answer

    def list(self, path: str) -> tuple[list[dict[str, Any]], str]:
        """Fetch all objects of a kind, in pages.

        Returns:
            The objects and the resource version from which to watch.
        """
        items: list[dict[str, Any]] = []
        token = ""
        while True:
            page = self.call("GET", f"{path}?limit=500" + (f"&continue={token}" if token else ""))
            items += page.get("items") or []
            token = page["metadata"].get("continue") or ""
            if not token:
                return items, page["metadata"]["resourceVersion"]

    def watch(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """Yield events after a resource version until the server ends the watch.

        Raises:
            ApiError: it broke; with status 410 the version is too old and everything must be listed again.
        """
        query = {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(WATCH),
        }
        response = self._request("GET", path, query, None, WATCH + READ)
        try:
            yield from _events(response)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ApiError(0, f"the watch of {path} broke: {error}") from error
        finally:
            response.close()

    def _request(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None, patience: float
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
        try:
            response = self._pool.request(
                method,
                self._server + path + (f"?{urlencode(query)}" if query else ""),
                headers=headers,
                body=None if body is None else json.dumps(body),
                timeout=urllib3.Timeout(connect=CONNECT, read=patience),
                retries=False,
                preload_content=False,
            )
            if response.status >= HTTPStatus.BAD_REQUEST:
                raise ApiError(response.status, f"{method} {path}: {_reason(response)}")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise ApiError(0, f"{method} {path}: {error}") from error
        return response


def _events(response: urllib3.BaseHTTPResponse) -> Iterator[dict[str, Any]]:
    rest = b""
    for chunk in response.stream(amt=2**16, decode_content=False):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            event: dict[str, Any] = json.loads(line)
            if event["type"] == "ERROR":
                status = event["object"]
                raise ApiError(status.get("code") or 0, status.get("message") or "the server ended the watch")
            yield event


def _reason(response: urllib3.BaseHTTPResponse) -> str:
    try:
        return str(json.loads(response.data)["message"])
    except (TypeError, ValueError, KeyError):
        return f"{response.status} {response.reason}"
