from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from tests.transforms.runtime.jobs import CASES, Workshop


@pytest.fixture
def shop(spark: SparkSession, tmp_path: Path) -> Workshop:
    workshop = Workshop(spark, tmp_path)
    workshop.write("in/cases.csv", CASES)
    return workshop
