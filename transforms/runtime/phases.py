"""The phases of a run, timed, traced and told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from transforms import telemetry

Progress = Callable[[str], None]


class Phases:
    """Times a run's phases, and tells of each as it begins."""

    def __init__(self, progress: Progress) -> None:
        self.say = progress
        self.seconds: dict[str, float] = {}
        self.began = time.monotonic()

    @contextmanager
    def phase(self, name: str, what: str) -> Iterator[None]:
        """One phase; `what` tells a person what happens in it."""
        self.say(what)
        began = time.monotonic()
        try:
            with telemetry.span("transforms.phase", phase=name):
                yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - began

    @property
    def elapsed(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self.began
