"""The collector and Jaeger as programs, built, without a cluster around them."""

from __future__ import annotations

import pytest

from sandbox.toolchain.session import Session

PROGRAMS = ("otelcol", "jaeger")


@pytest.fixture(scope="session")
def session() -> Session:
    """The toolchain, with both built."""
    found = Session.open()
    missing = [part.name for part in found.parts if part.name in PROGRAMS and not part.ready()]
    # Where all is built nothing is locked, and no `make up` is waited for.
    if missing:
        found.build(missing)
    return found
