from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.high_availability.cluster import Cluster, cluster
from tests.high_availability.operator import operator


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with operator(), cluster(tmp_path_factory.mktemp("high-availability")) as made:
        yield made
