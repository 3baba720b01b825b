"""What people and CI wait for before anything is deployed."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Row, median, timed

GROUP = "before a deployment"
TIMES = 3


def tests() -> Iterator[Row]:
    """The unit tests."""
    seconds = timed([sys.executable, "-m", "pytest", "-q", "tests/unit"])
    yield Row(GROUP, "unit tests", seconds, goal="under 20 s", note="all, in one process, once")


def render() -> Iterator[Row]:
    """`make render`, with the start of Python and all imports."""
    with tempfile.TemporaryDirectory(prefix="etl-platform-render-") as name:
        for environment in ("dev", "prod"):
            command = [sys.executable, "-m", "delivery", "render", environment, str(Path(name) / environment)]
            seconds = median(lambda command=command: timed(command), TIMES)  # type: ignore[misc]
            yield Row(GROUP, f"render {environment}", seconds, goal="seconds", note=f"median of {TIMES}")


def validate() -> Iterator[Row]:
    """`make validate`."""
    command = [sys.executable, "-m", "delivery", "validate", "Pulumi.prod.yaml"]
    yield Row(GROUP, "validate prod", median(lambda: timed(command), TIMES), goal="seconds", note=f"median of {TIMES}")
