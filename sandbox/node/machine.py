"""What the machine was like before, so that it can be made so again."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.node.commands import Commands
from sandbox.node.errors import NodeError
from sandbox.node.files import write
from sandbox.node.layout import Layout
from sandbox.node.mounts import mounts_below, unmount
from sandbox.node.processes import Processes

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_SYSCTLS = Path("/proc/sys")
_CHANGED = (
    "net/ipv4/ip_forward",
    # the kubelet sets these
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
# Turning ip_forward on or off overwrites these on every interface (inet_forward_change in the kernel).
_SIDE_EFFECTS = ("net/ipv4/conf/*/forwarding", "net/ipv4/conf/all/accept_redirects")
_SHARED_FOLDERS = (
    Path("/var/lib/cni/results"),
    Path("/var/lib/cni"),
    Path("/var/log/containers"),
    Path("/run/containerd/s"),
    Path("/run/containerd"),
    Path("/run/netns"),
    Path("/var/lib/kubelet/device-plugins"),
    Path("/var/lib/kubelet"),
)
"""Folders outside `run` whose place in the system is fixed by the programs; innermost first."""


@dataclass(frozen=True, slots=True)
class Former:
    """The machine before the sandbox.

    Attributes:
        boot: the kernel's boot id at that time.
        sysctls: value by path below /proc/sys.
        absent: shared folders that were not there.
        mounted: shared folders that were mount points.
    """

    boot: str
    sysctls: dict[str, str]
    absent: list[str]
    mounted: list[str]


def refuse_unsuitable(layout: Layout) -> None:
    """Refuse a machine on which no node can run.

    Args:
        layout: tells our own kubelet from another's.

    Raises:
        NodeError: says why.
    """
    if not sys.platform.startswith("linux"):
        raise NodeError("the sandbox's node needs Linux: name a cluster instead (make up CONTEXT=…)")
    if os.geteuid() != 0:
        raise NodeError("the sandbox's node needs root: run as root, or name a cluster (make up CONTEXT=…)")
    if others := foreign_kubelets(layout):
        raise NodeError(
            f"this machine is a Kubernetes node already (kubelet with process id {min(others)}): "
            "name its cluster instead (make up CONTEXT=…)"
        )


def foreign_kubelets(layout: Layout) -> set[int]:
    """Process ids of kubelets that are not ours; one in a container, such as kind's, is no matter."""
    own = {p.pid for p in Processes(layout.run, layout.logs, layout.search_path()).living()}
    namespace = Path("/proc/self/ns/mnt").readlink()
    found = set()
    for process in Path("/proc").iterdir():
        try:
            if (
                process.name.isdigit()
                and (process / "comm").read_text() == "kubelet\n"
                and (process / "ns" / "mnt").readlink() == namespace
            ):
                found.add(int(process.name))
        except OSError:
            # It ended meanwhile, or belongs to someone whose processes this user may not see.
            continue
    return found - own


def record(layout: Layout) -> bool:
    """Write down the machine's state, once per boot and sandbox.

    Returns:
        Whether the machine was booted since the node last ran on it.
    """
    former = _read(layout)
    boot = _BOOT.read_text().strip()
    if former is not None and former.boot == boot:
        return False
    names = [*_CHANGED, *(str(p.relative_to(_SYSCTLS)) for pattern in _SIDE_EFFECTS for p in _SYSCTLS.glob(pattern))]
    sysctls = {name: value for name in names if (value := _sysctl(name)) is not None}
    absent = former.absent if former else [str(folder) for folder in _SHARED_FOLDERS if not folder.exists()]
    mounted = [str(folder) for folder in _SHARED_FOLDERS if mounts_below(folder)]
    write(layout.machine, json.dumps(asdict(Former(boot, sysctls, absent, mounted)), indent=2) + "\n")
    return former is not None


def allow_forwarding() -> None:
    """Let the kernel pass packets between pods."""
    if _sysctl("net/ipv4/ip_forward") != "1":
        (_SYSCTLS / "net/ipv4/ip_forward").write_text("1\n")


def restore(layout: Layout, commands: Commands) -> None:
    """Set back what was recorded and remove the shared folders that are ours alone.

    Args:
        layout: where the record lies.
        commands: runs `umount`.
    """
    former = _read(layout)
    if former is None:
        return
    if former.boot == _BOOT.read_text().strip():
        for name, value in former.sysctls.items():
            # Interfaces that are gone take their settings along.
            if _sysctl(name) not in (None, value):
                (_SYSCTLS / name).write_text(value + "\n")
    for folder in _SHARED_FOLDERS:
        ours = str(folder) in former.absent
        if ours and folder.is_dir():
            _remove_sockets(folder)
        if folder.is_dir() and not any(folder.iterdir()):
            # `ip netns add`, which the agent's canary uses, makes its folder a mount point, at times twice.
            if str(folder) not in former.mounted:
                unmount(folder, commands)
            if ours and not mounts_below(folder):
                folder.rmdir()


def _remove_sockets(folder: Path) -> None:
    """Remove what killed shims left: nothing in `run` names their sockets any more."""
    for path in list(folder.iterdir()):
        if path.is_socket():
            path.unlink()


def _read(layout: Layout) -> Former | None:
    if not layout.machine.exists():
        return None
    content = json.loads(layout.machine.read_text())
    return Former(**{"mounted": [], **content})


def _sysctl(name: str) -> str | None:
    try:
        return (_SYSCTLS / name).read_text().strip()
    except OSError:
        return None
