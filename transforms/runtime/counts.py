"""Counts that come with the data, in the one pass that writes it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as fn

from transforms.steps.base import BROKEN

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


def rule_counts(rules: Sequence[str]) -> dict[str, Column]:
    """For each rule how many rows have its bit, by its place."""
    return {
        f"rule_{bit}": fn.count_if(fn.col(f"`{BROKEN}`").bitwiseAND(fn.lit(1 << bit)) != 0) for bit in range(len(rules))
    }
