"""Keeps the kernel's rules equal to what the API's policies say."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.agent import nftables
from sandbox.agent.objects import Namespace, Pod, Policy
from sandbox.agent.policies import Ruleset, compile_policies

LOG = logging.getLogger(__name__)
QUIET = 0.02
"""Seconds to gather changes that come together."""
RETRY = 2.0
"""Seconds until refused rules are tried again."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """The objects that policies follow from."""

    pods: tuple[Pod, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    policies: tuple[Policy, ...] = ()

    def __add__(self, other: Cluster) -> Cluster:
        return Cluster(self.pods + other.pods, self.namespaces + other.namespaces, self.policies + other.policies)


@dataclass(slots=True)
class Enforcer:
    """Applies rules when something changed; one thread applies, any thread may say that something changed.

    Attributes:
        network: the pods' network, e.g. `10.244.0.0/24`.
        observe: gives the cluster as it is now known.
    """

    network: str
    observe: Callable[[], Cluster]
    _extra: Cluster = Cluster()
    _dirty: threading.Event = field(default_factory=threading.Event)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _applied: str = ""

    def close_if_absent(self) -> None:
        """Before anything is known, let pods do nothing; the rules of an agent before this one are kept.

        Raises:
            NftablesError: the kernel refused.
        """
        if not nftables.present():
            nftables.apply(nftables.render(Ruleset(), self.network))

    def changed(self) -> None:
        """Note that something changed."""
        self._dirty.set()

    def stop(self) -> None:
        """End `run`. The rules stay: what was denied stays denied until the table is removed with the node."""
        self._stopped.set()
        self._dirty.set()

    def run(self) -> None:
        """Apply changes until stopped."""
        while not self._stopped.is_set():
            self._dirty.wait()
            self._stopped.wait(QUIET)
            self._dirty.clear()
            if self._stopped.is_set():
                return
            try:
                self.apply()
            except nftables.NftablesError:
                LOG.exception("policies are not up to date; trying again in %.0f s", RETRY)
                self._stopped.wait(RETRY)
                self._dirty.set()

    def apply(self) -> None:
        """Compute the rules and hand them to the kernel if they differ.

        Raises:
            NftablesError: the kernel refused; the former rules stay.
        """
        with self._lock:
            began = time.monotonic()
            cluster = self.observe() + self._extra
            ruleset = compile_policies(cluster.pods, cluster.namespaces, cluster.policies)
            text = nftables.render(ruleset, self.network)
            if text == self._applied:
                return
            nftables.apply(text)
            self._applied = text
            LOG.info(
                "%d policies on %d pods, %d closed for ingress and %d for egress, applied in %.0f ms",
                len(cluster.policies),
                len(ruleset.addresses),
                len(ruleset.ingress),
                len(ruleset.egress),
                1000 * (time.monotonic() - began),
            )

    def apply_with(self, extra: Cluster) -> None:
        """Apply with objects that the API does not hold, in place of those of the call before.

        Raises:
            NftablesError: the kernel refused; the former rules stay.
        """
        with self._lock:
            self._extra = extra
        self.apply()
