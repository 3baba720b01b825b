from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.plugins.kubernetes.cluster import Cluster
from sandbox.plugins.kubernetes.options import Options
from sandbox.toolchain.paths import Paths
from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.kubernetes.sandbox import Namespace


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    kubeconfig = Paths.find().kubeconfig
    assert kubeconfig.exists(), "the sandbox does not run: `make up` starts it"
    return Cluster(Options(kubeconfig=str(kubeconfig)))


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[Namespace]:
    made = Namespace(cluster, f"plugin-{secrets.token_hex(4)}")
    yield made
    made.remove()


@pytest.fixture
def project(tmp_path: Path, namespace: Namespace) -> Project:
    kubeconfig = str(Paths.find().kubeconfig)
    return Project(tmp_path, "plugin", {"KUBECONFIG": kubeconfig, "NAMESPACE": namespace.name})
