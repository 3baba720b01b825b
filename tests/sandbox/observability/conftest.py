"""The programs of observability, built where they are not yet."""

import pytest

from sandbox.toolchain.session import Session


@pytest.fixture(scope="session", autouse=True)
def programs() -> None:
    """Prometheus with promtool, and Alertmanager with amtool."""
    Session.open().build(["prometheus", "alertmanager"])
