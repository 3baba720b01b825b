"""A Docker engine of the tests' own: nothing of the one that `make local` starts is touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.docker import images
from sandbox.docker.engine import Engine, why_no_engine
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.session import Session

ADDRESSES = "172.29.0.0/16"
GROUP = "etl-docker-tests"
DEBIAN = "docker.io/library/debian:bookworm-slim"


@pytest.fixture(scope="session")
def unstarted(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine that does not run yet."""
    if reasons := why_no_engine():
        pytest.skip("; ".join(reasons))
    Session.open().build(["docker", "image-debian"])
    return Engine(Paths.find(), tmp_path_factory.mktemp("engine") / "e", ADDRESSES, GROUP)


@pytest.fixture(scope="module")
def engine(unstarted: Engine) -> Iterator[Engine]:
    """One that runs and holds Debian's image; it ends before that of `tests/sandbox/local` starts."""
    unstarted.start()
    try:
        images.load(unstarted.api, unstarted.paths, ["debian"])
        yield unstarted
    finally:
        unstarted.stop()
