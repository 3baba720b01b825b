"""What a sandbox could leave on a machine, written down so that two moments can be compared."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COUNTERS = (
    "fs/aio-nr",
    "fs/dentry-state",
    "fs/file-nr",
    "fs/inode",
    "fs/quota",
    "kernel/ns_last_pid",
    "kernel/pty/nr",
    "kernel/random",
    "kernel/sched_domain",
    "net/ipv4/tcp_fastopen_key",
    "net/netfilter/nf_conntrack_count",
    "net/netfilter/nf_conntrack_buckets",
    # each rises with the time since boot or with what else runs
    "dev/cdrom/info",
    "vm/stat_refresh",
)
"""Prefixes below /proc/sys of what changes by itself."""

FOLDERS = ("/etc", "/opt", "/run", "/usr/libexec", "/var/lib", "/var/log")
DEPTH = 3


def snapshot(search_path: str) -> dict[str, Any]:
    """Everything about the machine that a sandbox changes while it runs.

    Args:
        search_path: where `ip` and `nft` are.

    Returns:
        By subject, lists that can be compared.
    """

    def listed(*argv: str) -> str:
        environment = {"PATH": search_path}
        return subprocess.run(argv, env=environment, capture_output=True, text=True, check=True).stdout

    return {
        "sysctls": sysctls(),
        "links": sorted(link["ifname"] for link in json.loads(listed("ip", "-j", "link"))),
        "addresses": sorted(
            address["local"] for link in json.loads(listed("ip", "-j", "address")) for address in link["addr_info"]
        ),
        "routes": sorted(listed("ip", "route", "show", "table", "all").splitlines()),
        "rules of routing": listed("ip", "rule").splitlines(),
        "packet filters": listed("nft", "list", "ruleset").splitlines(),
        "network namespaces": sorted(str(path) for path in Path("/run").glob("netns/*")),
        "mounts": sorted(line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()),
        "control groups": sorted(folder for folder, _, _ in os.walk("/sys/fs/cgroup")),
        "files": sorted(files()),
    }


def sysctls() -> dict[str, str]:
    """Every readable kernel setting that does not change by itself, by its path below /proc/sys."""
    root = Path("/proc/sys")
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder, name)
            key = str(path.relative_to(root))
            if not key.startswith(COUNTERS):
                try:
                    found[key] = path.read_text().strip()
                except (OSError, UnicodeDecodeError):
                    continue
    return found


def files() -> Iterator[str]:
    """Names in the system's own folders, a few levels deep."""
    for top in FOLDERS:
        for folder, folders, names in os.walk(top):
            if folder.count("/") - top.count("/") >= DEPTH - 1:
                folders.clear()
            yield from (os.path.join(folder, name) for name in (*folders, *names))  # noqa: PTH118


def mentions(words: tuple[str, ...]) -> list[str]:
    """Processes whose arguments or control groups contain one of the words; this one's ancestors aside."""
    found = []
    for process in Path("/proc").iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        try:
            arguments = (process / "cmdline").read_text().split("\0")
            text = arguments[0] + (process / "cgroup").read_text() + (process / "environ").read_text()
        except (OSError, UnicodeDecodeError):
            continue
        if any(word in text for word in words):
            found.append(" ".join(arguments)[:200])
    return found
