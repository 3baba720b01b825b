"""The admin API: JSON over verified TLS, with a login that renews itself."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from sandbox.plugins.host import context
from sandbox.plugins.host.deferred import deferred
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Value
from sandbox.plugins.keycloak.settings import Settings

if TYPE_CHECKING:
    from keycloak import exceptions
    from requests import Response
    from requests import exceptions as transport

    from sandbox.plugins.keycloak import login
else:
    exceptions, transport = deferred("keycloak.exceptions"), deferred("requests.exceptions")
    login = deferred("sandbox.plugins.keycloak.login")

PATIENCE_SECONDS: Final = 60
"""How long a server that cannot be reached yet is waited for."""

PAUSE_SECONDS: Final = 1.0


class NotFoundError(PluginError):
    """The server has no such thing."""


class Api:
    """The admin API of one server."""

    def __init__(self) -> None:
        self._settings: Settings | None = None
        self._connection: login.Connection | None = None
        self._opening = threading.Lock()

    def use(self, settings: Settings) -> None:
        """Take the server's address and login; log in at once where the settings say so."""
        self._settings, self._connection = settings, None
        if settings.login_first:
            self.login_anew()

    def get(self, *path: str, **query: Any) -> Value:
        """Return what the server holds at a path below the admin API's realms."""
        return self._answer(self._attempt(lambda link: link.raw_get(_joined(path), **query)), path)

    def find(self, *path: str, **query: Any) -> Value | None:
        """Return what the server holds at a path, or None when there is nothing."""
        try:
            return self.get(*path, **query)
        except NotFoundError:
            return None

    def post(self, *path: str, body: Value) -> str:
        """Add something at a path and return its id, where the server gives it one."""
        response = self._attempt(lambda link: link.raw_post(_joined(path), json.dumps(body)))
        self._answer(response, path)
        location: str = response.headers.get("Location", "")
        return location.rsplit("/", 1)[-1]

    def put(self, *path: str, body: Value) -> None:
        """Change what is at a path."""
        self._answer(self._attempt(lambda link: link.raw_put(_joined(path), json.dumps(body))), path)

    def delete(self, *path: str, body: Value = None) -> None:
        """Remove what is at a path; what is not there is no error."""
        data = None if body is None else json.dumps(body)
        response = self._attempt(lambda link: link.raw_delete(_joined(path), data))
        if response.status_code != 404:
            self._answer(response, path)

    def login_anew(self) -> None:
        """Get a new token: one that was issued before a realm was made gives no access to it."""
        self._attempt(lambda link: link.get_token())

    def _attempt(self, request: Callable[[login.Connection], Any]) -> Any:
        """Send a request, again and again while the server cannot be reached, within bounds."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return request(self._link())
            except exceptions.KeycloakConnectionError as error:
                untrusted = _untrusted(error)
                if untrusted:
                    raise PluginError(f"Keycloak at {self._place} cannot be trusted: {untrusted}") from None
                if time.monotonic() >= end:
                    raise PluginError(f"Keycloak at {self._place} cannot be reached: {_cause(error)}") from None
                context.status(f"waiting for Keycloak at {self._place}")
                context.sleep(PAUSE_SECONDS)
            except exceptions.KeycloakError as error:
                raise PluginError(f"Keycloak at {self._place} refused the login: {_reason(error)}") from None

    def _link(self) -> login.Connection:
        with self._opening:
            if self._connection is None:
                self._connection = login.opened(self._required)
            return self._connection

    @property
    def _required(self) -> Settings:
        if self._settings is None:
            raise PluginError("the provider's options are not known yet, so no server can be asked")
        return self._settings

    @property
    def _place(self) -> str:
        return self._required.admin_url

    def _answer(self, response: Response, path: tuple[str, ...]) -> Value:
        if response.status_code == 404:
            raise NotFoundError(f"Keycloak has no {_shown(path)}")
        if response.status_code >= 400:
            raise PluginError(
                f"Keycloak refused {response.request.method} {_shown(path)}: {response.status_code} {_words(response)}"
            )
        return response.json() if response.content else None


def _joined(path: tuple[str, ...]) -> str:
    return "/".join(["admin", "realms", *(quote(part, safe="") for part in path)])


def _shown(path: tuple[str, ...]) -> str:
    return "/".join(["realms", *path])


def _words(response: Response) -> str:
    """Return the server's reason; the request's content, which may hold a secret, is in none of its answers."""
    try:
        body = response.json()
    except ValueError:
        return response.reason or ""
    if not isinstance(body, dict):
        return response.reason or ""
    words = [body.get(key) for key in ("errorMessage", "error", "error_description")]
    return "; ".join(str(word) for word in words if word) or response.reason or ""


def _reason(error: exceptions.KeycloakError) -> str:
    text = error.error_message or ""
    return " ".join((text.decode(errors="replace") if isinstance(text, bytes) else str(text)).split())


def _cause(error: BaseException) -> str:
    """Return the first reason of a failed connection, below the layers of libraries that wrapped it."""
    inner = error.__cause__ or error.__context__
    while inner is not None and (inner.__cause__ or inner.__context__) is not None:
        inner = inner.__cause__ or inner.__context__
    return " ".join(str(inner or error).split())


def _untrusted(error: BaseException) -> str | None:
    """Return why the server's certificate was refused, or None when the failure was another."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, transport.SSLError):
            return _cause(error)
        inner = inner.__cause__ or inner.__context__
    return None
