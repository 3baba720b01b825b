"""The way to the live realm: from the stack's outputs to answers of its admin API."""

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
from delivery.access.realm import Asks

TIMEOUT_SECONDS = 30


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
def connected(place: Mapping[str, Any], authority: str, context: str | None) -> Iterator[Asks]:
    """Whoever asks the realm at `place`, the stack's output `keycloak`, as the engine's account.

    Raises:
        LiveError: its login cannot be read, or is refused; or an answer is.
        OSError: the server cannot be reached, or is not who it should be.
    """
    login = live.secret(place["administrator"], context)
    if "client-secret" not in login:
        raise live.LiveError(f"the Secret {place['administrator']} holds no client-secret: run `pulumi up` once more.")
    name = urlsplit(place["url"]).hostname or ""
    server = _Named(name, place["address"], int(place["port"]), ssl.create_default_context(cadata=authority))
    try:
        yield _Realm(server, place["realm"], login["client-id"], login["client-secret"]).ask
    finally:
        server.close()


class _Realm:
    """The admin API below one realm, with a login that is renewed before it ends."""

    def __init__(self, server: http.client.HTTPSConnection, name: str, client_id: str, secret: str) -> None:
        self._server, self._name = server, name
        self._login = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        self._token, self._until = "", 0.0

    def ask(self, path: str, **query: str) -> Any:
        """The answer to a GET of a path below the realm."""
        address = f"/admin/realms/{quote(self._name)}/{quote(path)}".rstrip("/")
        return self._answer("GET", f"{address}?{urlencode(query)}", {"Authorization": f"Bearer {self._current()}"})

    def _current(self) -> str:
        if time.monotonic() > self._until:
            answer = self._answer(
                "POST",
                "/realms/master/protocol/openid-connect/token",
                {"Content-Type": "application/x-www-form-urlencoded"},
                urlencode(self._login),
            )
            self._token, self._until = answer["access_token"], time.monotonic() + answer["expires_in"] / 2
        return self._token

    def _answer(self, method: str, address: str, headers: Mapping[str, str], body: str | None = None) -> Any:
        self._server.request(method, address, body, dict(headers))
        answer = self._server.getresponse()
        content = answer.read()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            place = address.partition("?")[0]
            raise live.LiveError(f"Keycloak refused {method} {place}: {answer.status} {answer.reason}")
        return json.loads(content)
