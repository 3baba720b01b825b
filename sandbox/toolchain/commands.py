"""Running other programs: their output goes to a log, their failure becomes one message."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.toolchain.errors import ToolchainError

TAIL = 12
PATIENCE = 5.0
"""Seconds that a stopped program gets to end by itself."""


@dataclass(slots=True)
class Commands:
    """Starts programs and can stop all that still run, from any thread.

    Attributes:
        logs: folder of their logs.
        nice: added to the priority of each, so that a person's own work stays quick.
    """

    logs: Path
    nice: int = 0
    _running: set[subprocess.Popen[bytes]] = field(default_factory=set)
    _stopped: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        hint: str = "",
    ) -> None:
        """Run one program to its end.

        Args:
            name: of its log, `<name>.log`, to which its output is added.
            argv: program and arguments; never a secret.
            cwd: folder it runs in.
            env: set on top of this process's environment.
            hint: what a person can do when it fails.

        Raises:
            ToolchainError: with the end of its output.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        with log.open("ab") as output:
            process = self._start(argv, cwd, {**os.environ, **(env or {})}, output.fileno())
        status = process.wait()
        with self._lock:
            self._running.discard(process)
            stopped = self._stopped
        if stopped:
            raise ToolchainError(f"{name} was stopped")
        if status:
            tail = "\n    ".join(log.read_text(errors="replace").splitlines()[-TAIL:])
            advice = f"\n{hint}" if hint else ""
            raise ToolchainError(
                f"{Path(argv[0]).name} ended with status {status}; the end of {log}:\n    {tail}{advice}"
            )

    def stop(self) -> None:
        """End everything that runs; whatever is asked for afterwards is refused."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for process in running:
            _signal(process, signal.SIGTERM)
        for process in running:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)

    def _start(
        self, argv: Sequence[str | Path], cwd: Path | None, env: Mapping[str, str], output: int
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._stopped:
                raise ToolchainError(f"{argv[0]} was not started: everything is being stopped")
            lowered = ["nice", "-n", str(self.nice)] if self.nice else []
            try:
                process = subprocess.Popen(
                    [*lowered, *map(str, argv)],
                    cwd=cwd,
                    env=dict(env),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except FileNotFoundError:
                raise ToolchainError(f"{argv[0]} was not found; `make doctor` says how to get it") from None
            self._running.add(process)
            return process


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def output_of(*argv: str | Path, timeout: float = 20.0) -> str | None:
    """What a program prints (both streams), or None when it is missing, fails or takes too long (seconds)."""
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=timeout,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
