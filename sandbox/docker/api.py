"""The Docker Engine API over the engine's socket."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.docker.errors import DockerError, NotFoundError

VERSION = "v1.41"
"""Docker 20.10's, which is Debian 12's; every newer engine speaks it too."""
PATIENCE = 120.0
"""Seconds for one answer; loading an image and stopping a container take longest."""
UNIX = "unix://"
NOT_FOUND, NOT_MODIFIED, FIRST_ERROR = 404, 304, 400


class Api:
    """One engine, by the address that DOCKER_HOST would name. May be used from several threads at once."""

    def __init__(self, host: str, patience: float = PATIENCE) -> None:
        """Remember where the engine is; nothing is asked yet.

        Args:
            host: `unix:///path/of/the.sock`.
            patience: seconds for one answer.

        Raises:
            DockerError: the address is of another kind.
        """
        if not host.startswith(UNIX):
            raise DockerError(f"{host}: only an engine on this machine can be reached, as {UNIX}/path/of/docker.sock")
        self.socket = Path(host.removeprefix(UNIX))
        self._patience = patience

    def get(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer to a GET.

        Raises:
            NotFoundError: there is no such object.
            DockerError: the engine refused or cannot be reached.
        """
        return self.call("GET", path, query)

    def post(self, path: str, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """The JSON answer to a POST of JSON; raises as `get` does."""
        return self.call("POST", path, query, None if body is None else json.dumps(body).encode(), "application/json")

    def delete(self, path: str, query: Mapping[str, Any] | None = None) -> None:
        """Delete an object; one that is already gone is no error."""
        try:
            self.call("DELETE", path, query)
        except NotFoundError:
            return

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        content_type: str = "",
    ) -> Any:
        """One request.

        Args:
            method: of HTTP.
            path: below the version, each part of it escaped by `part` where it comes from outside.
            query: its values are written as JSON unless they are texts.
            body: bytes, or parts of a body that is too large to hold.
            content_type: of the body.

        Returns:
            The answer as JSON holds it; a list of values where the engine streams several, None for an empty one.

        Raises:
            NotFoundError, DockerError: as `get`.
        """
        connection = _Connection(self.socket, self._patience)
        words = {name: value if isinstance(value, str) else json.dumps(value) for name, value in (query or {}).items()}
        address = f"/{VERSION}{path}" + (f"?{urlencode(words)}" if words else "")
        headers = {"Content-Type": content_type} if content_type else {}
        try:
            connection.request(method, address, body, headers, encode_chunked=False)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise DockerError(f"the Docker engine at {self.socket} does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status >= FIRST_ERROR:
            kind = NotFoundError if answer.status == NOT_FOUND else DockerError
            raise kind(_reason(content) or answer.reason, answer.status)
        return _decoded(content)


def part(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path, patience: float) -> None:
        super().__init__("docker", timeout=patience)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _decoded(content: bytes) -> Any:
    text = content.decode(errors="replace").strip()
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        return text


def _reason(content: bytes) -> str:
    found = _decoded(content)
    return str(found.get("message", "")) if isinstance(found, Mapping) else str(found or "").strip()
