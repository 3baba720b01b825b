from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import images
from sandbox.toolchain.paths import Paths
from tests.sandbox.network.lab import Lab, lab


@pytest.fixture(scope="session")
def home() -> Iterator[Lab]:
    images.load(Paths.find())
    with lab("images") as made:
        yield made
