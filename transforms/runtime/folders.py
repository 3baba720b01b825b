"""Sinks that are folders of files: written beside their place, and moved there when the whole job was judged good."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as fn

from transforms.query.parameters import quote
from transforms.runtime.files import Files
from transforms.spec.places import CsvFolder, Mode, ParquetFolder

STAGING, OLD = ".staging-", ".old-"


@dataclass
class FolderSink:
    """A folder that a run writes.

    Attributes:
        path: the folder.
        run: the run's id, part of the names of all that is not in its place yet.
    """

    files: Files
    target: ParquetFolder | CsvFolder
    path: str
    mode: Mode
    run: str
    batch: str = ""

    @property
    def _beside(self) -> tuple[str, str]:
        above, _, name = self.path.rstrip("/").rpartition("/")
        return above, name

    def _named(self, what: str, run: str) -> str:
        above, name = self._beside
        return f"{above}/.{name}{what}{run}"

    @property
    def place(self) -> str:
        """Where it is, for reports."""
        return self.path

    def recover(self) -> list[str]:
        """Put right what a killed run left; returns what was done, a sentence each."""
        above, name = self._beside
        done = []
        for entry in sorted(self.files.children(above)):
            if entry.startswith(f".{name}{OLD}"):
                if self.files.exists(self.path):
                    self.files.remove(f"{above}/{entry}")
                else:
                    self.files.move(f"{above}/{entry}", self.path)
                    done.append(f"{self.path}: a run was killed while it replaced the folder; the old one is back")
            elif entry.startswith(f".{name}{STAGING}"):
                self.files.remove(f"{above}/{entry}")
        return done

    def check(self) -> None:
        """Whether one could write there.

        Raises:
            RunError: one could not.
        """
        above, name = self._beside
        self.files.make_folder(above)
        self.files.write_probe(f"{above}/.{name}.probe-{self.run}")

    def stage(self, frame: DataFrame, *, empty: bool = False) -> None:
        """Write all rows beside the place."""
        partitions = self.target.partition_by
        staging = self._named(STAGING, self.run)
        is_csv = isinstance(self.target, CsvFolder)
        writer = (_without_lists(frame) if is_csv else frame).write
        if partitions and not empty:
            # Written by partitions, no row makes no file, and a folder without one has no columns.
            writer = writer.partitionBy(*partitions)
        if isinstance(self.target, CsvFolder):
            writer.options(header=True, sep=self.target.delimiter, quote='"', escape='"').csv(staging)
        else:
            writer.parquet(staging)

    def discard(self) -> None:
        """Remove what was staged."""
        self.files.remove(self._named(STAGING, self.run))

    def publish(self) -> None:
        """Move what was staged into its place."""
        staging = self._named(STAGING, self.run)
        if self.mode == "append":
            self._publish_batch(staging)
        elif self.mode == "overwrite_partitions" and self.files.exists(self.path):
            self._publish_partitions(staging)
        else:
            self._replace(self.path, staging, self._named(OLD, self.run))

    def _replace(self, place: str, by: str, old: str) -> None:
        """Two renames: between them a killed run leaves the old folder under another name, and `recover` finds it."""
        there = self.files.exists(place)
        if there:
            self.files.move(place, old)
        self.files.move(by, place)
        if there:
            self.files.remove(old)

    def _publish_batch(self, staging: str) -> None:
        """Add the files under the batch's name, then remove what an earlier run of the same batch had added."""
        prefix = f"batch-{hashlib.sha256(self.batch.encode()).hexdigest()[:16]}-"
        for folder, name in self._leaves(staging, ""):
            self.files.make_folder(f"{self.path}/{folder}".rstrip("/"))
            self.files.move(f"{staging}/{folder}{name}", f"{self.path}/{folder}{prefix}{self.run}-{name}")
        for folder, name in self._leaves(self.path, ""):
            if name.startswith(prefix) and not name.startswith(f"{prefix}{self.run}-"):
                self.files.remove(f"{self.path}/{folder}{name}")
        self.files.remove(staging)

    def _publish_partitions(self, staging: str) -> None:
        depth = len(self.target.partition_by)
        for partition in self._folders(staging, depth):
            place = f"{self.path}/{partition}"
            above = place.rpartition("/")[0]
            self.files.make_folder(above)
            self._replace(place, f"{staging}/{partition}", f"{above}/.{place.rpartition('/')[2]}{OLD}{self.run}")
        self.files.remove(staging)

    def _folders(self, root: str, depth: int, below: str = "") -> Iterator[str]:
        for name in self.files.children(f"{root}/{below}".rstrip("/")):
            if "=" not in name:
                continue
            here = f"{below}{name}"
            if depth == 1:
                yield here
            else:
                yield from self._folders(root, depth - 1, f"{here}/")

    def _leaves(self, root: str, below: str) -> Iterator[tuple[str, str]]:
        """The data files of a folder: the folder they are in, with its slash, and their names."""
        for name in self.files.children(f"{root}/{below}".rstrip("/")):
            if name.startswith(("_", ".")):
                continue
            if "=" in name and self.files.is_folder(f"{root}/{below}{name}"):
                yield from self._leaves(root, f"{below}{name}/")
            else:
                yield below, name


def _without_lists(frame: DataFrame) -> DataFrame:
    """Lists, such as the broken rules of a quarantine, as texts: CSV has no lists."""
    lists = [each.name for each in frame.schema.fields if each.dataType.typeName() == "array"]
    return frame.withColumns({name: fn.concat_ws("; ", fn.col(quote(name))) for name in lists}) if lists else frame
