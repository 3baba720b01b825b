"""The memory of the node, Keycloak and the databases.

Proportional set size: memory that processes share counts once in all, so sums are true. PostgreSQL's processes map the
same shared buffers, and adding their resident sizes would count these many times over.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import NotMeasuredError, Row
from sandbox.node.layout import Layout
from sandbox.node.node import Node
from sandbox.toolchain.session import Session

GROUP = "memory"
_POD = re.compile(r"/pod([0-9a-f-]{36})(?:/|$)", re.MULTILINE)


def used(session: Session) -> Iterator[Row]:
    """What the sandbox holds now.

    Raises:
        NotMeasuredError: it does not run.
    """
    pods = _pods(session)
    marked = {each.pid for each in Node(Layout(session.paths), session.display.say).processes.living()}
    node = 0.0
    by_pod: dict[str, float] = {}
    for process in (each for each in Path("/proc").iterdir() if each.name.isdigit()):
        try:
            size = _proportional(process)
            pod = _POD.search((process / "cgroup").read_text())
        except OSError:  # ended meanwhile
            continue
        if pod and pod[1] in pods:
            by_pod[pods[pod[1]]] = by_pod.get(pods[pod[1]], 0.0) + size
        elif int(process.name) in marked:
            node += size
    yield Row(GROUP, "node: control plane, containerd, kubelet, agent", node, "MiB")
    for name, size in sorted(by_pod.items(), key=lambda item: -item[1]):
        yield Row(GROUP, f"pod {name}", size, "MiB")
    yield Row(
        GROUP, "together", node + sum(by_pod.values()), "MiB", goal="under 4,096 MiB", note="proportional set size"
    )


def _proportional(process: Path) -> float:
    """MiB of one process."""
    for line in (process / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _pods(session: Session) -> dict[str, str]:
    """`<namespace>/<pod>` by the pod's UID."""
    kubectl = session.paths.bin / "kubectl"
    if not session.paths.kubeconfig.exists() or not kubectl.exists():
        raise NotMeasuredError("no sandbox runs: make up")
    done = subprocess.run(
        [kubectl, "--kubeconfig", session.paths.kubeconfig, "get", "pods", "-A", "-o", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotMeasuredError(f"the API server does not answer: {done.stderr.strip()}")
    pods = [each["metadata"] for each in json.loads(done.stdout)["items"]]
    return {each["uid"]: f"{each['namespace']}/{each['name']}" for each in pods}
