"""One Spark for all of these tests."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from tests.transforms.session import start


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    session = start(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()
