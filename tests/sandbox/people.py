"""Someone in a realm, for one test."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Person:
    """Someone with a login; `id` is Keycloak's."""

    id: str
    username: str
    password: str


def newcomer(create: Callable[[Any], str], *groups: str, password: str | None = None) -> Person:
    """Someone new in these groups (by path).

    Args:
        create: makes a user of the realm from Keycloak's representation of one, and returns where it is.
    """
    username, password = f"person-{secrets.token_hex(4)}", password or secrets.token_urlsafe(18)
    location = create(
        {
            "username": username,
            "enabled": True,
            "email": f"{username}@example.com",
            "emailVerified": True,
            "firstName": "A",
            "lastName": "Person",
            "groups": list(groups),
            "credentials": [{"type": "password", "value": password, "temporary": False}],
        }
    )
    return Person(location.rsplit("/", 1)[-1], username, password)
