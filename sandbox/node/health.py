"""How the node is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.node.api import Api
from sandbox.node.dns import resolves
from sandbox.node.errors import NodeError
from sandbox.node.layout import NODE_NAME
from sandbox.node.parts import NAMES, Health
from sandbox.node.processes import Marked, Processes


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the node.

    Attributes:
        name: as in its log's file name.
        pid: process id, None when it does not run.
        memory: resident bytes.
        problem: what is wrong, None when it is well.
        log: its log file.
    """

    name: str
    pid: int | None
    memory: int
    problem: str | None
    log: Path


@dataclass(frozen=True, slots=True)
class Status:
    """The whole node.

    Attributes:
        parts: every process that the node should have.
        problems: all that is wrong, a sentence each; empty when the node is ready and resolves names.
        helpers_memory: resident bytes of containerd's shims and other helpers.
    """

    parts: tuple[Part, ...]
    problems: tuple[str, ...]
    helpers_memory: int

    @property
    def running(self) -> bool:
        """Whether any of the node's processes lives."""
        return any(part.pid is not None for part in self.parts)

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def memory(self) -> int:
        """Resident bytes of the node without its pods."""
        return sum(part.memory for part in self.parts) + self.helpers_memory


def examine(health: Health, processes: Processes, names: tuple[str, ...] = NAMES) -> Status:
    """Look at every process, the node and DNS.

    Args:
        health: asks the parts.
        processes: of this sandbox.
        names: the processes that the node should have.
    """
    living = processes.living()
    leaders = {marked.component: marked for marked in living if marked.leader}
    parts = tuple(_part(name, leaders.get(name), health, processes) for name in names)
    problems = [f"{part.name}: {part.problem} (log: {part.log})" for part in parts if part.problem]
    if not problems:
        problems = [problem for problem in (node_problem(Api(health.authority)), resolves()) if problem]
    helpers = sum(_resident(marked.pid) for marked in living if not marked.leader)
    return Status(parts, tuple(problems), helpers)


def node_problem(api: Api) -> str | None:
    """None when the node is Ready and takes pods, else why not."""
    try:
        node: dict[str, Any] = api.get(f"/api/v1/nodes/{NODE_NAME}")
    except NodeError as error:
        return str(error)
    ready = next((c for c in node["status"].get("conditions", []) if c["type"] == "Ready"), None)
    if ready is None or ready["status"] != "True":
        return f"the node is not ready: {ready['message'] if ready else 'the kubelet has not reported yet'}"
    if taints := [taint["key"] for taint in node["spec"].get("taints", []) if taint["effect"] != "PreferNoSchedule"]:
        return f"the node takes no pods: it is tainted with {', '.join(taints)}"
    return None


def _part(name: str, marked: Marked | None, health: Health, processes: Processes) -> Part:
    if marked is None:
        return Part(name, None, 0, "is not running", processes.log(name))
    try:
        problem = health.problem(name)
    except NodeError as error:
        problem = str(error)
    return Part(name, marked.pid, _resident(marked.pid), problem, processes.log(name))


def _resident(pid: int) -> int:
    try:
        line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    except (OSError, StopIteration):
        return 0
    return int(line.split()[1]) * 1024
