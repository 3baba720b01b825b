"""One alert, as the table has it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.observability.jobs import JobName

Severity = Literal["critical", "warning", "none"]
"""critical: someone is woken. warning: someone looks at it today. none: nobody; it only proves that alerts arrive."""

Owner = Literal["team", "platform"]
"""Who does something about it: the team whose database or job it is, or those who run the platform."""

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
"""A threshold's name in an expression; a selector's braces hold more than a name."""


@dataclass(frozen=True, kw_only=True)
class Alert:
    """An alert.

    Args:
        name: also its page in docs/runbooks.
        job: whose figures it looks at; without targets of that job there is no such alert.
        expression: in PromQL, thresholds by their names in braces. What it returns has a label `team`.
        lasts: how long that must hold before anyone is told; a threshold in braces, or a duration.
        summary: what it says, in words that need no knowledge of the expression; `{{ $labels.… }}` are its labels'.
        labels: beside those of the series.
    """

    name: str
    job: JobName
    expression: str
    lasts: str = "0m"
    severity: Severity
    owner: Owner
    summary: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def thresholds(self) -> set[str]:
        """The names of the thresholds that it uses."""
        return set(PLACEHOLDER.findall(self.expression + self.lasts))

    def filled(self, text: str, values: Mapping[str, str]) -> str:
        """A text of its own with the thresholds' values in place of their names."""
        return PLACEHOLDER.sub(lambda found: values[found[1]], text)
