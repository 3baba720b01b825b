from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.node.layout import Layout
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions


@dataclass(frozen=True, slots=True)
class Cluster:
    """The running sandbox as a person with `kubectl` sees it."""

    layout: Layout

    def kubectl(
        self, *arguments: str, stdin: str | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        command = (self.layout.program("kubectl"), *arguments)
        environment = {"PATH": os.defpath, "KUBECONFIG": str(self.layout.paths.kubeconfig)}
        done = subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True, check=False)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def get(self, *arguments: str) -> Any:
        return json.loads(self.kubectl("get", "-o", "json", *arguments).stdout)

    def apply(self, manifest: dict[str, Any]) -> None:
        self.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(manifest))


def restricted_pod(namespace: str, image: str, command: str) -> dict[str, Any]:
    """A pod that the strictest Pod Security level admits."""
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "Never",
        "command": ["/bin/bash", "-c", command],
        "resources": {"limits": {"memory": "64Mi", "cpu": "200m"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "probe", "namespace": namespace},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 1000,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        },
    }


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    return Cluster(Layout(Paths.find()))


@pytest.fixture(scope="session")
def image(cluster: Cluster) -> str:
    """The image of test pods, loaded into the node."""
    from sandbox import images

    images.load(cluster.layout.paths, ("debian",))
    return Versions.read(cluster.layout.paths.root).images["debian"]


@pytest.fixture(scope="module")
def namespace(cluster: Cluster) -> Iterator[str]:
    """A namespace that admits restricted pods only."""
    name = f"node-test-{secrets.token_hex(3)}"
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
    # pods are refused until the controllers have made the account that they run as
    cluster.kubectl("wait", "--for=create", "--timeout=30s", "-n", name, "serviceaccount/default")
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="module")
def probe(cluster: Cluster, namespace: str, image: str) -> str:
    """Name of a restricted pod that runs."""
    cluster.apply(restricted_pod(namespace, image, "echo started; sleep infinity"))
    cluster.kubectl("wait", "--for=condition=Ready", "--timeout=60s", "-n", namespace, "pod/probe")
    return "probe"
