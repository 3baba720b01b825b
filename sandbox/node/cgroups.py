"""The control group below which all pods lie; version 1 and 2."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sandbox.node.errors import NodeError
from sandbox.node.kubelet import CGROUP

_NEEDED = ("cpu", "cpuset", "memory", "pids")
"""Controllers without which the kubelet refuses to start."""


def mounted(mounts: Path = Path("/proc/self/mounts")) -> list[Path]:
    """The roots of all hierarchies: one in version 2, one per controller in version 1.

    Machines of version 1 often have an empty hierarchy of version 2 beside it, which pods join as well.
    """
    fields = [line.split() for line in mounts.read_text().splitlines()]
    return [Path(f[1]) for f in fields if f[2] in ("cgroup", "cgroup2")]


def roots(mounts: Path = Path("/proc/self/mounts")) -> list[Path]:
    """Where our group lies in each hierarchy."""
    return [root / CGROUP for root in mounted(mounts)]


def ensure() -> None:
    """Have the group in every hierarchy.

    Raises:
        NodeError: the machine has no control groups.
    """
    groups = roots()
    if not groups:
        raise NodeError("no control groups are mounted on this machine (/sys/fs/cgroup is empty)")
    for group in groups:
        delegation = group.parent / "cgroup.subtree_control"
        if delegation.exists():
            offered = set((group.parent / "cgroup.controllers").read_text().split())
            lacking = offered & set(_NEEDED) - set(delegation.read_text().split())
            if lacking:
                delegation.write_text(" ".join(f"+{name}" for name in sorted(lacking)))
        group.mkdir(exist_ok=True)


def kill(patience: float = 10.0) -> None:
    """Kill every process of every pod, and wait until they are gone."""
    until = time.monotonic() + patience
    while (pids := _members()) and time.monotonic() < until:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def remove(patience: float = 5.0) -> None:
    """Remove the group and all below it.

    Raises:
        NodeError: a process is left in it.
    """
    until = time.monotonic() + patience
    while True:
        left = [group for group in roots() if group.exists() and not _remove_tree(group)]
        if not left:
            return
        if time.monotonic() > until:
            raise NodeError(f"the control group {left[0]} cannot be removed: a process is left in it")
        time.sleep(0.1)


def _members() -> set[int]:
    found: set[int] = set()
    for group in roots():
        for folder, _, _ in os.walk(group):
            try:
                found.update(int(pid) for pid in Path(folder, "cgroup.procs").read_text().split())
            except OSError:
                continue
    return found - {0}


def _remove_tree(group: Path) -> bool:
    for folder, _, _ in os.walk(group, topdown=False):
        try:
            Path(folder).rmdir()
        except OSError:
            return False
    return True
