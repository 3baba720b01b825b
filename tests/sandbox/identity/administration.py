"""The admin API by hand, as a client that logs in for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from tests.sandbox.identity.server import Server
from tests.sandbox.people import Person, newcomer


@dataclass(frozen=True)
class Administration:
    """What the client `client_id` of the realm master may do on the server."""

    server: Server
    client_id: str
    secret: str

    def token(self) -> requests.Response:
        """The answer to its login."""
        return requests.post(
            f"{self.server.url}/realms/master/protocol/openid-connect/token",
            data={"grant_type": "client_credentials", "client_id": self.client_id, "client_secret": self.secret},
            verify=str(self.server.authority_file),
            timeout=60,
        )

    def ask(self, method: str, path: str, body: Any = None) -> requests.Response:
        """The answer to a call below `admin/realms`."""
        login = self.token()
        assert login.ok, login.text
        return requests.request(
            method,
            f"{self.server.url}/admin/realms{path}",
            json=body,
            headers={"Authorization": f"Bearer {login.json()['access_token']}"},
            verify=str(self.server.authority_file),
            timeout=60,
        )

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What a call that is not refused returns; of something new, where it is."""
        answer = self.ask(method, path, body)
        assert answer.ok, f"{method} {path}: HTTP {answer.status_code} {answer.text}"
        return answer.json() if answer.content else answer.headers.get("Location")

    def person(self, realm: str, *groups: str, password: str | None = None) -> Person:
        """Someone new in these groups (by path)."""
        return newcomer(lambda body: str(self.call("POST", f"/{realm}/users", body)), *groups, password=password)
