"""The Spark that these tests run on: settings as a run has them, on this machine."""

import logging
from pathlib import Path

from pyspark.sql import SparkSession

from transforms.runtime.session import SETTINGS

_HERE = {
    "spark.master": "local[2]",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    # Compiling a plan to Java takes longer than these tables do without.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
_LOG = """
rootLogger.level = error
rootLogger.appenderRef.err.ref = err
appender.err.type = Console
appender.err.name = err
appender.err.target = SYSTEM_ERR
appender.err.layout.type = PatternLayout
appender.err.layout.pattern = %p %c{1}: %m%n
"""


def start(folder: Path, **more: str) -> SparkSession:
    """A session, with more settings if need be; whatever it writes of its own goes below `folder`."""
    # An error of Spark comes with its whole stack as JSON; the exception says the same in a sentence.
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
    log = folder / "log4j2.properties"
    log.write_text(_LOG, encoding="utf-8")
    builder = SparkSession.Builder()
    own = {
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={log} -Dderby.system.home={folder}",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.local.dir": str(folder),
    }
    for key, value in {**SETTINGS, **_HERE, **own, **more}.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()
