"""How long each part took on this machine: a small JSON file in the cache."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.toolchain.files import write_whole

NAME = "timings.json"


@dataclass(slots=True)
class Timings:
    """Seconds by part, kept over runs.

    Attributes:
        file: where they are kept.
        all: the latest measurement of every part.
        fresh: those of this run alone.
    """

    file: Path
    all: dict[str, float] = field(default_factory=dict)
    fresh: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def read(cls, cache: Path) -> Timings:
        """Read what is known; a file that is missing or damaged means that nothing is."""
        file = cache / NAME
        try:
            known = {str(name): float(seconds) for name, seconds in json.loads(file.read_text()).items()}
        except (OSError, ValueError, AttributeError, TypeError):
            known = {}
        return cls(file, known)

    def record(self, name: str, seconds: float) -> None:
        """Keep a measurement at once, so that an interrupted run still tells what it learned."""
        with self._lock:
            self.fresh[name] = self.all[name] = round(seconds, 1)
            write_whole(self.file, json.dumps(self.all, indent=2, sort_keys=True) + "\n")
