"""Small jobs and the folders they work in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pyspark.sql import SparkSession

from transforms.reading import read_job
from transforms.runtime.report import Report
from transforms.runtime.run import check, run

CASES = "country,day,cases\nItaly,2020-03-01,1694\nKenya,2020-03-01,0\nItaly,2020-03-02,2036\n"
COLUMNS = {"country": "string", "day": "date", "cases": "bigint"}


@dataclass
class Workshop:
    """A folder with a job's data, and the session that its jobs run in."""

    spark: SparkSession
    folder: Path

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def job(
        self, *, source: Mapping[str, Any] | None = None, sink: Mapping[str, Any] | None = None, **more: Any
    ) -> Path:
        """A job from `in/*.csv` to the folder `out`, changed as the test wishes."""
        content = {
            "name": "cases",
            "sources": {"cases": source or {"csv": {"path": "in"}, "columns": COLUMNS}},
            "steps": [],
            "sinks": {"result": sink or {"parquet": {"path": "out"}}},
            **more,
        }
        file = self.folder / "job.yaml"
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        return file

    def run(self, file: Path) -> Report:
        return run(read_job(file), session=self.spark)

    def check(self, file: Path) -> tuple[str, ...]:
        return check(read_job(file), session=self.spark)

    def rows(self, folder: str = "out", *columns: str) -> list[tuple[Any, ...]]:
        """The rows of a folder of Parquet, in order."""
        frame = self.spark.read.parquet(str(self.folder / folder))
        return sorted((tuple(row) for row in frame.select(*(columns or frame.columns)).collect()), key=repr)

    def entries(self) -> set[str]:
        """What lies in the folder, staged and old data included."""
        return {entry.name for entry in self.folder.iterdir()}

    def parquet(self, name: str, schema: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """One Parquet file."""
        frame = self.spark.createDataFrame(list(rows), schema).coalesce(1)
        frame.write.mode("append").parquet(str(self.folder / name))
