"""The engine at work on the platform's project: stacks, interrupted runs, outputs."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.toolchain.errors import Terminated, ToolchainError
from sandbox.toolchain.files import write_whole

PROJECT = "etl-platform"
STACKS = ("dev", "test", "prod")
LOCAL = "local"
"""On a Docker engine, with a state of its own."""


@dataclass(frozen=True, slots=True)
class Project:
    """The platform's project, in one environment.

    Attributes:
        root: the checkout.
        program: the `pulumi` that runs it.
        variables: the whole environment it runs in.
        state: the folder of its state, where that is a folder of ours; else None.
    """

    root: Path
    program: Path
    variables: Mapping[str, str]
    state: Path | None

    def run(self, *arguments: str) -> int:
        """Run one command as a person would see it; returns its exit status.

        An interruption reaches the engine as well, which ends its operations in order; this waits for it.
        """
        process = subprocess.Popen([self.program, *arguments], cwd=self.root, env=dict(self.variables))
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt as interrupt:
                # From a terminal the engine got the same signal, and a second one would make it drop everything.
                if isinstance(interrupt, Terminated) or os.getpgrp() != _foreground():
                    process.send_signal(signal.SIGINT)
                process.wait()
                raise

    def ask(self, *arguments: str) -> str:
        """Run one command and return what it prints.

        Raises:
            ToolchainError: it failed; with what it said.
        """
        done = subprocess.run(
            [self.program, *arguments, "--non-interactive", "--color=never"],
            cwd=self.root,
            env=dict(self.variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ToolchainError(f"pulumi {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def select(self, stack: str, others: Sequence[str] = STACKS) -> None:
        """Have these stacks exist, by default every environment's, and one be the one that commands mean.

        Raises:
            ToolchainError: the engine refused; with what it said.
        """
        there = self._stacks()
        for name in dict.fromkeys([*others, stack]):
            if name not in there:
                self.ask("stack", "init", name, "--no-select")
        self.ask("stack", "select", stack)

    def _stacks(self) -> set[str]:
        # Asking the engine takes it a second, which every `make up` would pay.
        if self.state is not None:
            return {file.stem for file in (self.state / ".pulumi/stacks" / PROJECT).glob("*.json")}
        return {entry["name"].rpartition("/")[2] for entry in json.loads(self.ask("stack", "ls", "--json"))}

    def recover(self, stack: str) -> list[str]:
        """Clear what a killed run left: its lock, and operations that it began and never recorded.

        Returns:
            What was cleared, a sentence each.

        Raises:
            ToolchainError: the lock's holder is alive.
        """
        if self.state is None:
            return []
        cleared: list[str] = []
        for lock in (self.state / ".pulumi/locks/organization" / PROJECT / stack).glob("*.json"):
            holder = _holder(lock)
            if holder is not None:
                raise ToolchainError(
                    f"the stack {stack} is being changed by process {holder}: wait until it ends, or end it"
                )
            self.ask("cancel", stack, "--yes")
            cleared.append("a run that was killed had left its lock")
            break
        if pending := self._pending(stack):
            self._forget_pending(stack)
            cleared.append(f"a run that was killed had left {pending} unfinished operations")
        return cleared

    def outputs(self, stack: str) -> dict[str, Any]:
        """The stack's outputs, secrets masked.

        Raises:
            ToolchainError: the engine refused.
        """
        found: dict[str, Any] = json.loads(self.ask("stack", "output", "--stack", stack, "--json"))
        return found

    def _forget_pending(self, stack: str) -> None:
        """Drop what was begun and never recorded; the next `up` does it again.

        Not by `pulumi refresh --clear-pending-creates`: that asks every server, and after an interrupted start not
        every server is there.
        """
        assert self.state is not None
        exported = json.loads(self.ask("stack", "export", "--stack", stack))
        exported["deployment"].pop("pending_operations", None)
        file = self.state / "without-pending-operations.json"
        write_whole(file, json.dumps(exported), 0o600)
        try:
            self.ask("stack", "import", "--stack", stack, "--file", str(file))
        finally:
            file.unlink()

    def _pending(self, stack: str) -> int:
        assert self.state is not None
        file = self.state / ".pulumi/stacks" / PROJECT / f"{stack}.json"
        try:
            latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
        except (OSError, ValueError, KeyError):
            return 0
        return len(latest.get("pending_operations") or [])


def _holder(lock: Path) -> int | None:
    """The process that holds a lock of the file backend, when it lives on this machine."""
    try:
        content = json.loads(lock.read_text())
        pid = int(content["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if content.get("hostname") not in (None, socket.gethostname()):
        return pid
    try:
        command = Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return None
    return pid if "pulumi" in command else None


def _foreground() -> int:
    """The process group that the terminal's interrupt goes to; -1 without a terminal."""
    try:
        return os.tcgetpgrp(0)
    except OSError:
        return -1
