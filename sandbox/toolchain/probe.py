"""Does a cluster's network enforce policies? One pod asks another, before and after a policy forbids it."""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.toolchain.errors import ToolchainError

PORT = 7777
START = 120
"""Seconds for both pods to start, an image pull included."""
EFFECT = 20.0
"""Seconds for a policy to take effect."""
LISTEN = (
    f"my $s = IO::Socket::INET->new(Listen => 5, LocalPort => {PORT}, ReuseAddr => 1) or die; "
    "while (my $c = $s->accept) { close $c }"
)


@dataclass(frozen=True, slots=True)
class Probe:
    """A canary in a namespace of its own, which is removed afterwards.

    Attributes:
        kubectl: the program.
        kubeconfig: names the cluster.
        image: a Debian, whose bash asks and whose perl answers.
    """

    kubectl: Path | str
    kubeconfig: Path
    image: str

    def enforced(self) -> bool:
        """Whether a connection that worked stops working once a policy forbids it.

        Raises:
            ToolchainError: the pods do not start, or cannot reach each other even without a policy.
        """
        namespace = f"etl-platform-probe-{secrets.token_hex(3)}"
        self._apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        try:
            self._apply(_pod(namespace, "server", self.image, ["perl", "-MIO::Socket::INET", "-e", LISTEN]))
            self._apply(_pod(namespace, "asker", self.image, ["sleep", "600"]))
            self._run("wait", "-n", namespace, "--for=condition=Ready", "pod", "--all", f"--timeout={START}s")
            address = self._run("get", "pod", "-n", namespace, "server", "-o", "jsonpath={.status.podIP}")
            if not self._becomes(namespace, address, reachable=True):
                raise ToolchainError("the probe's pods cannot reach each other, even without a network policy")
            self._apply(_closed(namespace))
            return self._becomes(namespace, address, reachable=False)
        finally:
            self._run("delete", "namespace", namespace, "--wait=false")

    def _becomes(self, namespace: str, address: str, *, reachable: bool) -> bool:
        until = time.monotonic() + EFFECT
        while time.monotonic() < until:
            ask = ["exec", "-n", namespace, "asker", "--", "timeout", "3", "bash", "-c", f"</dev/tcp/{address}/{PORT}"]
            if (self._call(*ask).returncode == 0) is reachable:
                return True
            time.sleep(0.5)
        return False

    def _apply(self, manifest: Mapping[str, Any]) -> None:
        self._run("apply", "-f", "-", stdin=json.dumps(manifest))

    def _run(self, *arguments: str, stdin: str | None = None) -> str:
        done = self._call(*arguments, stdin=stdin)
        if done.returncode:
            raise ToolchainError(f"kubectl {arguments[0]}: {done.stderr.strip()}")
        return done.stdout

    def _call(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [str(self.kubectl), f"--kubeconfig={self.kubeconfig}", *arguments]
        return subprocess.run(command, input=stdin or "", capture_output=True, text=True, check=False)


def _pod(namespace: str, name: str, image: str, command: list[str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": {"probe": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 65534,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": name,
                    "image": image,
                    "command": command,
                    "resources": {"limits": {"cpu": "100m", "memory": "64Mi"}},
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }


def _closed(namespace: str) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": namespace},
        "spec": {"podSelector": {"matchLabels": {"probe": "server"}}, "policyTypes": ["Ingress"]},
    }
