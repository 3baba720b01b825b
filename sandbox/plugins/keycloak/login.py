"""The library's connection, with a login that renews itself. To import this imports the library."""

from __future__ import annotations

import os
import threading
from typing import Any, Final

from keycloak import KeycloakOpenIDConnection
from keycloak.exceptions import KeycloakConnectionError, KeycloakError

from sandbox.plugins.keycloak.settings import Settings

_CONNECTIONS: Final = 32


class Connection(KeycloakOpenIDConnection):
    """The library's connection, made safe for several threads: one of them renews the login, the others wait."""

    def __init__(self, **options: Any) -> None:
        self._renewing = threading.Lock()
        super().__init__(**options)

    def refresh_token(self) -> None:
        """Renew the login, or log in anew where the session has ended; nothing when another thread just did."""
        before = self.token
        with self._renewing:
            if self.token is not before:
                return
            try:
                super().refresh_token()
            except KeycloakConnectionError:
                raise
            except KeycloakError:
                self.get_token()


def opened(settings: Settings) -> Connection:
    """A connection to a server; the login takes place at the first request."""
    connection = Connection(
        server_url=settings.url,
        username=settings.username,
        password=settings.password,
        realm_name=settings.realm,
        client_id=settings.client_id,
        client_secret_key=settings.client_secret,
        grant_type="password" if settings.username else "client_credentials",
        verify=_trusted(settings),
        timeout=settings.timeout,
        custom_headers={**settings.headers, "Content-Type": "application/json"},
        pool_maxsize=_CONNECTIONS,
    )
    connection.base_url = settings.admin_url
    return connection


def _trusted(settings: Settings) -> bool | str:
    """Return what to verify the server by: the given authority alone, in a file that is in memory and has no name."""
    if not settings.verify or settings.authority is None:
        return settings.verify
    file = os.memfd_create("authority")
    os.write(file, settings.authority.encode())
    return f"/proc/{os.getpid()}/fd/{file}"
