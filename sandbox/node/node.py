"""The node as a whole: start, repair, stop, status."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import sys
import time
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox import images
from sandbox.node import access, cgroups, cleanup, control_plane, dns, kubelet, machine, parts
from sandbox.node.api import Api
from sandbox.node.certificates import Authority
from sandbox.node.commands import Commands
from sandbox.node.containerd import containerd
from sandbox.node.errors import NodeError
from sandbox.node.health import Status, examine, node_problem
from sandbox.node.kubeconfig import write_kubeconfig
from sandbox.node.layout import Layout
from sandbox.node.mounts import unmount
from sandbox.node.network import Network
from sandbox.node.processes import Processes
from sandbox.node.waiting import wait_for
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.progress import Progress
from sandbox.toolchain.versions import Versions

API_PATIENCE = 90.0
PART_PATIENCE = 60.0
DNS_PATIENCE = 120.0
STOP_PATIENCE = 3.0
"""Seconds before a wait gives up: several times what two busy cores needed."""

STARTS_PODS = frozenset({"kubelet", parts.AGENT, "kube-proxy", "kube-controller-manager", "kube-scheduler"})
"""Ended before the pods, which they would start again."""


@dataclass(frozen=True, slots=True)
class Node:
    """The one node of one cache.

    Attributes:
        layout: its files.
        progress: told what is being done.
    """

    layout: Layout
    progress: Progress

    @property
    def processes(self) -> Processes:
        """The processes of this node."""
        return Processes(self.layout.run, self.layout.logs, self.layout.search_path())

    @property
    def commands(self) -> Commands:
        """The system's administration commands."""
        return Commands(self.layout.search_path())

    @property
    def network(self) -> Network:
        """What the node adds to the machine's network."""
        return Network(self.commands)

    @property
    def authority(self) -> Authority:
        """Who signs the certificates."""
        return Authority(self.layout.certificates, self.layout.program("openssl"))

    @property
    def health(self) -> parts.Health:
        """Asks the parts how they are."""
        return parts.Health(self.layout, self.authority)

    def start(self) -> None:
        """Have the node Ready and DNS answering, whatever state the machine is in.

        Raises:
            NodeError: what does not come, with the last lines of the failing part's log.
        """
        self._prepare()
        # The two halves meet in the kubelet, which needs an API server and a runtime.
        with ThreadPoolExecutor(2) as halves:
            runtime = halves.submit(self._start_runtime)
            api = halves.submit(self._start_control_plane)
            api.result()
            runtime.result()
        # Not before the image is there, or the kubelet would try to pull it and then wait before it looks again.
        image = Versions.read(self.layout.paths.root).images["coredns"]
        self._apply(dns.manifests(image, forward=bool(kubelet.resolver_configuration())))
        self._await_node()
        self.progress("the node is ready, DNS answers")

    def stop(self) -> None:
        """Leave the machine as it was before the start.

        Raises:
            NodeError: what could not be removed.
        """
        processes = self.processes
        self._end(STARTS_PODS)
        cgroups.kill()
        # The API server needs its store to the last, or it hangs.
        self._end({"containerd", "kube-apiserver"})
        self._end({"etcd"})
        # Shims take no notice of a polite request.
        processes.end(processes.living(), patience=0.2)
        unmount(self.layout.run, self.commands)
        cleanup.release_loop_devices(self.layout.run, self.commands)
        self.network.remove()
        cgroups.remove()
        cleanup.remove_shared_traces(self.layout)
        machine.restore(self.layout, self.commands)
        cleanup.remove_run(self.layout)

    def status(self) -> Status:
        """Look at everything without changing anything."""
        names = parts.NAMES if parts.agent(self.layout) else tuple(n for n in parts.NAMES if n != parts.AGENT)
        return examine(self.health, self.processes, names)

    def _end(self, names: AbstractSet[str]) -> None:
        processes = self.processes
        processes.end([p for p in processes.living() if p.leader and p.component in names], STOP_PATIENCE)

    def _prepare(self) -> None:
        machine.refuse_unsuitable(self.layout)
        self.layout.check()
        network = self.network
        if not network.exists():
            network.refuse_collisions()
        cleanup.remove_leftovers(self.layout)
        self.layout.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        if machine.record(self.layout):
            # What a boot leaves of a runtime's state speaks of processes and mounts that are gone.
            self.progress("the machine was booted since the node last ran: repairing")
            shutil.rmtree(self.layout.containerd_state, ignore_errors=True)
        machine.allow_forwarding()
        cgroups.ensure()
        network.ensure()
        authority = self.authority
        authority.ensure()
        for leaf in control_plane.LEAVES:
            authority.issue(leaf)
        for user in control_plane.KUBECONFIG_USERS:
            write_kubeconfig(self.layout.kubeconfig(user), authority, user)

    def _start_control_plane(self) -> None:
        layout, authority, processes, health = self.layout, self.authority, self.processes, self.health
        for part in (control_plane.etcd(layout, authority), control_plane.api_server(layout, authority)):
            if processes.ensure(part):
                self.progress(f"starting {part.name}")
        wait_for("the API server", health.api, processes, ("etcd", "kube-apiserver"), API_PATIENCE)
        leaves = {leaf.file: leaf for leaf in control_plane.LEAVES}
        self._apply(access.manifests(leaves[parts.AGENT], leaves["apiserver-kubelet"]))
        others = [
            control_plane.controller_manager(layout, authority),
            control_plane.scheduler(layout, authority),
            kubelet.kube_proxy(layout),
        ]
        if agent := parts.agent(layout):
            others.append(agent)
            if processes.find(parts.AGENT) is None:
                layout.policy_state.unlink(missing_ok=True)
        for part in others:
            if processes.ensure(part):
                self.progress(f"starting {part.name}")

    def _start_runtime(self) -> None:
        layout, processes = self.layout, self.processes
        versions = Versions.read(layout.paths.root)
        if processes.ensure(containerd(layout, versions.images["pause"])):
            self.progress("starting containerd")
        health = self.health
        wait_for("containerd", partial(health.problem, "containerd"), processes, ("containerd",), PART_PATIENCE)
        if processes.ensure(kubelet.kubelet(layout, self.authority)):
            self.progress("starting kubelet")
        try:
            images.load(layout.paths, ("pause", "coredns"))
        except images.ImageError as error:
            raise NodeError(str(error)) from None

    def _apply(self, manifests: list[dict[str, Any]]) -> None:
        api = Api(self.authority)
        for manifest in manifests:
            api.apply(manifest)

    def _await_node(self) -> None:
        processes, health, api = self.processes, self.health, Api(self.authority)
        for name in parts.NAMES:
            if name != parts.AGENT or parts.agent(self.layout):
                wait_for(name, partial(health.problem, name), processes, (name,), PART_PATIENCE)
        wait_for("the node", partial(node_problem, api), processes, ("kubelet",), PART_PATIENCE)
        wait_for("the cluster's DNS", dns.resolves, processes, ("kube-proxy", "kubelet"), DNS_PATIENCE)


def start(paths: Paths, progress: Progress) -> None:
    """Start the node, or repair it, or find it well; returns when it is Ready and DNS answers.

    Args:
        paths: the cache; its tools and images must be there.
        progress: told each step in a few words.

    Raises:
        NodeError: what does not come, and why.
    """
    with _alone(paths, progress):
        began = time.monotonic()
        Node(Layout(paths), progress).start()
        progress(f"node: {time.monotonic() - began:.1f} s")


def stop(paths: Paths) -> None:
    """Stop the node and remove all its traces, `paths.run` among them; a stopped node stays stopped.

    Raises:
        NodeError: what could not be removed.
    """
    with _alone(paths, lambda message: print(message, file=sys.stderr)):
        Node(Layout(paths), lambda _: None).stop()


def status(paths: Paths) -> Status:
    """Look at the node without changing anything."""
    return Node(Layout(paths), lambda _: None).status()


@contextlib.contextmanager
def _alone(paths: Paths, progress: Progress) -> Iterator[None]:
    """Hold the node's lock: two starts, or a start and a stop, would undo each other's work."""
    layout = Layout(paths)
    layout.lock.parent.mkdir(parents=True, exist_ok=True)
    with layout.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another `make up` or `make down` on this cache")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


__all__ = ["Node", "NodeError", "start", "status", "stop"]
