"""The dev stack that `make up` left behind."""

from pathlib import Path

import pytest

from tests.sandbox.environment.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The deployed dev stack."""
    return Stack("dev", Path(tmp_path_factory.mktemp("environment")))
