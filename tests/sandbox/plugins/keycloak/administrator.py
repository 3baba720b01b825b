"""The server of the tests, by hand and from a program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from tests.sandbox.servers import Server

REALM = "tests"
PREAMBLE = """
import os
import pulumi
import pulumi_keycloak as keycloak

provider = keycloak.Provider(
    "server",
    url=os.environ["TEST_URL"],
    client_id="admin-cli",
    username=os.environ["TEST_USER"],
    password=pulumi.Output.secret(os.environ["TEST_PASSWORD"]),
    root_ca_certificate=os.environ["TEST_AUTHORITY"],
    initial_login=False,
    client_timeout=60,
)
opts = pulumi.ResourceOptions(provider=provider)
realm = keycloak.Realm("realm", realm="tests", opts=opts)
"""


@dataclass(frozen=True)
class Administrator:
    """The server; `authority` is the file with its authority's certificate."""

    server: Server
    authority: Path

    @property
    def url(self) -> str:
        """The server's address."""
        return f"https://{self.server.host}:{self.server.port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program finds the server by."""
        return {
            "TEST_URL": self.url,
            "TEST_USER": self.server.username,
            "TEST_PASSWORD": self.server.password,
            "TEST_AUTHORITY": self.server.authority,
        }

    @cached_property
    def session(self) -> requests.Session:
        """Requests that trust the server's authority alone."""
        session = requests.Session()
        session.verify = str(self.authority)
        # A bundle that the environment names would come before ours.
        session.trust_env = False
        return session

    def login(self, realm: str, **form: str) -> requests.Response:
        """Ask for a token."""
        address = f"{self.url}/realms/{realm}/protocol/openid-connect/token"
        return self.session.post(address, data=form, timeout=30)

    def create(self, realm: Mapping[str, Any]) -> None:
        """Make a realm by hand."""
        self._request("POST", f"{self.url}/admin/realms", realm)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the admin API below the realm of the tests (`path` empty: the realm itself)."""
        return self._request(method, f"{self.url}/admin/realms/{REALM}{path}", body)

    def exists(self) -> bool:
        """Whether the server has the realm of the tests."""
        return self.session.get(f"{self.url}/realms/{REALM}", timeout=30).status_code == 200

    def clean(self) -> None:
        """Remove the realm of the tests."""
        if self.exists():
            self.call("DELETE", "")

    def _request(self, method: str, address: str, body: Any) -> Any:
        form = {"client_id": "admin-cli", "username": self.server.username, "password": self.server.password}
        token = self.login("master", grant_type="password", **form).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        response = self.session.request(method, address, json=body, headers=headers, timeout=30)
        response.raise_for_status()
        return response.json() if response.content else None
