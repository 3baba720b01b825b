"""The Spark session that the figures are taken in, and how a query is run so that nothing but it is measured."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from benchmarks.report import NotMeasuredError

CORES = 2
HEAP = "4g"
SETTINGS = {
    "spark.sql.shuffle.partitions": str(2 * CORES),
    "spark.sql.ansi.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.driver.host": "localhost",
}


@contextmanager
def session(scratch: Path) -> Iterator[SparkSession]:
    """A session of two cores with a bounded heap, whose temporary files lie in `scratch`.

    Raises:
        NotMeasuredError: one with other settings runs in this process already.
    """
    if SparkSession.getActiveSession():
        raise NotMeasuredError("a Spark session runs already in this process")
    # Read when the JVM starts: options of a builder come too late for its heap.
    os.environ["PYSPARK_SUBMIT_ARGS"] = f"--driver-memory {HEAP} --conf spark.local.dir={scratch} pyspark-shell"
    builder = SparkSession.builder.master(f"local[{CORES}]").appName("benchmarks")
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def run(frame: DataFrame) -> None:
    """Compute every row and column, and keep none."""
    frame.write.format("noop").mode("overwrite").save()
