"""The node's processes in one list, with how each one's health is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.node import control_plane, kubelet
from sandbox.node.api import Api
from sandbox.node.certificates import Authority
from sandbox.node.containerd import unreachable
from sandbox.node.layout import LOOPBACK, NODE_NAME, POD_CIDR, Layout
from sandbox.node.processes import Component

AGENT = "agent"
NAMES = (
    "etcd",
    "kube-apiserver",
    "containerd",
    "kube-controller-manager",
    "kube-scheduler",
    "kubelet",
    "kube-proxy",
    AGENT,
)
"""Every process, in the order of their start."""


@dataclass(frozen=True, slots=True)
class Health:
    """Asks each part how it is.

    Attributes:
        layout: the node's files.
        authority: verifies the parts.
    """

    layout: Layout
    authority: Authority

    def problem(self, name: str) -> str | None:
        """None when the part is well, else what is wrong."""
        asked = _PROBES.get(name)
        return asked(self) if asked else None

    def agent(self) -> str | None:
        """None when the agent has told whether network policies are enforced, whatever it told."""
        return None if self.layout.policy_state.exists() else "has not tried yet whether network policies are enforced"

    def api(self) -> str | None:
        """None when the API server is ready."""
        Api(self.authority).get("/readyz")
        return None


_PROBES: dict[str, Callable[[Health], str | None]] = {
    "etcd": lambda health: control_plane.unhealthy(f"{control_plane.ETCD_URL}/health", health.authority),
    "kube-apiserver": Health.api,
    "containerd": lambda health: unreachable(health.layout),
    "kube-controller-manager": lambda health: control_plane.unhealthy(
        f"https://{LOOPBACK}:10257/healthz", health.authority
    ),
    "kube-scheduler": lambda health: control_plane.unhealthy(f"https://{LOOPBACK}:10259/healthz", health.authority),
    "kubelet": lambda _: kubelet.unhealthy(kubelet.KUBELET_HEALTH),
    "kube-proxy": lambda _: kubelet.unhealthy(kubelet.PROXY_HEALTH),
    AGENT: Health.agent,
}


def agent(layout: Layout) -> Component | None:
    """The enforcer of network policies and provisioner of volumes; None in a checkout that has none."""
    root = layout.paths.root
    if not (root / "sandbox" / "agent" / "__main__.py").exists():
        return None
    kubeconfig = layout.kubeconfig(AGENT)
    options = {
        "kubeconfig": kubeconfig,
        "volumes": layout.volumes,
        "state": layout.policy_state,
        "pod-cidr": POD_CIDR,
        "node": NODE_NAME,
    }
    argv = (str(layout.paths.python), "-m", "sandbox.agent", *(f"--{name}={value}" for name, value in options.items()))
    # The fingerprint takes the agent's code in, so that a change of it takes effect at the next start.
    sources = tuple(sorted((root / "sandbox" / "agent").rglob("*.py")))
    return Component(AGENT, argv, (kubeconfig, *sources), {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"})
