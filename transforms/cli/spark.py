"""Spark as a command finds it: what runs where is never decided here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from transforms.cli.errors import FAILED, CommandError, brief
from transforms.job import Job

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

INSTALL = "Spark is not installed here: pip install 'etl-transforms[spark]', or submit the job with spark-submit"


@contextmanager
def session(name: str) -> Iterator[SparkSession]:
    """A session of that name, stopped at the end. Its master comes from spark-submit, a configuration, or PySpark.

    Raises:
        CommandError: there is no Spark, or it does not start.
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise no_spark(error) from error
    try:
        spark = SparkSession.builder.appName(name).getOrCreate()
    except PySparkRuntimeError as error:
        raise CommandError(
            f"Spark did not start ({brief(error)}). It needs Java 17 or newer: on PATH, or by JAVA_HOME", FAILED
        ) from error
    try:
        yield spark
    finally:
        spark.stop()


def no_spark(error: ImportError) -> BaseException:
    """What to raise when an import failed: ours when PySpark is missing, the error itself otherwise."""
    return CommandError(INSTALL, FAILED) if (error.name or "").partition(".")[0] in {"pyspark", "py4j"} else error


def refuse_open_parameters(job: Job) -> None:
    """A job can be looked at without its parameters' values, but it cannot run.

    Raises:
        CommandError: some have none.
    """
    if missing := job.open_parameters():
        asked = " ".join(f"--set {name}=…" for name in missing)
        raise CommandError(f"parameters without a value: {', '.join(missing)}. Give them: {asked}")
