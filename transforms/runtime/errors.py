"""How a run ends when it does not end well."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transforms.runtime.report import Report


class RunError(Exception):
    """The run failed for a reason that is neither the job file nor the data: a server, a file system, a bug."""

    def __init__(self, message: str, report: Report | None = None) -> None:
        super().__init__(message)
        self.report = report


class DataError(RunError):
    """The data is not what the job file says it is. Nothing but quarantines was written."""
