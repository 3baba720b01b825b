"""CloudNativePG's operator as its project releases it, in a namespace of the tests' own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import yaml

from sandbox import images
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.session import Session
from tests.sandbox.network.lab import Lab

NAMESPACE = "test-cnpg-system"
OFFICIAL_NAMESPACE = "cnpg-system"
IMAGES = ("cloudnative-pg", "postgresql")
CLUSTERS = "customresourcedefinition/clusters.postgresql.cnpg.io"


@contextmanager
def operator() -> Iterator[Lab]:
    """Install the operator and its custom resources, and remove all of it; what is not built yet is built.

    Skips the test where the cluster has an operator of somebody else's: there is only one of it in a cluster.
    """
    made = Lab(NAMESPACE)
    ours = made.kubectl("get", "namespace", NAMESPACE, check=False).returncode == 0
    if not ours and made.kubectl("get", CLUSTERS, check=False).returncode == 0:
        pytest.skip("this cluster runs a CloudNativePG operator already, which these tests would replace")
    Session.open().build([f"image-{name}" for name in IMAGES])
    images.load(Paths.find(), IMAGES)
    manifest = yaml.safe_dump_all(released())
    if ours:  # A run that was interrupted left it.
        remove(made, manifest)
    try:
        made.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifest)
        made.kubectl("wait", "--for=condition=Available", "--timeout=120s", "deployment/cnpg-controller-manager")
        yield made
    finally:
        remove(made, manifest)


def released() -> list[dict[str, Any]]:
    """The release's manifest, with another namespace, and with an image that is there instead of pulled each time."""
    [file] = Paths.find().manifests.glob("cnpg-*.yaml")
    text = file.read_text().replace(OFFICIAL_NAMESPACE, NAMESPACE)
    described: list[dict[str, Any]] = [one for one in yaml.safe_load_all(text) if one]
    for one in described:
        if one["kind"] == "Deployment":
            for container in one["spec"]["template"]["spec"]["containers"]:
                container["imagePullPolicy"] = "IfNotPresent"
    return described


def remove(made: Lab, manifest: str) -> subprocess.CompletedProcess[str]:
    """Take everything of the manifest away, and wait until it is gone."""
    return made.kubectl("delete", "--ignore-not-found", "--timeout=120s", "-f", "-", stdin=manifest)
