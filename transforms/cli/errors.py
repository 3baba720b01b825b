"""How a command fails: the exit statuses, and what is said of errors that nobody foresaw."""

from __future__ import annotations

import os
import tempfile
import traceback

OK, FAILED, BAD_JOB, BAD_DATA, INTERRUPTED = 0, 1, 2, 3, 130

LONGEST_LINE = 300
"""Characters of an unexpected error's first line; Spark's go on for pages."""


class CommandError(Exception):
    """A command cannot do what was asked, for a reason that a person can act on."""

    def __init__(self, message: str, status: int = BAD_JOB) -> None:
        self.status = status
        super().__init__(message)


def brief(error: BaseException) -> str:
    """The first line of what an error says, with its type."""
    first = (str(error).strip().splitlines() or ["no message"])[0]
    return f"{type(error).__name__}: {first if len(first) <= LONGEST_LINE else first[: LONGEST_LINE - 1] + '…'}"


def logged(error: BaseException) -> str:
    """One line about an unexpected error, and where its traceback lies: a file of the owner's alone."""
    try:
        handle, name = tempfile.mkstemp(prefix="transforms-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as log:
            traceback.print_exception(error, file=log)
    except OSError:
        return f"unexpected {brief(error)} (--debug shows the traceback)"
    return f"unexpected {brief(error)} (the traceback is in {name}; --debug shows it)"
