"""Draw the example's result: new cases per continent and month.

`python -m examples.covid.chart RESULT_FOLDER OUT.png`
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import matplotlib as mpl
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

# Okabe and Ito's palette, told apart with any colour vision; the markers tell the lines apart in grey too.
STYLES = (
    ("#0072B2", "o"),
    ("#D55E00", "s"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#E69F00", "v"),
    ("#56B4E9", "P"),
    ("#000000", "X"),
)
SIZE, DOTS_PER_INCH = (10.0, 5.5), 150


class Month(NamedTuple):
    """A point of the chart; `month` is the month's first day."""

    continent: str
    month: date
    new_cases: int


class UnreadableResultError(Exception):
    """There is no such result; `str()` says what is missing where."""


def read(folder: Path) -> list[Month]:
    """The points in a folder of Parquet files with the columns `continent`, `month` and `new_cases`, among others.

    Raises:
        UnreadableResultError: no Parquet file, no row, or a column is missing.
    """
    if not any(folder.rglob("*.parquet")):
        raise UnreadableResultError(f"{folder}: there is no Parquet file; run the job first")
    query = """
        SELECT continent::VARCHAR, month::DATE, new_cases::BIGINT
        FROM read_parquet(?, hive_partitioning = true)
        ORDER BY ALL
    """
    try:
        with duckdb.connect() as connection:
            found = connection.execute(query, [f"{folder}/**/*.parquet"]).fetchall()
    except duckdb.Error as error:
        raise UnreadableResultError(f"{folder}: {error}") from error
    return [Month(*each) for each in found]


def draw(months: Iterable[Month], out: Path) -> None:
    """Write a PNG with a line per continent, those with the most cases first in the legend.

    Raises:
        UnreadableResultError: there is no point.
    """
    lines: dict[str, list[Month]] = defaultdict(list)
    for each in sorted(months):
        lines[each.continent].append(each)
    if not lines:
        raise UnreadableResultError("the result has no row: nothing to draw")
    with mpl.rc_context({"font.size": 11}):
        figure = Figure(figsize=SIZE, dpi=DOTS_PER_INCH, layout="constrained")
        axes: Any = figure.add_subplot()
        ordered = sorted(lines, key=lambda continent: -sum(each.new_cases for each in lines[continent]))
        for index, continent in enumerate(ordered):
            colour, marker = STYLES[index % len(STYLES)]
            points = lines[continent]
            axes.plot(
                [each.month for each in points],
                [each.new_cases for each in points],
                color=colour,
                marker=marker,
                markersize=5,
                linewidth=1.8,
                label=continent,
            )
        axes.set_title("Confirmed COVID-19 cases per continent and month", loc="left", fontweight="bold")
        axes.set_xlabel("Month")
        axes.set_ylabel("New cases in the month")
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
        locator = AutoDateLocator(minticks=1, maxticks=10)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.axhline(0, color="#555555", linewidth=0.8)
        axes.grid(axis="y", color="#DDDDDD")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        out.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(out, format="png")


def main(arguments: Sequence[str]) -> int:
    """Draw; 2 where the arguments are wrong, 1 where the result is."""
    if len(arguments) != 2:
        print("usage: python -m examples.covid.chart RESULT_FOLDER OUT.png", file=sys.stderr)
        return 2
    folder, out = map(Path, arguments)
    try:
        draw(read(folder), out)
    except UnreadableResultError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
