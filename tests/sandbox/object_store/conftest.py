"""One server, one store and one toolbox for all these tests; each finds the database whole and the bucket empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.object_store.lab import StoreLab, store_lab


@pytest.fixture(scope="session")
def filled_store() -> Iterator[StoreLab]:
    """The lab, its database filled once, and backed up once."""
    with store_lab() as made:
        made.fill()
        made.model()
        yield made


@pytest.fixture
def bench(filled_store: StoreLab) -> StoreLab:
    """The lab, without a backup and without what an earlier test restored."""
    filled_store.clear()
    return filled_store
