"""Counts that come with the data, in the one pass that writes it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as fn

from transforms.spec.job import RuleSpec
from transforms.steps.base import BROKEN, mask_of

PATIENCE = 20.0
"""Seconds that a count may take after its query ended. Some Sparks never deliver it when the optimizer found that there
are no rows (SPARK-54620)."""

ROWS = "rows"


@dataclass(frozen=True)
class Counter:
    """Rows of a relation are counted while they pass."""

    name: str
    observation: Observation

    def get(self) -> Mapping[str, int]:
        """The counts, once a query over the relation ended; none when the optimizer found no row to count."""
        # pyspark's own `get` waits for ever, and fails on an empty row.
        observed: Any = self.observation._jo  # noqa: SLF001
        patience = time.monotonic() + PATIENCE
        while not observed.future().isCompleted():
            if time.monotonic() > patience:
                return {}
            time.sleep(0.01)
        return {str(key): int(value or 0) for key, value in dict(observed.getAsJava()).items()}


def counted(frame: DataFrame, name: str, counts: Mapping[str, Column]) -> tuple[DataFrame, Counter]:
    """The relation, and what counts its rows."""
    observation = Observation(name)
    columns = [column.alias(key) for key, column in {ROWS: fn.count(fn.lit(1)), **counts}.items()]
    return frame.observe(observation, *columns), Counter(name, observation)


TAKEN = "taken"
"""How many rows a checkpoint takes out."""


def first_counts(rules: Mapping[str, RuleSpec]) -> dict[str, Column]:
    """What is counted of all rows at a checkpoint: those that are taken out, and those that a warning is about.

    Each counter costs about 20 ns a row, whatever it counts; so the rules that take rows out are told apart only among
    the few rows that they took, which a second pass reads anyway.
    """
    mask = mask_of(rules)
    warnings = {name: _broken(1 << bit) for bit, (name, rule) in enumerate(rules.items()) if not rule.takes_out}
    return {**({TAKEN: _broken(mask)} if mask else {}), **{_key(name): count for name, count in warnings.items()}}


def second_counts(rules: Mapping[str, RuleSpec]) -> dict[str, Column]:
    """What is counted of the rows that were taken out: which rule each of them broke."""
    return {_key(name): _broken(1 << bit) for bit, (name, rule) in enumerate(rules.items()) if rule.takes_out}


def broken_by(counts: Mapping[str, int], rule: str) -> int:
    """How many rows broke a rule, of the counts of the first and second pass."""
    return counts.get(_key(rule), 0)


def _key(rule: str) -> str:
    return f"rule {rule}"


def _broken(bits: int) -> Column:
    return fn.count_if(fn.col(BROKEN).bitwiseAND(fn.lit(bits)) != 0)
