"""What belongs to the call under way: whose it is, progress messages, and waiting that a cancellation ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from .errors import Cancelled


@dataclass(frozen=True)
class Call:
    """One request of the engine.

    `random_seed` is the same in a preview and the update that follows it, so that generated names agree; `proposed`
    is a name that the stack's autonaming configuration demands or suggests (`enforced`), `autonaming` False when it
    forbids generated names.
    """

    urn: str = ""
    random_seed: bytes = b""
    proposed: str | None = None
    enforced: bool = False
    autonaming: bool = True


_NO_CALL = Call()
_call: ContextVar[Call] = ContextVar("call", default=_NO_CALL)
_cancelled = threading.Event()


def _drop(urn: str, severity: str, message: str, ephemeral: bool) -> None:
    """The log before an engine is known."""


_log: Callable[[str, str, str, bool], None] = _drop


def current() -> Call:
    """The call that this thread serves."""
    return _call.get()


def enter(call: Call) -> None:
    """Set this thread's call."""
    _call.set(call)


def send_logs_to(log: Callable[[str, str, str, bool], None]) -> None:
    """Where messages go: a function of (urn, severity, message, ephemeral)."""
    global _log
    _log = log


def status(message: str) -> None:
    """Show `message` beside the resource while it is worked on; it leaves no trace."""
    _log(current().urn, "info", message, True)


def warn(message: str) -> None:
    """A lasting warning on the resource."""
    _log(current().urn, "warning", message, False)


def cancel() -> None:
    """End every wait, now and later."""
    _cancelled.set()


def cancelled() -> bool:
    """Whether the engine asked to stop."""
    return _cancelled.is_set()


def sleep(seconds: float) -> None:
    """Wait; raises `Cancelled` at once when the engine asks to stop."""
    if _cancelled.wait(seconds):
        raise Cancelled


class Deadline:
    """A point in time, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether it is over."""
        return self.remaining == 0.0
