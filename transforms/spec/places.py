"""Where data lies: files and tables, and how they are written there."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from transforms.documents.models import Entry
from transforms.documents.problems import Refused
from transforms.spec.fields import ColumnName, Text


class Csv(Entry):
    """CSV files with a header; `path` may be a folder or hold `*`."""

    path: Text = Field(description="The file, the folder or a pattern with *; relative to the job file.")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="What stands between two fields.")


class Json(Entry):
    """Files with one JSON object a line."""

    path: Text = Field(description="The file, the folder or a pattern with *; relative to the job file.")


class Parquet(Entry):
    """Parquet files."""

    path: Text = Field(description="The file, the folder or a pattern with *; relative to the job file.")


class Jdbc(Entry):
    """A table of a PostgreSQL database."""

    connection: Text = Field(
        description="The database, by the folder of its connection below $TRANSFORMS_CONNECTIONS.", examples=["cases"]
    )
    table: Text = Field(description="The table, with its schema: public.cases.", examples=["public.cases"])
    partition_column: ColumnName | None = Field(
        default=None, description="A whole number or date by which several tasks share the reading."
    )
    partitions: int = Field(default=1, ge=1, le=64, description="How many tasks share the reading.")

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if (self.partition_column is None) != (self.partitions == 1):
            raise Refused("`partition_column` and `partitions` go together", wanted="both or neither")
        return self


class ParquetFolder(Entry):
    """A folder of Parquet files, one subfolder for each value of `partition_by`."""

    path: Text = Field(description="The folder; relative to the job file.")
    partition_by: tuple[ColumnName, ...] = Field(default=(), strict=False, description="Columns that become folders.")


class CsvFolder(Entry):
    """A folder of CSV files with a header."""

    path: Text = Field(description="The folder; relative to the job file.")
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="What stands between two fields.")
    partition_by: tuple[ColumnName, ...] = Field(default=(), strict=False, description="Columns that become folders.")


class JdbcTable(Entry):
    """A table of a PostgreSQL database; made when it is not there."""

    connection: Text = Field(description="The database, by the folder of its connection.", examples=["cases"])
    table: Text = Field(description="The table, with its schema: public.monthly.", examples=["public.monthly"])


Mode = Literal["overwrite", "append", "overwrite_partitions", "upsert"]
