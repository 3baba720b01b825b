"""The programs of observability, built, without a cluster around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.toolchain.session import Session
from tests.sandbox.observability.lab import Place

PROGRAMS = ("prometheus", "alertmanager", "otelcol", "jaeger")


@pytest.fixture(scope="session", autouse=True)
def session() -> Session:
    """The toolchain, with all of them built; promtool and amtool come with the first two."""
    found = Session.open()
    missing = [part.name for part in found.parts if part.name in PROGRAMS and not part.ready()]
    # Where all is built nothing is locked, and no `make up` is waited for.
    if missing:
        found.build(missing)
    return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Where one test's program reads its configuration and listens."""
    return Place.made(tmp_path)
