"""The deployed Prometheus, as whoever has its login asks it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from tests.sandbox.environment.stack import Stack

BOUND = 600  # seconds; against hanging, not a measure


@dataclass(frozen=True)
class Watch:
    """A server of observability at `url`, verified by `authority`, with its login."""

    url: str
    authority: str
    login: tuple[str, str]

    def get(self, path: str, **parameters: str) -> Any:
        """The answer's data."""
        answer = self.session().get(self.url + path, params=parameters, timeout=60)
        assert answer.ok, f"{path} {parameters}: {answer.status_code} {answer.text[:500]}"
        said = answer.json()
        return said["data"] if isinstance(said, dict) and "data" in said else said

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The series that an expression has now."""
        found: list[dict[str, Any]] = self.get("/api/v1/query", query=expression)["result"]
        return found

    def session(self, login: tuple[str, str] | None = None) -> requests.Session:
        """A client, with its own login or another one."""
        made = requests.Session()
        made.trust_env = False
        made.verify = self.authority
        made.auth = login or self.login
        return made

    def until(self, what: Callable[[], Any], bound: float = BOUND) -> Any:
        """The first answer of `what` that is something."""
        end = time.monotonic() + bound
        while not (found := what()):
            assert time.monotonic() < end, f"not within {bound} s"
            time.sleep(2)
        return found


def watch(stack: Stack, server: str) -> Watch:
    """The server of this name, from the stack's outputs."""
    where = stack.outputs["observability"][server]
    login = stack.secret(where["login"])
    address = f"https://{where['address']}:{where['port']}"
    return Watch(address, str(stack.authority), (login["username"], login["password"]))
