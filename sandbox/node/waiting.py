"""Waiting that ends with a reason."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.node.errors import NodeError
from sandbox.node.processes import Processes

Probe = Callable[[], str | None]
"""Says None when the awaited thing is there, else what is still missing."""


def wait_for(what: str, probe: Probe, processes: Processes, needed: tuple[str, ...], seconds: float) -> None:
    """Wait until the probe is content.

    Args:
        what: the awaited thing, for the message.
        probe: asked about five times a second; a NodeError that it raises counts as its answer.
        processes: the node's processes.
        needed: components without which waiting is in vain.
        seconds: patience.

    Raises:
        NodeError: a needed component ended, or the time is over; with the last lines of the log.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            missing = probe()
        except NodeError as error:
            missing = str(error)
        if missing is None:
            return
        for name in needed:
            if processes.find(name) is None:
                raise NodeError(f"{what}: {name} ended.{_tail(processes, name)}")
        if time.monotonic() > until:
            tails = "".join(_tail(processes, name) for name in needed[-1:])
            raise NodeError(f"{what} did not come within {seconds:.0f} s: {missing}.{tails}")
        time.sleep(0.2)


def _tail(processes: Processes, name: str) -> str:
    lines = "\n    ".join(processes.last_lines(name))
    return f" Last lines of {processes.log(name)}:\n    {lines}" if lines else f" {processes.log(name)} is empty"
