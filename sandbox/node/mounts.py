"""What is mounted below a folder, and undoing it."""

from __future__ import annotations

import time
from pathlib import Path

from sandbox.node.commands import Commands
from sandbox.node.errors import NodeError

_BATCH = 100


def mounts_below(folder: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> list[str]:
    """Mount points at or below a folder, the last mounted first."""
    # The kernel writes blanks in paths as octal escapes; see proc(5).
    points = [line.split()[4].encode().decode("unicode_escape") for line in mountinfo.read_text().splitlines()]
    prefix = f"{folder}/"
    return [point for point in reversed(points) if point == str(folder) or point.startswith(prefix)]


def unmount(folder: Path, commands: Commands) -> None:
    """Unmount everything below a folder.

    Raises:
        NodeError: something stays mounted.
    """
    for attempt in range(10):
        points = mounts_below(folder)
        if not points:
            return
        for start in range(0, len(points), _BATCH):
            # A busy mount is detached only after a polite attempt: its holder may be about to end.
            commands.succeeds("umount", *(("-l",) if attempt > 2 else ()), *points[start : start + _BATCH])
        time.sleep(0.05 * attempt)
    raise NodeError(f"{mounts_below(folder)[0]} stays mounted: see `fuser -vm` for who uses it")
