"""What Parquet files say of themselves: columns, types and rows, without reading a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from transforms.documents.problems import nearest, quoted
from transforms.runtime.errors import RunError
from transforms.runtime.files import Files, reason
from transforms.runtime.session import jvm
from transforms.spec.job import ColumnSpec, SourceSpec
from transforms.types import Type, common, parse_type


@dataclass(frozen=True)
class Footer:
    """A file's columns by name, each with its type in Spark's words, and how many rows it has."""

    columns: Mapping[str, str]
    rows: int


def footer(session: SparkSession, files: Files, file: str) -> Footer:
    """Read the footer of a Parquet file.

    Raises:
        RunError: it is no Parquet file, or was cut.
    """
    java = jvm(session)
    hadoop = java.org.apache.parquet.hadoop
    configuration = session._jsc.hadoopConfiguration()  # noqa: SLF001
    try:
        reader = hadoop.ParquetFileReader.open(hadoop.util.HadoopInputFile.fromPath(files.path(file), configuration))
        try:
            rows = int(reader.getRecordCount())
            message = reader.getFooter().getFileMetaData().getSchema()
        finally:
            reader.close()
        state = session._jsparkSession.sessionState()  # noqa: SLF001
        package = java.org.apache.spark.sql.execution.datasources.parquet
        converted = package.ParquetToSparkSchemaConverter(state.conf()).convert(message)
    except Py4JJavaError as error:
        raise RunError(f"{file} is no whole Parquet file: {reason(error)}") from None
    schema = StructType.fromJson(_parsed(converted.json()))
    return Footer({each.name: each.dataType.simpleString() for each in schema.fields}, rows)


def _parsed(text: str) -> dict[str, object]:
    import json

    found: dict[str, object] = json.loads(text)
    return found


def drift(spec: SourceSpec, file: str, found: Footer, partitions: tuple[str, ...]) -> list[str]:
    """In what a file differs from the columns that the job declares for it."""
    problems = []
    for name, column in spec.columns.items():
        if column.matching:
            continue
        wanted = column.headers or (name,)
        actual = next((each for each in wanted if each in found.columns), None)
        if actual is None:
            if not column.optional and not any(each in partitions for each in wanted):
                near = nearest(wanted[0], tuple(found.columns))
                problems.append(
                    f"{file}: no column {' or '.join(map(quoted, wanted))}"
                    + (f"; is it {quoted(near)}?" if near else f"; it has {', '.join(list(found.columns)[:8])}")
                )
        elif not fits(found.columns[actual], column):
            problems.append(
                f"{file}: the column {actual} is {found.columns[actual]}, and the job expects {column.type}"
            )
    return problems


def fits(actual: str, column: ColumnSpec) -> bool:
    """Whether every value of a file's type is one of the column's type."""
    found = parse_type(actual)
    if found is None or found == column.type:
        return found == column.type
    return (
        found.numeric
        and column.type.numeric
        and common((found, column.type)) == column.type
        and _exact(found, column.type)
    )


def _exact(source: Type, target: Type) -> bool:
    return not (target.fractional and (source.name == "bigint" or source.name == "decimal"))
