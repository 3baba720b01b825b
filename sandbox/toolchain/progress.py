"""Showing long work: who works on what, for how long, and how long it may take."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TextIO

LINE_EVERY = 30.0
"""Seconds between two lines about the same work where lines cannot be overwritten."""
REFRESH = 1.0
WIDTH = 110


class Progress(Protocol):
    """What long work reports to: one short line of text each time."""

    def __call__(self, message: str) -> None:
        """Show the line."""


def silent(message: str) -> None:
    """Report to nobody."""


@dataclass(slots=True)
class Work:
    """One running piece of work.

    Attributes:
        name: short, unique.
        title: what is being made.
        expected: seconds that it took before; None when unknown.
        started: as `clock` told it.
    """

    name: str
    title: str
    expected: float | None
    started: float


@dataclass(slots=True)
class Display:
    """Prints what starts and ends; in between keeps one live line on a terminal, or a line now and then elsewhere.

    Attributes:
        out: where to.
        clock: seconds, monotonic.
    """

    out: TextIO = field(default_factory=lambda: sys.stdout)
    clock: Callable[[], float] = time.monotonic
    _running: dict[str, Work] = field(default_factory=dict)
    _begun: float = field(default=-1.0)
    _last: float = 0.0
    _live: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._begun = self._last = self.clock()

    def say(self, message: str) -> None:
        """Print one line, stamped with the time since the beginning."""
        with self._lock:
            self._wipe()
            self.out.write(f"[{duration(self.clock() - self._begun):>6}] {message}\n")
            self.out.flush()
            self._last = self.clock()

    def start(self, name: str, title: str, expected: float | None) -> None:
        """Some work begins."""
        with self._lock:
            self._running[name] = Work(name, title, expected, self.clock())
            about = f" (about {duration(expected)})" if expected else ""
            self.say(f"{name}: {title}{about}")

    def end(self, name: str, problem: str | None = None) -> float:
        """Some work ended; returns the seconds it took."""
        with self._lock:
            work = self._running.pop(name)
            seconds = self.clock() - work.started
            self.say(f"{name}: {problem or 'done'}, {duration(seconds)}")
            return seconds

    def tick(self) -> None:
        """Show what still runs; to be called about once a second."""
        with self._lock:
            if not self._running:
                return
            if self.out.isatty():
                self._wipe()
                self.out.write(self._status()[:WIDTH])
                self.out.flush()
                self._live = True
            elif self.clock() - self._last >= LINE_EVERY:
                self.say(self._status())

    def _status(self) -> str:
        now = self.clock()
        works = sorted(self._running.values(), key=lambda work: work.started)
        return "… " + ", ".join(
            f"{work.name} {duration(now - work.started)}"
            + (f" of about {duration(work.expected)}" if work.expected else "")
            for work in works
        )

    def _wipe(self) -> None:
        if self._live:
            self.out.write("\r\x1b[K")
            self._live = False


def duration(seconds: float) -> str:
    """Seconds as a person reads them: `7 s`, `3:05`."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02d}"
