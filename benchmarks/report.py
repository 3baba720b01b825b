"""Measurements as rows, a table that people read and a file that programs read."""

import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.toolchain.paths import ROOT


class NotMeasuredError(Exception):
    """Why something could not be measured here; `str()` says what would make it possible."""


@dataclass(frozen=True)
class Row:
    """One number.

    Attributes:
        group: what it belongs to.
        name: what was measured.
        value: None where it could not be.
        unit: `s`, `MiB`, `x` (a ratio) or empty (a count).
        goal: what was hoped for, in words; empty where nothing was.
        note: how it was measured, or why not.
    """

    group: str
    name: str
    value: float | None
    unit: str = "s"
    goal: str = ""
    note: str = ""


def timed(command: Sequence[str | Path], *, environment: dict[str, str] | None = None, cwd: Path = ROOT) -> float:
    """Seconds that a command takes.

    Raises:
        NotMeasuredError: it failed; with the end of what it said.
    """
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if done.returncode:
        said = " | ".join(done.stdout.strip().splitlines()[-3:])
        raise NotMeasuredError(f"`{' '.join(map(str, command))}` ended with {done.returncode}: {said}")
    return seconds


def median(measure: Callable[[], float], times: int) -> float:
    """The middle one of several measurements."""
    return statistics.median(measure() for _ in range(times))


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | measured | goal | how |", "|---|--:|---|---|"]
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append(f"| **{group}** | | | |")
        value = "not measured" if row.value is None else f"{_number(row.value)} {row.unit}".strip()
        lines.append(f"| {' | '.join(map(_cell, (row.name, value, row.goal, row.note)))} |")
    return "\n".join(lines)


def keep(rows: Iterable[Row], file: Path) -> None:
    """Write the rows, and what kind of machine they are from, as JSON."""
    content = {"taken": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "rows": list(rows)}
    text = json.dumps(content, indent=2, default=asdict)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text + "\n")


def machine() -> dict[str, object]:
    """What the numbers depend on. Load: processes that were running already, averaged over a minute."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }


def _cell(text: str, longest: int = 240) -> str:
    """Text that stays in its cell."""
    line = " ".join(text.split())
    return (line if len(line) <= longest else f"{line[: longest - 1]}…").replace("|", "\\|")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
