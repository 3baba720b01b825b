"""A client that writes without a pause and remembers what it was promised."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import psycopg

PAUSE = 0.02
"""Seconds between two tries of a server that is away."""


@dataclass
class Writer:
    """Inserts 1, 2, 3, … each in a transaction of its own, over whichever server answers.

    Attributes:
        connect: opens a session; must give up soon on a server that is gone.
        acknowledged: the numbers whose commit was confirmed, with the moment (`time.monotonic`) of that.
        errors: what it was told while the service was away.
    """

    connect: Callable[[], psycopg.Connection[Any]]
    acknowledged: list[tuple[int, float]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        with self.connect() as session:
            session.execute("CREATE TABLE public.written (number int PRIMARY KEY)")
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=30)

    def since(self, moment: float) -> int:
        """How many rows were acknowledged after a moment."""
        return sum(at > moment for _, at in list(self.acknowledged))

    def longest_silence(self) -> float:
        """Seconds between two acknowledged rows, at most: how long the service was away."""
        moments = [at for _, at in self.acknowledged]
        return max(later - earlier for earlier, later in itertools.pairwise(moments))

    def lost(self) -> set[int]:
        """Acknowledged numbers that are not in the table."""
        with self.connect() as session:
            there = {number for (number,) in session.execute("SELECT number FROM public.written")}
        return {number for number, _ in self.acknowledged} - there

    def _run(self) -> None:
        number, session = 0, None
        while not self._stop.is_set():
            # Never the same number twice: one whose commit was cut off may be there or not, and both are right.
            number += 1
            try:
                session = session or self.connect()
                session.execute("INSERT INTO public.written VALUES (%s)", (number,))
                self.acknowledged.append((number, time.monotonic()))
            except psycopg.Error as error:
                self.errors.append(str(error).strip())
                _close(session)
                session = None
                self._stop.wait(PAUSE)
        _close(session)


def _close(session: psycopg.Connection[Any] | None) -> None:
    if session is not None:
        session.close()
