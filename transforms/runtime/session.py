"""The Spark session of a job, and the settings without which its promises would not hold."""

from __future__ import annotations

import logging
from typing import Any

from pyspark.sql import SparkSession

from transforms.runtime.errors import RunError

SETTINGS = {
    # Overflows, bad casts and division by zero are errors, not NULL.
    "spark.sql.ansi.enabled": "true",
    # The same file gives the same days wherever it runs.
    "spark.sql.session.timeZone": "UTC",
    # A query can neither call Java nor name a file.
    "spark.sql.runSQLOnFiles": "false",
    "spark.sql.restrictedMode.enabled": "true",
    # Each step is a table expression of its own, and resolving one takes two rounds; 100 rounds end at 45 steps.
    "spark.sql.analyzer.maxIterations": "1000",
    "spark.sql.optimizer.maxIterations": "1000",
    "spark.sql.sources.partitionOverwriteMode": "static",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.caseSensitive": "false",
    # Its bar and the lines that tell of the phases would write over each other.
    "spark.ui.showConsoleProgress": "false",
}


def open_session(name: str) -> SparkSession:
    """A session of its own for a job: views and settings of other jobs are not in it.

    The master is never set here: spark-submit, the operator or Spark's own configuration says where a job runs.

    Raises:
        RunError: Spark runs already, with a setting that cannot be changed any more.
    """
    _quieten()
    # Some are read when the JVM starts, the others by each session.
    builder = SparkSession.builder.appName(name)
    for key, value in SETTINGS.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate().newSession()
    for key, value in SETTINGS.items():
        if session.conf.isModifiable(key):
            session.conf.set(key, value)
        elif session.conf.get(key, "") != value:
            raise RunError(
                f"this Spark was started with another {key} than {value}, which cannot be changed afterwards"
            )
    return session


def _quieten() -> None:
    """PySpark logs each failed analysis as one line of JSON with its stack; the error itself says what matters."""
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def jvm(session: SparkSession) -> Any:
    """The Java side, which pyspark does not type."""
    return session._jvm  # noqa: SLF001 - files and footers are read there; pyspark has no public way
