"""What measuring a request does to the stack that it is measured on."""

from typing import Any

import psycopg
import pytest

from benchmarks import request
from benchmarks.report import NotMeasuredError


class Recorded:
    """A stack that notes what is done to it, and fails at one of the steps."""

    def __init__(self, fails: str | None = None, refusals: int = 0) -> None:
        self.done: list[str] = []
        self._fails = fails
        self._refusals = refusals

    def _do(self, step: str) -> None:
        self.done.append(step)
        assert step != self._fails, "pulumi up failed:\nthe reason"

    def up_with(self, entry: dict[str, Any]) -> None:
        self._do(f"up {entry['name']}")

    def connect(self, name: str, role: str) -> "Recorded":
        self._do(f"connect {name} {role}")
        if self._refusals:
            self._refusals -= 1
            raise psycopg.OperationalError("not yet")
        return self

    def close(self) -> None:
        self._do("close")

    def remove(self, entry: dict[str, Any]) -> None:
        self._do(f"remove {entry['name']}")


def rows(stack: Recorded) -> list[str]:
    return [row.name for row in request.measured(stack)]  # type: ignore[arg-type]


def test_a_database_more_is_deployed_connected_to_and_taken_away() -> None:
    stack = Recorded(refusals=1)
    assert rows(stack) == ["pulumi up", "finding the credentials and connecting", "together"]
    assert stack.done == ["up measured", *["connect measured owner"] * 2, "close", "remove measured"]


@pytest.mark.parametrize("step", ["up measured", "connect measured owner"])
def test_a_run_that_fails_takes_it_away_as_well_and_measures_nothing(step: str) -> None:
    stack = Recorded(fails=step)
    with pytest.raises(NotMeasuredError, match="the reason"):
        rows(stack)
    assert stack.done[-1] == "remove measured"
