"""Spark as a command finds it: what runs where is never decided here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from transforms.cli.errors import FAILED, CommandError

INSTALL = "Spark is not installed here: pip install 'etl-transforms[spark]', or submit the job with spark-submit"
NOT_STARTED = "Spark did not start. It needs Java 17 or newer: on PATH, or by JAVA_HOME"
_NO_GATEWAY = "JAVA_GATEWAY_EXITED"
"""PySpark's word for a Java that is not there, or ended at once."""


@contextmanager
def spark_at_hand() -> Iterator[None]:
    """Around what imports and starts Spark.

    Raises:
        CommandError: it is not installed, or does not start.
    """
    try:
        yield
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in {"pyspark", "py4j"}:
            raise
        raise CommandError(INSTALL, FAILED) from error
    except Exception as error:
        if _NO_GATEWAY not in str(error):
            raise
        raise CommandError(NOT_STARTED, FAILED) from error
