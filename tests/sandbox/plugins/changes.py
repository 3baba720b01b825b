"""What a command of the engine did to the program's own resources."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tests.sandbox.plugins.harness import Result


def changes(result: Result) -> dict[str, int]:
    """Operations of an update or a preview to number of resources, without `same` and looks at what is there."""
    return _counted(result.steps, without={"same", "refresh"})


def drift(result: Result) -> dict[str, int]:
    """What a refresh found to differ from the state: operations (`update`, `delete`) to number of resources."""
    found = [event["resOutputsEvent"]["metadata"] for event in result.events if "resOutputsEvent" in event]
    return _counted(found, without={"same", "refresh"})


def _counted(steps: Iterable[Mapping[str, Any]], without: set[str]) -> dict[str, int]:
    """Count the program's own resources; the stack and the providers are the engine's."""
    own = [step["op"] for step in steps if not step["type"].startswith("pulumi:")]
    return {op: number for op, number in Counter(own).items() if op not in without}
