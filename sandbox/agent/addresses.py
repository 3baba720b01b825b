"""Pods' addresses from the moment they are given, before the API tells them.

The kubelet reports a pod's address about a second after its containers have started. The results that the CNI
library keeps say it before the first container starts, so that a pod need not begin its life cut off.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from sandbox.agent.objects import Pod

INTERFACE = "eth0"
"""A pod's interface, as the container runtime names it; results of its loopback lie beside."""
ABSENT = -1
SETTLED = 2.0
"""Seconds after which a new file is surely whole."""
POLL = 0.05
"""Seconds; asks for the time stamp of one folder."""


class GivenAddresses:
    """The pods' addresses as the container runtime was given them."""

    def __init__(self, folder: Path, changed: Callable[[], None]) -> None:
        """Know nothing yet.

        Args:
            folder: libcni's `results`; may be absent, then nothing is known early.
            changed: called when the addresses have changed.
        """
        self._folder = folder
        self._changed = changed
        self._known: dict[str, str] = {}
        self._seen = ABSENT - 1
        self._stopped = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="given addresses", daemon=True).start()

    def stop(self) -> None:
        """End soon."""
        self._stopped.set()

    def locate(self, pods: Iterable[Pod]) -> list[Pod]:
        """Put pods where they are: the given address counts, else the one that the API tells."""
        known = self._known
        return [pod.at(known.get(pod.uid, pod.address)) for pod in pods]

    def refresh(self) -> bool:
        """Read the folder if it changed; whether an address did."""
        try:
            seen = self._folder.stat().st_mtime_ns
        except OSError:
            seen = ABSENT
        # A folder's time stamp tells that a file came, not that it was written to its end.
        if seen == self._seen and time.time() - seen / 1e9 > SETTLED:
            return False
        known = {} if seen == ABSENT else read_results(self._folder)
        changed = known != self._known
        self._seen, self._known = seen, known
        return changed

    def _run(self) -> None:
        while not self._stopped.wait(POLL):
            if self.refresh():
                self._changed()


def read_results(folder: Path) -> dict[str, str]:
    """Addresses by the pod's uid; of several results of one pod the newest counts."""
    found: dict[str, tuple[int, str]] = {}
    for path in folder.glob(f"*-{INTERFACE}"):
        try:
            content = json.loads(path.read_text())
            address = content["result"]["ips"][0]["address"].partition("/")[0]
            uid = dict(content["cniArgs"])["K8S_POD_UID"]
            result = path.stat().st_mtime_ns, address
        except (OSError, ValueError, LookupError, TypeError):
            continue  # Taken back just now, half written, or of another program.
        found[uid] = max(result, found.get(uid, result))
    return {uid: address for uid, (_, address) in found.items()}
