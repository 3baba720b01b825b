"""The way to the live realm: from the stack's outputs to its admin API."""

import http
import http.client
import json
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from delivery.access import live

TIMEOUT_SECONDS = 120  # the first request after a start compiles much
LOOPBACK = "127.0.0.1"


class _Named(http.client.HTTPSConnection):
    """Reaches the server of a name at a given address, and verifies its certificate for the name."""

    def __init__(self, name: str, address: str, port: int, context: ssl.SSLContext) -> None:
        super().__init__(name, port, timeout=TIMEOUT_SECONDS, context=context)
        self._address, self._trust = address, context

    def connect(self) -> None:
        """Connect to the address instead of to whatever the name resolves to here."""
        plain = socket.create_connection((self._address, self.port), TIMEOUT_SECONDS)
        self.sock = self._trust.wrap_socket(plain, server_hostname=self.host)


@contextmanager
def connected(place: Mapping[str, Any], authority: str, context: str | None) -> Iterator["Realm"]:
    """The realm at `place`, the stack's output `keycloak`, in the hands of the engine's account.

    Args:
        place: with `administrator`, the Secret of its login in a cluster, or the login itself on a Docker engine.
        authority: the CA's certificate, PEM.
        context: the kubeconfig context of the cluster.

    Raises:
        LiveError: its login cannot be read, or is refused; or an answer is.
        OSError: the server cannot be reached, or is not who it should be.
    """
    address = urlsplit(place["url"])
    port = int(place.get("port") or address.port or http.client.HTTPS_PORT)
    trust = ssl.create_default_context(cadata=authority)
    server = _Named(address.hostname or "", place.get("address", LOOPBACK), port, trust)
    try:
        yield Realm(server, place["realm"], _login(place["administrator"], context))
    finally:
        server.close()


def _login(administrator: str | Mapping[str, str], context: str | None) -> Mapping[str, str]:
    if not isinstance(administrator, str):
        return administrator
    login = live.secret(administrator, context)
    if "client-secret" not in login:
        raise live.LiveError(f"the Secret {administrator} holds no client-secret: run `pulumi up` once more.")
    return {"client_id": login["client-id"], "client_secret": login["client-secret"]}


class Realm:
    """The admin API below one realm, with a login that is renewed before it ends.

    Every call raises LiveError with Keycloak's own reason when it refuses, and OSError when it is not there.
    """

    def __init__(self, server: http.client.HTTPSConnection, name: str, login: Mapping[str, str]) -> None:
        self._server, self._name = server, name
        self._login = {"grant_type": "client_credentials", **login}
        self._token, self._until = "", 0.0

    def ask(self, path: str, **query: str) -> Any:
        """What lies at a path below the realm."""
        return self._call("GET", f"{path}?{urlencode(query)}")[0]

    def add(self, path: str, body: Any) -> str:
        """Add something at a path below the realm; returns its id."""
        return self._call("POST", path, body)[1].rpartition("/")[2]

    def put(self, path: str, body: Any = None) -> None:
        """Let a path below the realm hold something."""
        self._call("PUT", path, body)

    def _call(self, method: str, path: str, body: Any = None) -> tuple[Any, str]:
        place, mark, query = path.partition("?")
        address = f"/admin/realms/{quote(self._name)}/{quote(place)}".rstrip("/") + mark + query
        headers = {"Authorization": f"Bearer {self._current()}", "Content-Type": "application/json"}
        return self._answer(method, address, headers, None if body is None else json.dumps(body))

    def _current(self) -> str:
        if time.monotonic() > self._until:
            answer, _ = self._answer(
                "POST",
                "/realms/master/protocol/openid-connect/token",
                {"Content-Type": "application/x-www-form-urlencoded"},
                urlencode(self._login),
            )
            self._token, self._until = answer["access_token"], time.monotonic() + answer["expires_in"] / 2
        return self._token

    def _answer(
        self, method: str, address: str, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[Any, str]:
        self._server.request(method, address, body, dict(headers))
        answer = self._server.getresponse()
        content = answer.read()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            place = address.partition("?")[0]
            reason = _reason(content) or answer.reason
            raise live.LiveError(f"Keycloak refused {method} {place}: {answer.status} {reason}")
        return json.loads(content) if content else None, answer.headers.get("Location", "")


def _reason(content: bytes) -> str | None:
    """What Keycloak says of a refusal, in whichever of its forms."""
    try:
        said = json.loads(content)
        found = said.get("errorMessage") or said.get("error_description") or said.get("error")
    except (ValueError, AttributeError):
        return None
    return str(found) if found else None
