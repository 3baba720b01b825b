"""One server and one toolbox for all these tests; each finds the database whole and no backup."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.backups.lab import Lab, lab


@pytest.fixture(scope="session")
def filled() -> Iterator[Lab]:
    """The lab, its database filled once."""
    with lab() as made:
        made.fill()
        yield made


@pytest.fixture
def bench(filled: Lab) -> Lab:
    """The lab, without a backup and without what an earlier test restored."""
    filled.shell("find /backups -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +")
    filled.forget()
    return filled
