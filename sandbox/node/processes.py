"""The node's processes: started detached, recognised by a mark in their environment, ended by that mark alone.

The process table is the only record. A pid file can be stale, missing or about another process after a reboot;
the mark, which names this very sandbox, cannot.
"""

from __future__ import annotations

import hashlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.node.errors import NodeError

SANDBOX_MARK = "ETL_SANDBOX_RUN"
COMPONENT_MARK = "ETL_SANDBOX_COMPONENT"
FINGERPRINT_MARK = "ETL_SANDBOX_FINGERPRINT"

_CHILDREN: list[subprocess.Popen[bytes]] = []
"""Meant to outlive this program; a Popen object that is dropped while its process lives would complain."""


@dataclass(frozen=True, slots=True)
class Component:
    """A process that the node needs.

    Attributes:
        name: as in the logs' file names.
        argv: the program's absolute path and its arguments; no secret.
        files: configuration and certificates whose change asks for a restart.
        environment: beyond PATH, HOME and LANG. The caller's own is not passed on: a proxy named there would
            take the node's traffic.
    """

    name: str
    argv: tuple[str, ...]
    files: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """A digest of all that the process was started with."""
        digest = hashlib.sha256(repr((self.argv, sorted(self.environment.items()))).encode())
        for path in self.files:
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Marked:
    """A living process that carries this sandbox's mark.

    Attributes:
        pid: process id.
        component: the component that it is, or was started by.
        fingerprint: of the component as it was started.
        leader: whether it is the component itself and no child of it.
    """

    pid: int
    component: str
    fingerprint: str
    leader: bool


class Processes:
    """The processes of one sandbox."""

    def __init__(self, run: Path, logs: Path, search_path: str) -> None:
        """Look after the processes that carry one mark.

        Args:
            run: the folder of the running sandbox, whose path is the mark.
            logs: folder of the log files, one per component.
            search_path: PATH of every component.
        """
        self._run = run
        self._logs = logs
        self._search_path = search_path

    def living(self) -> list[Marked]:
        """Every living process of this sandbox, shims and helpers included; pods' processes carry no mark."""
        numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
        return [found for number in numbers if (found := self._inspect(number))]

    def find(self, name: str) -> Marked | None:
        """The component's own process, if it lives."""
        return next((p for p in self.living() if p.leader and p.component == name), None)

    def ensure(self, component: Component) -> bool:
        """Have the component run as described: leave it, start it, or restart it when its description changed.

        Returns:
            Whether a process was started.
        """
        _CHILDREN[:] = [child for child in _CHILDREN if child.poll() is None]
        fingerprint = component.fingerprint()
        current = self.find(component.name)
        if current is not None:
            if current.fingerprint == fingerprint:
                return False
            self.end([current])
        self._logs.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": self._search_path,
            "HOME": str(self._run),
            "LANG": "C.UTF-8",
            **component.environment,
            SANDBOX_MARK: str(self._run),
            COMPONENT_MARK: component.name,
            FINGERPRINT_MARK: fingerprint,
        }
        log = self.log(component.name)
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            try:
                child = subprocess.Popen(
                    component.argv,
                    env=environment,
                    cwd=self._run,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as error:
                raise NodeError(f"{component.name} cannot be started: {component.argv[0]}: {error.strerror}") from None
        _CHILDREN.append(child)
        self._await_mark(child)
        return True

    def end(self, processes: Iterable[Marked], patience: float = 10.0) -> None:
        """End processes: politely, then for good after `patience` seconds; returns when they are gone."""
        handles = [handle for p in processes if (handle := self._open(p)) is not None]
        try:
            _signal(handles, signal.SIGTERM)
            if not _gone(handles, patience):
                _signal(handles, signal.SIGKILL)
                _gone(handles, 5.0)
        finally:
            for handle in handles:
                os.close(handle)

    def log(self, name: str) -> Path:
        """The component's log file; the one before its last start has the suffix `.1`."""
        return self._logs / f"{name}.log"

    def last_lines(self, name: str, count: int = 6) -> list[str]:
        """The end of the component's log."""
        try:
            text = self.log(name).read_text(errors="replace")
        except OSError:
            return []
        return [line[:400] for line in text.splitlines()[-count:]]

    def _await_mark(self, child: subprocess.Popen[bytes]) -> None:
        """Return when the started process can be found, or has ended.

        The kernel tells the parent that the program is being run before the new environment can be read. Whoever
        looked in between would take the process for dead.
        """
        while self._inspect(child.pid) is None and child.poll() is None:
            time.sleep(0.001)

    def _inspect(self, pid: int) -> Marked | None:
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            if os.fsencode(f"{SANDBOX_MARK}={self._run}\0") not in environment:
                return None
            leader = os.getsid(pid) == pid
        except OSError:
            return None
        values = dict(item.split("=", 1) for item in os.fsdecode(environment).split("\0") if "=" in item)
        return Marked(pid, values.get(COMPONENT_MARK, ""), values.get(FINGERPRINT_MARK, ""), leader)

    def _open(self, process: Marked) -> int | None:
        """A handle that stays with this process even when its number is given to another."""
        try:
            handle = os.pidfd_open(process.pid)
        except ProcessLookupError:
            return None
        if self._inspect(process.pid) is None:
            os.close(handle)
            return None
        return handle


def _signal(handles: Iterable[int], number: signal.Signals) -> None:
    for handle in handles:
        try:
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            continue


def _gone(handles: list[int], patience: float) -> bool:
    """Whether all of them ended within `patience` seconds."""
    waiting = select.poll()
    for handle in handles:
        waiting.register(handle, select.POLLIN)
    left = set(handles)
    until = time.monotonic() + patience
    while left and (rest := until - time.monotonic()) > 0:
        for handle, _ in waiting.poll(rest * 1000):
            waiting.unregister(handle)
            left.discard(handle)
    return not left
