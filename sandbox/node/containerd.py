"""containerd as a process of our own, with its root, state, socket and configuration below the run folder."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from sandbox.node.files import write
from sandbox.node.layout import NODE_NAME, POD_CIDR, Layout
from sandbox.node.processes import Component

CNI_NETWORK = NODE_NAME
"""Name of the pod network; leases and results of the CNI plugins are filed under it."""

_CAP_SYS_RESOURCE = 24
"""Bit number in capabilities(7); allows to lower `oom_score_adj`."""


def containerd(layout: Layout, pause: str) -> Component:
    """Write the configuration of containerd and of the pod network, and describe the process.

    Args:
        layout: the node's files.
        pause: name of the image that holds a pod's namespaces.
    """
    configuration = layout.configuration / "containerd.toml"
    write(configuration, _configuration(layout, pause))
    write(layout.cni_configuration / "10-pods.conflist", json.dumps(_pod_network(layout), indent=2) + "\n")
    layout.containerd.mkdir(parents=True, exist_ok=True)
    argv = (layout.program("containerd"), "--config", str(configuration), "--log-level", "warn")
    return Component("containerd", argv, (configuration,))


def unreachable(layout: Layout) -> str | None:
    """None when containerd accepts connections, else what is missing."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(layout.containerd_socket))
        except OSError as error:
            return f"{layout.containerd_socket}: {error.strerror or error}"
    return None


def may_lower_oom_score(status: Path = Path("/proc/self/status")) -> bool:
    """Whether this machine lets root shield a process from the out-of-memory killer.

    Where it does not, runc cannot set what the kubelet asks for, and every pod would fail with "can't get final
    child's PID from pipe".
    """
    line = next(line for line in status.read_text().splitlines() if line.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> _CAP_SYS_RESOURCE & 1)


def _configuration(layout: Layout, pause: str) -> str:
    cri = 'plugins."io.containerd.grpc.v1.cri"'
    runc = f"{cri}.containerd.runtimes.runc"
    return f"""\
version = 2
root = "{layout.containerd / "root"}"
state = "{layout.containerd_state}"

[grpc]
  address = "{layout.containerd_socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "{layout.containerd / "opt"}"

[{cri}]
  sandbox_image = "{pause}"
  restrict_oom_score_adj = {str(not may_lower_oom_score()).lower()}
  # Network namespaces are pinned below the run folder, not in the system's /run/netns.
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = false

[{cri}.cni]
  bin_dir = "{layout.cni_plugins()}"
  conf_dir = "{layout.cni_configuration}"

[{cri}.containerd]
  default_runtime_name = "runc"

[{runc}]
  runtime_type = "io.containerd.runc.v2"

[{runc}.options]
  BinaryName = "{layout.program("runc")}"
  Root = "{layout.containerd / "runc"}"
  SystemdCgroup = false
"""


def _pod_network(layout: Layout) -> dict[str, object]:
    # `ptp` gives each pod a link of its own to the host, so that traffic between pods passes the host's FORWARD
    # hook, where policies can be enforced. Masquerading is a rule of ours: `ipMasq` would leave a chain per pod.
    addresses = {
        "type": "host-local",
        "ranges": [[{"subnet": POD_CIDR}]],
        "routes": [{"dst": "0.0.0.0/0"}],
        "dataDir": str(layout.cni_addresses),
    }
    return {
        "cniVersion": "0.4.0",
        "name": CNI_NETWORK,
        "plugins": [{"type": "ptp", "ipMasq": False, "ipam": addresses}],
    }
