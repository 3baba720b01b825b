from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.plugins.harness import Project
from tests.sandbox.plugins.postgresql.database import Databases
from tests.sandbox.servers import Throwaway, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[Throwaway]:
    with postgresql() as server:
        yield server


@pytest.fixture
def databases(server: Throwaway, tmp_path: Path) -> Databases:
    """The server's databases, seen by an administrator's own hands."""
    authority = tmp_path / "authority.pem"
    authority.write_text(server.authority)
    return Databases(server, authority)


@pytest.fixture
def project(databases: Databases, tmp_path: Path) -> Iterator[Project]:
    """A project whose provider speaks to the server; what a test leaves on it is removed."""
    yield Project(tmp_path, "databases", databases.environment)
    databases.clean()
