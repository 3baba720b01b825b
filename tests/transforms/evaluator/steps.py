"""A job's steps, one after the other, over lists of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cmp_to_key, partial
from typing import Any

from tests.transforms.evaluator.groups import aggregate, windowed
from tests.transforms.evaluator.values import Row, value
from transforms.expressions import tree

Table = list[dict[str, Any]]
Columns = Mapping[str, Sequence[str]]


class Evaluator:
    """Interprets the steps of a job that has been read.

    Args:
        tables: the rows of each source.
        columns: the columns of each source, for those without a row.
        families: the columns of each family.
        rules: the job's rules, and whether each takes rows out.
    """

    def __init__(
        self,
        tables: Mapping[str, Table],
        columns: Columns,
        families: Columns | None = None,
        rules: Mapping[str, tuple[tree.Node, bool]] | None = None,
    ) -> None:
        self.tables = dict(tables)
        self.columns = {name: list(names) for name, names in columns.items()}
        self.families = families or {}
        self.rules = rules or {}
        self.taken: dict[str, list[tuple[dict[str, Any], list[str]]]] = {}

    def run(self, steps: Sequence[Any]) -> Table:
        """The rows of the last step."""
        for step in steps:
            rows, columns = getattr(self, f"_{step.kind}")(step.config, self.tables[step.main], step)
            self.tables[step.name] = rows
            self.columns[step.name] = columns
        return self.tables[steps[-1].name]

    def _filter(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        return [row for row in rows if value(config.where, row) is True], self.columns[step.main]

    def _select(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        chosen = list(config.columns) or [name for name in self.columns[step.main] if name not in config.drop]
        names = {name: config.rename.get(name, name) for name in chosen}
        return [{new: row[old] for old, new in names.items()} for row in rows], [*names.values()]

    def _derive(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        made = [{**row, **{name: value(node, row) for name, node in config.columns.items()}} for row in rows]
        return made, [*dict.fromkeys([*self.columns[step.main], *config.columns])]

    def _aggregate(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        del step
        groups: dict[tuple[Any, ...], Table] = {} if config.by else {(): rows}
        for row in rows if config.by else []:
            groups.setdefault(tuple(row[name] for name in config.by), []).append(row)
        made = []
        for key, members in groups.items():
            group = dict(zip(config.by, key, strict=True))
            values = {
                name: value(node, group, partial(aggregate, rows=members, scale=6))
                for name, node in config.values.items()
            }
            made.append(group | values)
        return made, [*config.by, *config.values]

    def _pivot(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        del step
        groups: dict[tuple[Any, ...], Table] = {}
        for row in rows:
            groups.setdefault(tuple(row[name] for name in config.by), []).append(row)
        made = []
        for key, members in groups.items():
            cells = {}
            for name, node in config.values.items():
                cell = [row for row in members if row[config.column] is not None and row[config.column] == node.value]
                # A cell without a row is NULL, also where the aggregate of no row would be 0.
                cells[name] = aggregate(config.value, cell, 6) if cell else None
            made.append(dict(zip(config.by, key, strict=True)) | cells)
        return made, [*config.by, *config.values]

    def _unpivot(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        names = list(self.families[config.family]) if config.family else list(config.columns)
        kept = [name for name in self.columns[step.main] if name not in names]
        made = [
            {**{each: row[each] for each in kept}, config.names_to: name, config.values_to: row[name]}
            for row in rows
            for name in names
            if config.keep_null or row[name] is not None
        ]
        return made, [*kept, config.names_to, config.values_to]

    def _union(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        others = [step.main, *config.others]
        columns = [*dict.fromkeys(name for other in others for name in self.columns[other])]
        made = [{name: row.get(name) for name in columns} for other in others for row in self.tables[other]]
        del rows
        if config.distinct:
            made = list({tuple(row.values()): row for row in made}.values())
        return made, columns

    def _join(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        other, right_columns = self.tables[config.other], self.columns[config.other]
        pairs = [
            (left, right)
            for left in rows
            for right in other
            if all(left[a] is not None and right[b] is not None and left[a] == right[b] for a, b in config.on.items())
        ]
        if config.how in {"semi", "anti"}:
            partnered = {id(left) for left, _ in pairs}
            wanted = [row for row in rows if (id(row) in partnered) == (config.how == "semi")]
            return wanted, self.columns[step.main]
        taken = [
            name
            for name in right_columns
            if (name not in config.on.values() if config.take is None else name in config.take)
        ]
        names = {name: config.rename.get(name, name) for name in taken}
        left_columns = self.columns[step.main]
        made = [_beside(left, right, left_columns, names, config.on) for left, right in pairs]
        if config.how in {"left", "full"}:
            partnered = {id(left) for left, _ in pairs}
            made += [_beside(row, None, left_columns, names, config.on) for row in rows if id(row) not in partnered]
        if config.how in {"right", "full"}:
            partnered = {id(right) for _, right in pairs}
            made += [_beside(None, row, left_columns, names, config.on) for row in other if id(row) not in partnered]
        return made, [*left_columns, *names.values()]

    def _deduplicate(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        first: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in ordered(rows, config.order_by):
            first.setdefault(tuple(row[name] for name in config.key), row)
        return [*first.values()], self.columns[step.main]

    def _window(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        partitions: dict[tuple[Any, ...], Table] = {}
        for row in rows:
            partitions.setdefault(tuple(row[name] for name in config.partition_by), []).append(row)
        made = []
        for members in partitions.values():
            inside = ordered(members, config.order_by)
            peers = places(inside, config.order_by)
            for at, row in enumerate(inside):
                frame = _frame(config.frame, at, len(inside))

                def call(
                    node: tree.Call, at: int = at, inside: Table = inside, peers: Any = peers, frame: Any = frame
                ) -> Any:
                    return windowed(node, at, inside, peers, frame)

                made.append({**row, **{name: value(node, row, call) for name, node in config.values.items()}})
        return made, [*dict.fromkeys([*self.columns[step.main], *config.values])]

    def _validate(self, config: Any, rows: Table, step: Any) -> tuple[Table, list[str]]:
        passed, self.taken[step.name] = [], []
        for row in rows:
            broken = [name for name in config.rules if value(self.rules[name][0], row) is not True]
            if any(self.rules[name][1] for name in broken):
                self.taken[step.name].append((row, broken))
            else:
                passed.append(row)
        return passed, self.columns[step.main]


def _beside(
    left: Row | None, right: Row | None, left_columns: Sequence[str], names: Mapping[str, str], on: Mapping[str, str]
) -> dict[str, Any]:
    made = {name: None if left is None else left[name] for name in left_columns}
    if left is None and right is not None:
        made |= {ours: right[theirs] for ours, theirs in on.items()}
    return made | {new: None if right is None else right[old] for old, new in names.items()}


def _frame(frame: Any, at: int, rows: int) -> tuple[int, int] | None:
    if frame is None:
        return None
    first = 0 if frame.preceding == "unbounded" else max(0, at - frame.preceding)
    return first, rows if frame.following == "unbounded" else min(rows, at + frame.following + 1)


def ordered(rows: Sequence[Row], order: Sequence[Any]) -> Table:
    """The rows in an order: NULL first, or last where the order is descending, unless it says otherwise."""

    def before(one: Row, other: Row) -> int:
        return compared(one, other, order)

    return [dict(row) for row in sorted(rows, key=cmp_to_key(before))]


def places(rows: Sequence[Row], order: Sequence[Any]) -> list[int]:
    """For each of the ordered rows its place, which rows that are equal in the order share."""
    found: list[int] = []
    for index, row in enumerate(rows):
        same = index > 0 and compared(rows[index - 1], row, order) == 0
        found.append(found[-1] if same else index)
    return found


def compared(one: Row, other: Row, order: Sequence[Any]) -> int:
    """Negative when one comes before the other, 0 when neither does."""
    for each in order:
        a, b = one[each.column], other[each.column]
        if a is None and b is None:
            continue
        if a is None or b is None:
            first = each.nulls == "first" if each.nulls else not each.descending
            return -1 if (a is None) == first else 1
        if a != b:
            return -1 if (a < b) != each.descending else 1
    return 0
