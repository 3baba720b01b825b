"""Namespaces and pods of a test's own on the sandbox's node."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sandbox.node.layout import Layout
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions

SETTLING = 10.0
"""Seconds that a change gets to take effect; usually it takes a tenth of one."""
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def eventually(question: Callable[[], bool], patience: float = SETTLING) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + patience
    while not (found := question()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@dataclass(frozen=True, slots=True)
class Lab:
    """One namespace of the running sandbox."""

    namespace: str
    layout: Layout = field(default_factory=lambda: Layout(Paths.find()))

    def kubectl(
        self, *arguments: str, stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl in the namespace."""
        command = [self.layout.program("kubectl"), "--namespace", self.namespace, *arguments]
        environment = {"PATH": os.defpath, "KUBECONFIG": str(self.layout.paths.kubeconfig)}
        done = subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True, check=False)
        if check:
            assert done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}"
        return done

    def get(self, *arguments: str) -> Any:
        """Objects as JSON."""
        return json.loads(self.kubectl("get", "-o", "json", *arguments).stdout)

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        """Apply objects; those without a namespace go into this one."""
        bundle = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=json.dumps(bundle))

    def delete(self, *names: str) -> None:
        """Delete objects by `kind/name` and wait until they are gone."""
        self.kubectl("delete", "--ignore-not-found", "--timeout=60s", *names)

    def ready(self, *pods: str, patience: int = 60) -> None:
        """Wait until pods are ready; what hinders one is shown."""
        names = [f"pod/{pod}" for pod in pods]
        done = self.kubectl("wait", "--for=condition=Ready", f"--timeout={patience}s", *names, check=False)
        if done.returncode:
            hindrances = [self.kubectl("events", "--for", name, check=False).stdout for name in names]
            logs = [self.kubectl("logs", "--all-containers", "--tail=20", name, check=False).stdout for name in names]
            raise AssertionError("\n".join([done.stderr, *hindrances, *logs]))

    def run(self, pod: str, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a program in a pod."""
        return self.kubectl("exec", pod, "--", *command, check=check)

    def address(self, pod: str) -> str:
        """The address of a running pod."""
        return str(self.get("pod", pod)["status"]["podIP"])


def resources(memory: str, cpu: str) -> dict[str, Any]:
    """Limits of a container that asks for next to nothing, so that a full node still takes it."""
    return {"limits": {"memory": memory, "cpu": cpu}, "requests": {"memory": "16Mi", "cpu": "10m"}}


def pod(
    name: str, *script: str, image: str = "debian", labels: Mapping[str, str] | None = None, **spec: Any
) -> dict[str, Any]:
    """Describe a pod that the strictest Pod Security level admits; `script` is run by bash."""
    container = {
        "name": "main",
        "image": Versions.read().images[image],
        "imagePullPolicy": "IfNotPresent",
        "command": ["bash", "-c", "\n".join(script) or "sleep infinity"],
        "resources": resources("128Mi", "500m"),
        "securityContext": RESTRICTED,
    }
    identity = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    container |= spec.pop("container", {})
    identity |= spec.pop("identity", {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"name": name, **(labels or {})}},
        "spec": {
            "containers": [container],
            "securityContext": identity,
            "terminationGracePeriodSeconds": 0,
            "automountServiceAccountToken": False,
            **spec,
        },
    }


@contextmanager
def lab(purpose: str, labels: Mapping[str, str] | None = None) -> Iterator[Lab]:
    """A new namespace, gone afterwards with all that is in it."""
    made = Lab(f"{purpose}-{secrets.token_hex(3)}")
    restricted = {"pod-security.kubernetes.io/enforce": "restricted", **(labels or {})}
    made.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": made.namespace, "labels": restricted}})
    # Pods are refused until the controllers have made the account that they run as.
    made.kubectl("wait", "--for=create", "--timeout=30s", "serviceaccount/default")
    try:
        yield made
    finally:
        made.kubectl("delete", "namespace", made.namespace, "--timeout=120s")
