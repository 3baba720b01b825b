"""Names, addresses and files of the node: the one place that knows where each thing is."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.node.errors import NodeError
from sandbox.toolchain.paths import Paths

NODE_NAME = "etl-sandbox"
CONTEXT = "etl-sandbox"

LINK = "etl-sandbox"
"""The dummy interface that carries the node's address (the kernel allows 15 characters)."""

NODE_ADDRESS = "10.244.255.1"
"""Where pods and the host reach the API server; outside POD_CIDR, on an interface of our own."""

LOOPBACK = "127.10.96.1"
"""A loopback address of our own, so that a foreign etcd or kubelet on 127.0.0.1 never collides with ours."""

POD_CIDR = "10.244.0.0/24"
SERVICE_CIDR = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
CLUSTER_DOMAIN = "cluster.local"
API_PORT = 6443
API_URL = f"https://{NODE_ADDRESS}:{API_PORT}"
SOCKET_PATH_LIMIT = 107
"""Longest path of a unix socket: `sun_path` in unix(7), less its final zero byte."""

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Layout:
    """Every file of the node, below `paths.run`.

    Attributes:
        paths: the cache whose node this is.
    """

    paths: Paths

    @property
    def run(self) -> Path:
        """Everything of the running node."""
        return self.paths.run

    @property
    def removed(self) -> Path:
        """What `run` is called while it is being removed."""
        return self.run.with_name(f".removed-{self.run.name}")

    @property
    def certificates(self) -> Path:
        """The certificate authority's folder."""
        return self.run / "pki"

    @property
    def configuration(self) -> Path:
        """Configuration files and kubeconfigs of the parts."""
        return self.run / "config"

    @property
    def logs(self) -> Path:
        """One log a part."""
        return self.run / "logs"

    @property
    def etcd(self) -> Path:
        """Etcd's data."""
        return self.run / "etcd"

    @property
    def machine(self) -> Path:
        """What the machine was like before the node changed it (JSON)."""
        return self.run / "machine.json"

    @property
    def containerd(self) -> Path:
        """All of containerd."""
        return self.run / "containerd"

    @property
    def containerd_state(self) -> Path:
        """What containerd forgets at a reboot: mounts, sockets, namespaces."""
        return self.containerd / "state"

    @property
    def containerd_socket(self) -> Path:
        """Containerd's socket, for the kubelet and `ctr`."""
        return self.containerd / "containerd.sock"

    @property
    def cni_configuration(self) -> Path:
        """The pod network, as containerd reads it."""
        return self.run / "cni" / "net.d"

    @property
    def cni_addresses(self) -> Path:
        """Which pod has which address."""
        return self.run / "cni" / "addresses"

    @property
    def kubelet(self) -> Path:
        """The kubelet's root: pods' volumes and plugins."""
        return self.run / "kubelet"

    @property
    def volume_plugins(self) -> Path:
        """Where volume plugins would lie, were there any; the default is a folder of the system."""
        return self.kubelet / "volume-plugins"

    @property
    def pod_logs(self) -> Path:
        """What containers print."""
        return self.run / "pod-logs"

    @property
    def volumes(self) -> Path:
        """The data of every persistent volume."""
        return self.run / "volumes"

    @property
    def policy_state(self) -> Path:
        """Where the agent says whether network policies are enforced (JSON)."""
        return self.run / "network-policy.json"

    @property
    def lock(self) -> Path:
        """Outside `run`, which `stop` removes while it holds the lock."""
        return self.paths.cache / "node.lock"

    def kubeconfig(self, user: str) -> Path:
        """The kubeconfig of one component; the administrator's is `paths.kubeconfig`."""
        return self.paths.kubeconfig if user == "admin" else self.configuration / f"{user}.kubeconfig"

    def search_path(self) -> str:
        """The PATH of every component: our tools first, then the system's own folders."""
        return f"{self.paths.bin}:{_SYSTEM_PATH}"

    def program(self, name: str) -> str:
        """Find a program among the tools and on the system.

        Returns:
            Its real path: a new version is another program, whatever link leads to it.

        Raises:
            NodeError: it is nowhere.
        """
        found = shutil.which(name, path=self.search_path())
        if found is None:
            raise NodeError(f"{name} was not found in {self.paths.bin} or {_SYSTEM_PATH}: run `make up`, which gets it")
        return str(Path(found).resolve())

    def cni_plugins(self) -> Path:
        """The folder of the CNI plugins: the toolchain's link, else Debian's folder.

        Raises:
            NodeError: neither holds the `ptp` plugin.
        """
        for folder in (self.paths.cni, Path("/usr/lib/cni")):
            if (folder / "ptp").exists():
                return folder
        raise NodeError(
            f"the CNI plugins are neither in {self.paths.cni} nor in /usr/lib/cni: "
            "install Debian's containernetworking-plugins"
        )

    def check(self) -> None:
        """Refuse a cache whose path is too long for the sockets that lie in it.

        Raises:
            NodeError: with the longest path that would be allowed.
        """
        longest = self.kubelet / "device-plugins" / "kubelet.sock"
        excess = len(os.fsencode(longest)) - SOCKET_PATH_LIMIT
        if excess > 0:
            raise NodeError(
                f"the cache's path {self.paths.cache} is {excess} characters too long for unix sockets inside it: "
                "set ETL_PLATFORM_CACHE to a shorter one"
            )
