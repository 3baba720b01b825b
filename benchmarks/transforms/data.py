"""Tables to measure on: seeded, of any size, with distributions like those of the tables that they imitate.

`lineitem`, `orders` and `customer` follow the rules of TPC-H's specification for the columns that its queries 1, 3
and 6 read (ranges, dates that follow one another, one to seven lines an order), but they are not dbgen's data, so
these figures compare with each other and not with published ones. `daily` has the columns of Our World in Data's
COVID-19 table that the jobs here read, for as many places as the size asks for.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.report import NotMeasuredError

SEED = 20260101
DAYS = 1600  # of OWID's table: 2020-01-01 to 2024-05-18
LINES_AN_ORDER = 4  # on average, as 1 to 7 are equally likely
ORDERS_A_CUSTOMER = 10
BYTES_A_ROW = 40  # of all tables together; what is asked for, twice, before anything is written
SHARES = {"clean": 0.0, "some": 0.001, "many": 0.05}
"""The share of `daily`'s rows that break a rule, by the table's variant."""
LARGEST = 10_000_000  # rows with which every variant is made and measured; with more, only the clean one


def shares(rows: int) -> dict[str, float]:
    """The variants of `daily` that there are with so many rows, and the share of each that breaks a rule."""
    return {variant: share for variant, share in SHARES.items() if rows <= LARGEST or not share}


@dataclass(frozen=True)
class Tables:
    """Parquet files, by table. `rows` of the largest ones; `megabytes` of all together."""

    folder: Path
    rows: int

    def __getitem__(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    @property
    def megabytes(self) -> float:
        """What they take on disk."""
        return sum(file.stat().st_size for file in self.folder.iterdir()) / 1e6


@contextmanager
def tables(folder: Path, rows: int) -> Iterator[Tables]:
    """Write the tables into a new folder, and remove it at the end.

    Raises:
        NotMeasuredError: the disk has no room for them.
    """
    need, free = rows * BYTES_A_ROW, shutil.disk_usage(folder.parent).free
    if free < 2 * need:
        raise NotMeasuredError(f"{rows:,} rows need {2 * need / 1e9:.0f} GB of disk below {folder.parent}")
    folder.mkdir()
    try:
        made = Tables(folder, rows)
        with duckdb.connect(config={"threads": 2, "memory_limit": "3GB", "preserve_insertion_order": False}) as writer:
            for table, query in queries(rows).items():
                writer.execute(f"COPY ({query}) TO '{made[table]}' (FORMAT parquet, COMPRESSION snappy)")
        yield made
    finally:
        shutil.rmtree(folder)


def queries(rows: int) -> dict[str, str]:
    """What each table is, in DuckDB's SQL; by table."""
    places, orders = max(rows // DAYS, 1), max(rows // LINES_AN_ORDER, 1)
    customers = max(orders // ORDERS_A_CUSTOMER, 1)
    return {
        "places": _PLACES.format(places=places, continent=_draw("place", 1, 6), thousands=_draw("place", 2, 100_000)),
        **{f"daily_{name}": _daily(places, share) for name, share in shares(rows).items()},
        "customer": _CUSTOMER.format(customers=customers, segment=_draw("id", 3, 5)),
        "orders": f"SELECT {_ORDER.format(customers=customers)} FROM range({orders}) AS t(id)",
        "lineitem": _LINEITEM.format(
            orders=orders,
            order_day=_draw("id", 5, ORDER_DAYS),
            lines=_draw("id", 6, 7),
            quantity=_draw("line", 7, 50),
            price=_draw("line", 8, 110_001),
            discount=_draw("line", 9, 11),
            tax=_draw("line", 10, 9),
            ship=_draw("line", 11, 121),
            receipt=_draw("line", 12, 30),
            returned=_draw("line", 13, 2),
        ),
    }


def _draw(key: str, column: int, below: int) -> str:
    """A whole number from 0 to `below` exclusive that depends on the row's key, the column and the seed alone."""
    return f"(hash({key}, {SEED + column}) % {below})::BIGINT"


ORDER_DAYS = 2406  # days from 1992-01-01 on which orders are made: up to 151 before 1998-12-31
_CUSTOMER = """
    SELECT id AS c_custkey,
        ['AUTOMOBILE', 'BUILDING', 'FURNITURE', 'HOUSEHOLD', 'MACHINERY'][1 + {segment}] AS c_mktsegment
    FROM range({customers}) AS t(id)"""
_ORDER = f"""
    id AS o_orderkey, (hash(id, {SEED + 4}) % {{customers}})::BIGINT AS o_custkey,
    DATE '1992-01-01' + {_draw("id", 5, ORDER_DAYS)}::INTEGER AS o_orderdate, 0 AS o_shippriority"""
_LINEITEM = """
    WITH line AS (
        SELECT id, 8 * id + number AS line, DATE '1992-01-01' + {order_day}::INTEGER AS ordered
        FROM (SELECT id, unnest(range(1 + {lines})) AS number FROM range({orders}) AS t(id))
    ), sent AS (
        SELECT *, ordered + (1 + {ship})::INTEGER AS shipped, 1 + {quantity} AS quantity FROM line
    )
    SELECT id AS l_orderkey, quantity::DECIMAL(15, 2) AS l_quantity,
        (quantity * (90000 + {price}) / 100)::DECIMAL(15, 2) AS l_extendedprice,
        ({discount} / 100)::DECIMAL(15, 2) AS l_discount, ({tax} / 100)::DECIMAL(15, 2) AS l_tax,
        CASE WHEN shipped + (1 + {receipt})::INTEGER > DATE '1995-06-17' THEN 'N'
            ELSE ['R', 'A'][1 + {returned}] END AS l_returnflag,
        CASE WHEN shipped > DATE '1995-06-17' THEN 'O' ELSE 'F' END AS l_linestatus,
        shipped AS l_shipdate
    FROM sent"""
_PLACES = """
    SELECT CASE WHEN place % 20 = 0 THEN 'OWID_' ELSE '' END || 'P' || lpad(place::VARCHAR, 6, '0') AS iso_code,
        'Place ' || place AS location,
        ['Africa', 'Asia', 'Europe', 'North America', 'Oceania', 'South America'][1 + {continent}] AS continent,
        (1 + {thousands}) * 1000 AS population
    FROM range({places}) AS t(place)"""


def _daily(places: int, broken: float) -> str:
    """One row a place and day; of the given share of them one of ten columns' rules is broken, all alike often."""
    row = f"(place * {DAYS} + number)"
    wrong = f"CASE WHEN {_draw(row, 20, 1_000_000)} < {round(broken * 1_000_000)} THEN {_draw(row, 21, 10)} END"
    return f"""
    WITH day AS (
        SELECT place, number, {wrong} AS wrong,
            {_draw(row, 22, 500)} AS cases, {_draw(row, 23, 10)} AS deaths, {_draw(row, 24, 5000)} AS tests,
            {_draw(row, 25, 1001)} / 10 AS strict
        FROM (SELECT place, unnest(range({DAYS})) AS number FROM range({places}) AS t(place))
    )
    SELECT
        CASE WHEN wrong = 0 THEN NULL ELSE
            CASE WHEN place % 20 = 0 THEN 'OWID_' ELSE '' END || 'P' || lpad(place::VARCHAR, 6, '0') END AS iso_code,
        CASE WHEN wrong = 1 THEN '' ELSE 'Place ' || place END AS location,
        CASE WHEN wrong = 2 THEN DATE '1900-01-01' ELSE DATE '2020-01-01' + number::INTEGER END AS date,
        CASE WHEN wrong = 3 THEN -1 - cases ELSE cases END::DOUBLE AS new_cases,
        CASE WHEN wrong = 4 THEN -1 - deaths WHEN wrong = 5 THEN 1e7 ELSE deaths END::DOUBLE AS new_deaths,
        CASE WHEN wrong = 6 THEN NULL ELSE 500.0 * (1 + number) END::DOUBLE AS total_cases,
        CASE WHEN wrong = 7 THEN 1e7 ELSE cases + tests END::DOUBLE AS new_tests,
        CASE WHEN wrong = 8 THEN 101 ELSE strict END::DOUBLE AS stringency_index,
        CASE WHEN wrong = 9 THEN 'estimated' ELSE ['people', 'samples', 'tests'][1 + place % 3] END AS tests_units
    FROM day"""
