"""What a person sees while a job runs: each phase when it begins, and a sign of life in long ones."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self, TextIO

SIGN_OF_LIFE = 30.0
"""Seconds after which a phase that still lasts is named again."""


class Progress:
    """Lines `  0:07  reading source cases`: minutes and seconds since the start, and the phase."""

    def __init__(self, out: TextIO, every: float = SIGN_OF_LIFE) -> None:
        self._out = out
        self._every = every
        self._began = time.monotonic()
        self._now = ""
        self._over = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._live, name="progress", daemon=True)

    def phase(self, name: str) -> None:
        """A phase begins."""
        with self._changed:
            self._now = name
            self._say(name)
            self._changed.notify()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()

    def _live(self) -> None:
        with self._changed:
            while not self._over:
                if not self._changed.wait(self._every) and self._now:
                    self._say(f"still {self._now}")

    def _say(self, text: str) -> None:
        seconds = int(time.monotonic() - self._began)
        print(f"{seconds // 60:>3}:{seconds % 60:02}  {text}", file=self._out, flush=True)
