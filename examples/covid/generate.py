"""Write the example's data: the same bytes for the same arguments, and as little of it in memory as a country's days.

`python -m examples.covid.generate --out DIR [--countries N] [--days N] [--seed S] [--bad [TIMES]]`
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from examples.covid import daily, owid, series
from examples.covid.countries import Country, countries
from examples.covid.epidemic import FIRST_DAY, RECOVERED_UNTIL, course, day, sum_up
from examples.covid.sheet import Bad, Sheet, Spoiler

MANIFEST = "manifest.json"
COUNTRIES, DAYS = 200, 1143  # as the real series: to 9 March 2023


class Size(NamedTuple):
    """What to write.

    Attributes:
        countries: as many, at least one.
        days: as many from 22 January 2020 on, at least one.
        seed: the same one gives the same bytes.
        bad: how often each kind of bad row is put into each file that has bad rows; 0 for none.
    """

    countries: int = COUNTRIES
    days: int = DAYS
    seed: int = 1
    bad: int = 0


def generate(root: Path, size: Size) -> list[Bad]:
    """Write all files and the manifest below `root`, which must be empty or new.

    Bad rows come between the good ones and never instead of one: a file without the lines that the manifest names is,
    byte for byte, the file that the same seed gives without them.

    Raises:
        FileExistsError: there is something in `root`.
    """
    if root.is_dir() and any(root.iterdir()):
        raise FileExistsError(f"{root} is not empty: name a new folder, or empty it")
    for folder in (series.FOLDER, daily.FOLDER):
        (root / folder).mkdir(parents=True, exist_ok=True)
    chosen = countries(size.countries)
    sheets = [*_by_country(root, size, chosen), *_by_day(root, size, chosen)]
    bad = [each for sheet in sheets for each in sheet.bad]
    if size.bad:
        after = daily.file(day(size.days))
        (root / after).touch()
        bad.append(Bad(after, None, "empty_file"))
    manifest = {
        **size._asdict(),
        "files": [{"file": sheet.file, "good_rows": sheet.rows} for sheet in sheets],
        "bad_rows": [asdict(each) for each in bad],
    }
    (root / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return bad


def _by_country(root: Path, size: Size, chosen: Sequence[Country]) -> list[Sheet]:
    """The time series and Our World in Data's table."""
    layout = series.layout(size.days)
    aggregates = owid.Aggregates(size.days)
    known = (RECOVERED_UNTIL - FIRST_DAY).days + 1
    with ExitStack() as stack:
        measures = []
        for name, _ in series.MEASURES:
            file = series.file(name)
            spoiler = Spoiler(layout, size.bad, f"{size.seed}/{file}")
            measures.append(stack.enter_context(Sheet(root, file, layout, spoiler=spoiler)))
        spoiler = Spoiler(owid.LAYOUT, size.bad, f"{size.seed}/{owid.FILE}")
        table = stack.enter_context(Sheet(root, owid.FILE, owid.LAYOUT, spoiler=spoiler))
        for country in chosen:
            courses = [list(islice(course(country, each, size.seed), size.days)) for each in country.regions]
            courses = [[*each[:known], *(day._replace(recovered=0) for day in each[known:])] for each in courses]
            summed = [sum_up(counts) for counts in zip(*courses, strict=True)]
            for sheet, rows in zip(measures, series.rows(country, courses, summed), strict=True):
                for row in rows:
                    sheet.write(row)
            if country.iso_code:
                aggregates.add(country, summed)
                place = (country.iso_code, country.continent, country.location, country.population)
                for row in owid.rows(*place, summed):
                    table.write(row)
        for row in aggregates.rows():
            table.write(row)
    return [*measures, table]


def _by_day(root: Path, size: Size, chosen: Sequence[Country]) -> list[Sheet]:
    """The daily reports; the first one in each layout takes the bad rows."""
    places = [(country, region) for country in chosen for region in country.regions]
    courses = [course(country, region, size.seed) for country, region in places]
    sheets, seen = [], set()
    for index, counts in enumerate(islice(zip(*courses, strict=True), size.days)):
        date = day(index)
        layout, report, file = daily.layout(date), daily.report(date), daily.file(date)
        spoiler = None if layout.columns in seen else Spoiler(layout, size.bad, f"{size.seed}/{file}")
        seen.add(layout.columns)
        with Sheet(root, file, layout, byte_order_mark=date in daily.BY_HAND, spoiler=spoiler) as sheet:
            for (country, region), each in zip(places, counts, strict=True):
                if each.confirmed:
                    sheet.write(report.row(country, region, each))
        sheets.append(sheet)
    return sheets


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, and say what there is now; 2 where the arguments are wrong."""
    parser = argparse.ArgumentParser(prog="python -m examples.covid.generate", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder that is new or empty")
    parser.add_argument("--countries", type=_positive, default=COUNTRIES, metavar="N", help="default: %(default)s")
    parser.add_argument("--days", type=_positive, default=DAYS, metavar="N", help="from 22 January 2020; %(default)s")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: %(default)s")
    parser.add_argument(
        "--bad",
        type=_positive,
        nargs="?",
        const=1,
        default=0,
        metavar="TIMES",
        help="with bad rows, each kind so often",
    )
    given = parser.parse_args(arguments)
    try:
        bad = generate(given.out, Size(given.countries, given.days, given.seed, given.bad))
    except OSError as error:
        parser.error(str(error))
    print(f"{given.out}: {given.countries} countries, {given.days} days, {len(bad)} bad rows ({MANIFEST} names them)")
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
