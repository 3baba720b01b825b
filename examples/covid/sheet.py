"""A CSV file written row by row, and the bad rows that may be put between its good ones."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

BYTE_ORDER_MARK = "\ufeff"
NO_NUMBERS = ("twelve", "1 234", "--")
NO_DATES = ("2020-13-45", "31.02.2020", "yesterday")


@dataclass(frozen=True)
class Layout:
    """A file's columns, and which of them a bad row may spoil.

    Attributes:
        columns: all of them, in order.
        key: without one of these a row belongs to nobody.
        counts: integers, perhaps with `.0`; a duplicate has half of each, so that the greater one is the true one.
        date: None where the dates stand in the header.
    """

    columns: tuple[str, ...]
    key: tuple[str, ...]
    counts: tuple[str, ...]
    date: str | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        """What can be wrong with a row."""
        always = ("too_few_fields", "too_many_fields", "unparsable_number", "duplicate_key", "null_key")
        return (*always, "unparsable_date") if self.date else always


@dataclass(frozen=True)
class Bad:
    """A row that a job must not let through.

    Attributes:
        file: relative to the folder that was generated, with `/`.
        line: counted from 1, the header's; None where the whole file is meant.
        kind: one of `Layout.kinds`, or `empty_file`.
        column: the one that was spoiled, where it is one.
    """

    file: str
    line: int | None
    kind: str
    column: str | None = None


class Spoiler:
    """Puts each kind of bad row into a sheet a number of times, after good rows that the seed picks."""

    def __init__(self, layout: Layout, times: int, seed: str) -> None:
        self._layout = layout
        self._chance = random.Random(seed)  # noqa: S311
        self.left = list(layout.kinds) * times
        self._gap = self._chance.randrange(1, 4)
        self._done = 0

    def due(self) -> bool:
        """Whether the next bad row comes here; called once per good row."""
        self._gap -= 1
        if self._gap or not self.left:
            return False
        self._gap = self._chance.randrange(1, 4)
        return True

    def spoil(self, good: Sequence[str]) -> tuple[list[str], str, str | None]:
        """The next bad row, made of a good one, its kind and the column that is bad."""
        kind, fields, layout = self.left.pop(0), list(good), self._layout
        self._done += 1
        if kind == "too_few_fields":
            return fields[:-2], kind, None
        if kind == "too_many_fields":
            return [*fields, "1", "2"], kind, None
        if kind == "duplicate_key":
            for name in layout.counts:
                at = layout.columns.index(name)
                fields[at] = _half(fields[at])
            return fields, kind, None
        name, value = self._misfit(kind)
        fields[layout.columns.index(name)] = value
        return fields, kind, name

    def _misfit(self, kind: str) -> tuple[str, str]:
        if kind == "null_key":
            return self._chance.choice(self._layout.key), ""
        if kind == "unparsable_date":
            assert self._layout.date
            return self._layout.date, NO_DATES[self._done % len(NO_DATES)]
        return self._chance.choice(self._layout.counts), NO_NUMBERS[self._done % len(NO_NUMBERS)]


def _half(count: str) -> str:
    number, point, rest = count.partition(".")
    return f"{int(number) // 2}{point}{rest}" if number else count


class Sheet:
    """A CSV file that is being written: a line feed ends its lines, and what needs quotes has them."""

    def __init__(
        self, root: Path, file: str, layout: Layout, *, byte_order_mark: bool = False, spoiler: Spoiler | None = None
    ) -> None:
        """Write the header of `file`, which is relative to `root`; its folder is there."""
        self.file = file
        self.rows = 0
        self.bad: list[Bad] = []
        self._spoiler = spoiler
        self._last: Sequence[str] = ()
        self._stream = (root / file).open("w", encoding="utf-8", newline="")
        self._stream.write(BYTE_ORDER_MARK * byte_order_mark)
        self._put = csv.writer(self._stream, lineterminator="\n").writerow
        self._put(layout.columns)

    def write(self, fields: Sequence[str]) -> None:
        """Write a good row, and after it perhaps a bad one."""
        self._put(fields)
        self.rows += 1
        if self._spoiler and self._spoiler.left:
            self._last = fields
            if self._spoiler.due():
                self._write_bad(self._spoiler)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the bad rows for which there were too few good ones to come between, and close."""
        while error is None and self._last and self._spoiler and self._spoiler.left:
            self._write_bad(self._spoiler)
        self._stream.close()

    def _write_bad(self, spoiler: Spoiler) -> None:
        fields, kind, column = spoiler.spoil(self._last)
        self._put(fields)
        self.bad.append(Bad(self.file, 1 + self.rows + len(self.bad) + 1, kind, column))
