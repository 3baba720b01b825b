"""One at a time: locks between processes that end with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(file: Path, what: str, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold a lock while the block runs.

    Args:
        file: the lock; it names its holder and stays afterwards.
        what: the holder, in words: `make up`.
        waiting: told once who is waited for, when another process holds the lock.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            waiting(f"waiting for {handle.read().strip() or 'another process'}, which works on the same cache")
            fcntl.flock(handle, fcntl.LOCK_EX)
        handle.truncate(0)
        handle.write(f"{what} (process {os.getpid()})\n")
        handle.flush()
        yield
