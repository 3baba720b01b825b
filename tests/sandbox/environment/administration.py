"""The realm in the hands of the engine's own account: people come and go, as an administrator would have it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from tests.sandbox.people import Person, newcomer


@dataclass(frozen=True)
class Administration:
    """The administrator's hands on the realm, for what a person in the console would do."""

    browser: requests.Session
    keycloak: dict[str, Any]
    login: dict[str, str]

    def _token(self) -> str:
        """Anew for each call: the realm master's last for a minute, and some tests wait longer between two calls."""
        answer = self.browser.post(
            f"{self.keycloak['url']}/realms/master/protocol/openid-connect/token", timeout=60,
            data={"grant_type": "client_credentials", **self.login},
        )  # fmt: skip
        assert answer.ok, answer.text
        return str(answer.json()["access_token"])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.browser.request(
            method, f"{self.keycloak['url']}/admin/realms/{self.keycloak['realm']}/{path}", json=body, timeout=60,
            headers={"Authorization": f"Bearer {self._token()}"},
        )  # fmt: skip
        assert answer.ok, f"{method} {path}: HTTP {answer.status_code} {answer.text}"
        return answer.json() if answer.content else answer.headers.get("Location")


@contextmanager
def person(administration: Administration, *groups: str) -> Iterator[Person]:
    """Someone in these groups, by their paths, who is gone when the block ends."""
    made = newcomer(lambda body: str(administration.call("POST", "users", body)), *groups)
    try:
        yield made
    finally:
        administration.call("DELETE", f"users/{made.id}")
