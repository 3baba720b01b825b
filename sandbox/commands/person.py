"""`make person`: someone who can log in to the environment on a Docker engine."""

from __future__ import annotations

import argparse
import json
import secrets
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sandbox.commands.local import Place
from sandbox.toolchain.engine import LOCAL
from sandbox.toolchain.errors import ToolchainError

LOOPBACK = "127.0.0.1"
PATIENCE = 120  # seconds; the first request after a start compiles much


class Administration:
    """Keycloak's REST API as the client that administers, over TLS that is verified."""

    def __init__(self, keycloak: Mapping[str, Any], authority: str) -> None:
        """Log in.

        Args:
            keycloak: the stack's output, with its secrets.
            authority: the file with the CA's certificate.

        Raises:
            ToolchainError: Keycloak does not answer, or refuses.
        """
        port = urlsplit(keycloak["url"]).port
        self._base = f"https://{LOOPBACK}:{port}"
        self._realm = f"{self._base}/admin/realms/{keycloak['realm']}"
        self._trust = ssl.create_default_context(cafile=authority)
        self._login = {"grant_type": "client_credentials", **keycloak["administrator"]}
        self._token, self._until = "", 0.0
        self._log_in()

    def make(self, name: str, password: str) -> str:
        """Make someone who sets a password of their own at the first login; returns the id.

        Raises:
            ToolchainError: there is someone of this name, or Keycloak refuses.
        """
        body = {
            "username": name,
            "email": f"{name}@example.com",
            "firstName": name.capitalize(),
            "lastName": "Local",
            "enabled": True,
            "credentials": [{"type": "password", "value": password, "temporary": True}],
        }
        _, headers = self._send("POST", f"{self._realm}/users", body=body)
        return str(headers["Location"]).rpartition("/")[2]

    def give(self, person: str, role: str) -> None:
        """Give a role of the realm. Raises ToolchainError when there is none of this name."""
        found, _ = self._send("GET", f"{self._realm}/roles/{quote(role, safe='')}")
        self._send("POST", f"{self._realm}/users/{person}/role-mappings/realm", body=[found])

    def join(self, person: str, group: str) -> None:
        """Let someone join a group, by its path. Raises ToolchainError when there is none."""
        found, _ = self._send("GET", f"{self._realm}/group-by-path/{quote(group.lstrip('/'))}")
        self._send("PUT", f"{self._realm}/users/{person}/groups/{found['id']}")

    def _log_in(self) -> None:
        """Have a token that lasts for the next request; the realm master gives them for a minute."""
        if time.monotonic() < self._until:
            return
        self._token = ""
        began = time.monotonic()
        token = f"{self._base}/realms/master/protocol/openid-connect/token"
        answer, _ = self._send("POST", token, form=self._login)
        self._token = str(answer["access_token"])
        self._until = began + answer["expires_in"] / 2

    def _send(
        self, method: str, url: str, *, body: Any = None, form: Mapping[str, str] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        if form is None:
            self._log_in()
        data = urlencode(form).encode() if form else json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - https above
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=self._trust) as answer:  # noqa: S310
                content = answer.read()
                return (json.loads(content) if content else None), dict(answer.headers)
        except urllib.error.HTTPError as error:
            raise ToolchainError(f"Keycloak refused: {_reason(error)}") from error
        except OSError as error:
            raise ToolchainError(
                f"Keycloak at {self._base} does not answer ({error}); `make local` starts it"
            ) from error


def run(given: argparse.Namespace) -> int:
    """Make the person, and print the password for the first login once."""
    place = Place.find()
    if not place.authority.exists():
        raise ToolchainError("the local environment does not run; `make local` starts it")
    outputs = json.loads(place.project.ask("stack", "output", "--stack", LOCAL, "--json", "--show-secrets"))
    administration = Administration(outputs["keycloak"], str(place.authority))
    # Two words of chance; the realm asks for 14 characters, and for a new one at the first login.
    password = f"{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    person = administration.make(given.name, password)
    if given.team:
        administration.join(person, f"/{given.team}/{given.role.lower().replace(' ', '-')}")
    else:
        administration.give(person, given.role)
    print(f"{given.name} can log in at {outputs['frontend']['url']}, for the first time with: {password}")
    return 0


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        said = json.loads(error.read())
        return str(said.get("errorMessage") or said.get("error_description") or said.get("error") or error.reason)
    except (ValueError, AttributeError):
        return f"{error.code} {error.reason}"
