"""Files wherever Hadoop's file systems reach: the local disk, object stores, HDFS."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from transforms.runtime.errors import RunError
from transforms.runtime.session import jvm

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
LONGEST_HEADER = 1 << 20
"""Characters of a header line; more is a file that is none."""

T = TypeVar("T")


def located(text: str, folder: Path) -> str:
    """A path as Spark takes it: with its scheme, or else absolute, relative ones beginning at the job's folder.

    `..` is taken out by name, as Hadoop does itself, so that one folder has one path in reports and overlaps.
    """
    if _SCHEME.match(text):
        return text
    return os.path.normpath((folder / text).absolute())


class Files:
    """The file systems as a session sees them.

    Every method raises RunError with what the file system said.
    """

    def __init__(self, session: SparkSession) -> None:
        self._jvm = jvm(session)
        self._configuration = session._jsc.hadoopConfiguration()  # noqa: SLF001

    def path(self, text: str) -> Any:
        """Hadoop's Path."""
        return self._jvm.org.apache.hadoop.fs.Path(text)

    def _system(self, path: Any) -> Any:
        return path.getFileSystem(self._configuration)

    def _try(self, what: str, do: Callable[[], T]) -> T:
        try:
            return do()
        except Py4JJavaError as error:
            raise RunError(f"{what}: {reason(error)}") from None

    def exists(self, text: str) -> bool:
        """Whether there is a file or folder."""
        path = self.path(text)
        return bool(self._try(text, lambda: self._system(path).exists(path)))

    def is_folder(self, text: str) -> bool:
        """Whether it is a folder."""
        path = self.path(text)
        return bool(self._try(text, lambda: self._system(path).getFileStatus(path).isDirectory()))

    def data_files(self, pattern: str) -> list[str]:
        """The files that a path, folder or pattern means, in order; those that begin with _ or . are not data."""
        path = self.path(pattern)
        found = self._try(pattern, lambda: self._system(path).globStatus(path)) or []
        return sorted(file for status in found for file in self._below(status))

    def _below(self, status: Any) -> Iterator[str]:
        path = status.getPath()
        if path.getName().startswith(("_", ".")):
            return
        if status.isDirectory():
            for each in self._try(str(path), lambda: self._system(path).listStatus(path)):
                yield from self._below(each)
        else:
            yield str(path.toString())

    def size(self, text: str) -> int:
        """Bytes of a file."""
        path = self.path(text)
        return int(self._try(text, lambda: self._system(path).getFileStatus(path).getLen()))

    def children(self, text: str) -> list[str]:
        """The names in a folder; none where there is no folder."""
        path = self.path(text)
        if not self.exists(text):
            return []
        return [each.getPath().getName() for each in self._try(text, lambda: self._system(path).listStatus(path))]

    def first_line(self, text: str) -> str | None:
        """The first line of a text file in UTF-8, also of a compressed one; None when the file is empty."""
        path = self.path(text)

        def read() -> str | None:
            stream = self._system(path).open(path)
            codec = self._jvm.org.apache.hadoop.io.compress.CompressionCodecFactory(self._configuration).getCodec(path)
            if codec is not None:
                stream = codec.createInputStream(stream)
            reader = self._jvm.java.io.BufferedReader(self._jvm.java.io.InputStreamReader(stream, "UTF-8"))
            try:
                line: str | None = reader.readLine()
                return line
            finally:
                reader.close()

        line = self._try(text, read)
        return line.removeprefix("\ufeff") if line is not None else None

    def move(self, source: str, target: str) -> None:
        """Rename a file or folder; one that is in the target's place is an error."""
        here, there = self.path(source), self.path(target)
        if self.exists(target):
            raise RunError(f"{target} is there already; it was to be made of {source}")
        if not self._try(source, lambda: self._system(here).rename(here, there)):
            raise RunError(f"{source} cannot be renamed to {target}")

    def remove(self, text: str) -> None:
        """Remove a file or a folder with all that is in it; nothing there is fine."""
        path = self.path(text)
        self._try(text, lambda: self._system(path).delete(path, True))

    def make_folder(self, text: str) -> None:
        """Make a folder and those above it."""
        path = self.path(text)
        self._try(text, lambda: self._system(path).mkdirs(path))

    def write_probe(self, text: str) -> None:
        """Make a file and remove it again: whether one could write there."""
        path = self.path(text)
        self._try(text, lambda: self._system(path).create(path, True).close())
        self.remove(text)


def reason(error: Py4JJavaError) -> str:
    """What a Java exception says, in one line, without its stack."""
    exception = error.java_exception
    while exception.getCause() is not None:
        exception = exception.getCause()
    message = str(exception.getMessage() or exception.getClass().getSimpleName())
    return message.splitlines()[0][:400]
