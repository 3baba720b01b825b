"""What each alert is to say, and when it is to stay silent: at least one of both for each."""

from tests.sandbox.observability.cases.backups import BACKUP_CASES
from tests.sandbox.observability.cases.case import Case
from tests.sandbox.observability.cases.databases import DATABASE_CASES
from tests.sandbox.observability.cases.identity import IDENTITY_CASES
from tests.sandbox.observability.cases.platform import PLATFORM_CASES
from tests.sandbox.observability.cases.state import STATE_CASES

CASES = (*DATABASE_CASES, *BACKUP_CASES, *IDENTITY_CASES, *STATE_CASES, *PLATFORM_CASES)
NEVER_SILENT = {"Watchdog"}
"""What it tells is that it is not there."""

__all__ = ["CASES", "NEVER_SILENT", "Case"]
