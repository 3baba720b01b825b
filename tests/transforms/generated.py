"""Random jobs over random small tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from transforms.schema import Column, Schema
from transforms.types import parse_type

TABLES = {
    "one": {
        "id": "int",
        "place of it": "string",
        "day": "date",
        "n": "smallint",
        "price": "decimal(10,2)",
        "rate": "double",
        "ok": "boolean",
    },
    "two": {"a.b": "bigint", "with `tick`": "string", "日": "date", "n": "int", "rate": "double"},
}
TEXTS = ("", "a", "A", "ab%", "it's", "x_y", "É n", "日本", "😀", " b ", "\\n", "NULL", "b")
DAYS = tuple(date(2020, 1, 22) + timedelta(days=step) for step in (0, 1, 9, 10, 38, 39, 400, -30, -10_000))
RATES = (0.0, 1.5, -2.25, 100.0, 0.25)


def cell(of: str, random: Random) -> Any:
    """A value of a type; one of five is NULL."""
    if random.random() < 0.2:
        return None
    if of in {"int", "smallint", "bigint"}:
        return random.choice((0, 1, 2, 3, -1, -7, 12, 100))
    if of.startswith("decimal"):
        return Decimal(random.choice(("0.00", "1.50", "-3.25", "10.05", "99.99")))
    choices: dict[str, tuple[Any, ...]] = {"string": TEXTS, "date": DAYS, "double": RATES, "boolean": (True, False)}
    return random.choice(choices[of])


def table(name: str, random: Random) -> list[dict[str, Any]]:
    """Up to a dozen rows, some of them twice; one of eight tables is empty."""
    rows = random.choice((0, *[random.randint(1, 10)] * 7))
    made = [{column: cell(of, random) for column, of in TABLES[name].items()} for _ in range(rows)]
    return made + [dict(row) for row in made[:2]]


def named(name: str) -> str:
    """A column in an expression."""
    return "`" + name.replace("`", "``") + "`"


def text(value: str) -> str:
    """A text in an expression."""
    return "'" + value.replace("'", "''") + "'"


@dataclass
class Writer:
    """Writes expressions over columns, each of the kind that is asked for."""

    schema: Schema
    random: Random

    def columns(self, *kinds: str) -> list[str]:
        """The columns whose type is one of these, or of these kinds."""
        return [c.name for c in self.schema if c.type.name in kinds or c.type.kind in kinds]

    def column(self, *kinds: str) -> str | None:
        """One of them."""
        found = self.columns(*kinds)
        return named(self.random.choice(found)) if found else None

    def any(self, depth: int = 2) -> str:
        """An expression of any kind."""
        return self.random.choice((self.number, self.text, self.day, self.condition))(depth)

    def pick(self, leaf: Callable[[], str], *forms: Callable[[], str], depth: int) -> str:
        """A leaf, or one of the forms while there is depth left."""
        return leaf() if depth <= 0 or self.random.random() < 0.25 else self.random.choice(forms)()

    def whole(self, depth: int = 1) -> str:
        """A whole number."""
        column = self.column("int", "smallint", "bigint")
        return self.pick(
            lambda: column if column and self.random.random() < 0.8 else str(self.random.choice((0, 1, 3, -2, 40))),
            lambda: f"{self.whole(depth - 1)} {self.random.choice('+-')} {self.whole(depth - 1)}",
            lambda: f"({self.whole(depth - 1)} + 1) * {self.random.choice((2, -3))}",
            lambda: f"{self.whole(depth - 1)} % 5",
            lambda: f"abs({self.whole(depth - 1)})",
            lambda: f"length({self.text(depth - 1)})",
            lambda: f"instr({self.text(depth - 1)}, {self.text(0)})",
            lambda: f"datediff({self.day(depth - 1)}, {self.day(depth - 1)})",
            lambda: f"{self.random.choice(DATE_PARTS)}({self.day(depth - 1)})",
            lambda: f"coalesce({self.whole(depth - 1)}, {self.whole(depth - 1)})",
            lambda: f"nullif({self.whole(depth - 1)}, {self.whole(depth - 1)})",
            lambda: f"ceil({self.number(depth - 1)} + 0.5)",
            lambda: f"if({self.condition(depth - 1)}, {self.whole(depth - 1)}, {self.whole(depth - 1)})",
            lambda: f"TRY_CAST({self.text(depth - 1)} AS int)",
            depth=depth,
        )

    def number(self, depth: int = 2) -> str:
        """A number."""
        column = self.column("number")
        return self.pick(
            lambda: column or "1.5",
            lambda: self.whole(depth),
            lambda: f"{self.number(depth - 1)} {self.random.choice('+-')} {self.number(depth - 1)}",
            lambda: f"{self.number(depth - 1)} * {self.random.choice(('2', '0.5', '-1'))}",
            lambda: f"{self.whole(depth - 1)} / {self.random.choice(('4', '-8', 'nullif(' + self.whole(0) + ', 0)'))}",
            lambda: f"try_divide({self.whole(depth - 1)}, {self.whole(depth - 1)})",
            lambda: f"round({self.number(depth - 1)}, 1)",
            lambda: f"{self.random.choice(('greatest', 'least'))}({self.number(depth - 1)}, {self.number(depth - 1)})",
            lambda: f"coalesce({self.number(depth - 1)}, {self.number(depth - 1)})",
            lambda: f"-{self.number(0)}",
            lambda: (
                f"CASE WHEN {self.condition(depth - 1)} THEN {self.number(depth - 1)}"
                f" WHEN {self.condition(depth - 1)} THEN {self.number(depth - 1)} END"
            ),
            depth=depth,
        )

    def text(self, depth: int = 2) -> str:
        """A text."""
        column = self.column("string")
        return self.pick(
            lambda: column if column and self.random.random() < 0.7 else text(self.random.choice(TEXTS)),
            lambda: f"{self.random.choice(('lower', 'upper', 'trim', 'ltrim', 'reverse'))}({self.text(depth - 1)})",
            lambda: f"{self.text(depth - 1)} || {self.text(depth - 1)}",
            lambda: f"concat_ws('-', {self.text(depth - 1)}, {self.text(depth - 1)})",
            lambda: f"substring({self.text(depth - 1)}, {self.random.choice((1, 2, -2))}, 2)",
            lambda: f"{self.random.choice(('left', 'right'))}({self.text(depth - 1)}, 2)",
            lambda: f"replace({self.text(depth - 1)}, 'a', '''')",
            lambda: f"coalesce({self.text(depth - 1)}, {self.text(0)})",
            lambda: f"CAST({self.whole(depth - 1)} AS string)",
            lambda: f"CASE WHEN {self.condition(depth - 1)} THEN {self.text(0)} ELSE {self.text(depth - 1)} END",
            depth=depth,
        )

    def day(self, depth: int = 1) -> str:
        """A date."""
        column = self.column("date")
        return self.pick(
            lambda: column if column and self.random.random() < 0.8 else f"DATE '{self.random.choice(DAYS)}'",
            lambda: f"{self.random.choice(('date_add', 'date_sub', 'add_months'))}({self.day(depth - 1)}, 3)",
            lambda: f"last_day({self.day(depth - 1)})",
            lambda: f"trunc({self.day(depth - 1)}, 'MM')",
            lambda: f"coalesce({self.day(depth - 1)}, {self.day(depth - 1)})",
            depth=depth,
        )

    def condition(self, depth: int = 2) -> str:
        """A condition."""
        column = self.column("boolean")
        compare = self.random.choice(("=", "<>", "<", "<=", ">", ">=", "<=>"))
        of = self.random.choice((self.number, self.text, self.day))
        return self.pick(
            lambda: column if column and self.random.random() < 0.4 else f"{of(0)} {compare} {of(0)}",
            lambda: f"{of(depth - 1)} {compare} {of(depth - 1)}",
            lambda: f"{of(depth - 1)} IS {self.random.choice(('', 'NOT '))}NULL",
            lambda: f"{of(depth - 1)} {self.random.choice(('', 'NOT '))}IN ({of(0)}, {of(0)}, {of(0)})",
            lambda: f"{of(depth - 1)} {self.random.choice(('', 'NOT '))}BETWEEN {of(0)} AND {of(0)}",
            lambda: f"{self.text(depth - 1)} LIKE {text(self.random.choice(PATTERNS))}",
            lambda: (
                f"{self.random.choice(('contains', 'startswith', 'endswith'))}({self.text(depth - 1)}, {self.text(0)})"
            ),
            lambda: f"NOT ({self.condition(depth - 1)})",
            lambda: f"{self.condition(depth - 1)} AND {self.condition(depth - 1)}",
            lambda: f"{self.condition(depth - 1)} OR {self.condition(depth - 1)}",
            depth=depth,
        )

    def aggregate(self) -> str:
        """One aggregate."""
        return self.random.choice(
            (
                lambda: "count(*)",
                lambda: f"count({self.any(1)})",
                lambda: f"sum({self.number(1)})",
                lambda: f"avg({self.number(1)})",
                lambda: f"{self.random.choice(('min', 'max'))}({self.any(1)})",
                lambda: f"count_if({self.condition(1)})",
                lambda: f"{self.random.choice(('bool_and', 'bool_or'))}({self.condition(1)})",
            )
        )()


PATTERNS = ("%a%", "_", "it's", "%", "x\\_y")
DATE_PARTS = ("year", "month", "quarter", "day", "dayofweek", "dayofyear", "weekofyear")


@dataclass
class Steps:
    """Writes steps; each is given the columns of what it works on."""

    random: Random
    rules: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def fresh(self) -> str:
        """A column's name that nothing has."""
        self.count += 1
        return self.random.choice(("c{}", "new {}", "x.{}", "ü{}")).format(self.count)

    def order(self, schema: Schema, *, total: bool) -> list[Any]:
        """An order; a total one leaves only equal rows undecided."""
        names = list(schema.names)
        self.random.shuffle(names)
        return [
            {
                "column": name,
                "descending": self.random.random() < 0.5,
                **({"nulls": self.random.choice(("first", "last"))} if self.random.random() < 0.5 else {}),
            }
            for name in (names if total else names[:1])
        ]

    def some(self, schema: Schema, most: int, *kinds: str) -> list[str]:
        """A few columns by which one can group."""
        names = [c.name for c in schema if c.type.kind in (kinds or ("string", "date", "boolean")) or c.type.integral]
        return self.random.sample(names, min(len(names), self.random.randint(1, most)))

    def write(self, kind: str, schema: Schema) -> dict[str, Any] | None:
        """A step's config, or None when these columns offer nothing to it."""
        config: dict[str, Any] | None = getattr(self, f"_{kind}")(schema, Writer(schema, self.random))
        return config

    def _filter(self, _: Schema, write: Writer) -> dict[str, Any]:
        return {"where": write.condition(3)}

    def _derive(self, schema: Schema, write: Writer) -> dict[str, Any]:
        return {
            "columns": {
                self.random.choice((self.fresh(), self.random.choice(schema.names))): write.any(3) for _ in range(2)
            }
        }

    def _select(self, schema: Schema, _: Writer) -> dict[str, Any]:
        chosen = self.random.sample(schema.names, self.random.randint(1, len(schema)))
        return {"columns": chosen, "rename": {name: self.fresh() for name in chosen[:1]}}

    def _aggregate(self, schema: Schema, write: Writer) -> dict[str, Any]:
        by = self.some(schema, 2) if self.random.random() < 0.8 else []
        return {"by": by, "values": {self.fresh(): write.aggregate() for _ in range(2)}}

    def _window(self, schema: Schema, write: Writer) -> dict[str, Any]:
        partition = self.some(schema, 1) if self.random.random() < 0.7 else []
        kind = self.random.choice(("whole", "peers", "total", "frame"))
        config: dict[str, Any] = {"partition_by": partition}
        calls = [write.aggregate()]
        if kind != "whole":
            config["order_by"] = self.order(schema, total=kind != "peers")
        if kind == "peers":
            calls += [self.random.choice(("rank()", "dense_rank()"))]
        if kind in {"total", "frame"}:
            calls += ["row_number()", f"lag({write.any(0)})", f"lead({write.any(0)}, 2)", f"last_value({write.any(0)})"]
        if kind == "frame":
            bounds = ("unbounded", 0, 1, 2)
            config["frame"] = {"preceding": self.random.choice(bounds), "following": self.random.choice(bounds)}
        return {**config, "values": {self.fresh(): self.random.choice(calls) for _ in range(2)}}

    def _join(self, schema: Schema, _: Writer) -> dict[str, Any] | None:
        other = {"string": "with `tick`", "date": "日", "number": "n"}
        ours = [c for c in schema if c.type.kind in other]
        if not ours:
            return None
        on = self.random.choice(ours)
        how = self.random.choice(("inner", "left", "right", "full", "semi", "anti"))
        keys = {on.name: other[on.type.kind]}
        taken = [name for name in TABLES["two"] if name not in keys.values()]
        rename = {} if how in {"semi", "anti"} else {name: self.fresh() for name in taken}
        return {"with": "two", "on": keys, "how": how, "rename": rename}

    def _union(self, _: Schema, __: Writer) -> dict[str, Any]:
        return {
            "with": [self.random.choice(("one", "two"))],
            "missing": "null",
            "distinct": self.random.random() < 0.5,
        }

    def _pivot(self, schema: Schema, write: Writer) -> dict[str, Any] | None:
        texts = write.columns("string")
        by = [c for c in self.some(schema, 2) if c not in texts]
        if not texts or not by:
            return None
        values = {self.fresh(): text(each) for each in self.random.sample(TEXTS, 3)}
        return {"by": by, "column": texts[0], "values": values, "value": write.aggregate()}

    def _unpivot(self, schema: Schema, write: Writer) -> dict[str, Any] | None:
        kind = self.random.choice(("number", "string", "date"))
        columns = write.columns(kind)
        if len(columns) < 2 or len(columns) == len(schema):
            return None
        return {
            "columns": columns,
            "names_to": self.fresh(),
            "values_to": self.fresh(),
            "keep_null": self.random.random() < 0.5,
        }

    def _deduplicate(self, schema: Schema, _: Writer) -> dict[str, Any] | None:
        key = self.some(schema, 2)
        return {"key": key, "order_by": self.order(schema, total=True)} if key else None

    def _validate(self, _: Schema, write: Writer) -> dict[str, Any]:
        names = []
        for severity in ("quarantine", "warn", "quarantine"):
            name = f"rule_{len(self.rules)}"
            self.rules[name] = {"expect": write.condition(2), "severity": severity}
            names.append(name)
        return {"rules": names, "quarantine": {"parquet": {"path": "quarantine"}}}


KINDS: tuple[str, ...] = (
    "filter",
    "derive",
    "select",
    "aggregate",
    "window",
    "join",
    "union",
    "pivot",
    "unpivot",
    "deduplicate",
)
KINDS += ("validate",)


def schema_of(name: str) -> Schema:
    """The columns of a table."""
    return Schema(tuple(Column(column, found) for column, of in TABLES[name].items() if (found := parse_type(of))))


def job(steps: list[dict[str, Any]], rules: dict[str, Any]) -> dict[str, Any]:
    """A job of these steps; each source is read by one sink at least, so that none is unused."""
    return {
        "name": "generated",
        "sources": {name: {"parquet": {"path": name}, "columns": columns} for name, columns in TABLES.items()},
        "rules": rules,
        "steps": steps,
        "sinks": {
            "out": {"from": steps[-1]["name"], "parquet": {"path": "out"}},
            **{name: {"from": name, "parquet": {"path": f"copy_{name}"}} for name in TABLES},
        },
    }
