"""Sessions in the server's memory: the browser holds a name of chance, and no token."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from .oidc import Attempt, Person

ATTEMPT_SECONDS = 600
SESSION_SECONDS = 1800
"""The realm's own idle time-out."""
MOST = 10_000
"""Entries of each kind; beyond it the oldest go, so that nobody fills the memory with logins that never end."""


@dataclass
class Sessions:
    """Logins under way, and people logged in, each by the value of a cookie."""

    _attempts: dict[str, tuple[float, Attempt]] = field(default_factory=dict)
    _people: dict[str, tuple[float, Person]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> tuple[str, Attempt]:
        """A new login, and the cookie's value for the browser that makes it."""
        key, attempt = secrets.token_urlsafe(32), Attempt.new()
        with self._lock:
            _put(self._attempts, key, (time.monotonic() + ATTEMPT_SECONDS, attempt))
        return key, attempt

    def returned(self, key: str, state: str) -> Attempt | None:
        """The login that a browser comes back from; it can do so once. None for anything else."""
        with self._lock:
            until, attempt = self._attempts.pop(key, (0.0, None))
        if attempt is None or until < time.monotonic() or not secrets.compare_digest(attempt.state, state):
            return None
        return attempt

    def enter(self, person: Person) -> str:
        """A session for a person, under a name that was never in a browser before."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            _put(self._people, key, (time.monotonic() + SESSION_SECONDS, person))
        return key

    def person(self, key: str) -> Person | None:
        """Whose session it is."""
        with self._lock:
            until, person = self._people.get(key, (0.0, None))
            if until < time.monotonic():
                self._people.pop(key, None)
                return None
        return person

    def leave(self, key: str) -> Person | None:
        """End a session."""
        with self._lock:
            return self._people.pop(key, (0.0, None))[1]


def _put(table: dict[str, Any], key: str, value: Any) -> None:
    while len(table) >= MOST:
        del table[next(iter(table))]
    table[key] = value
