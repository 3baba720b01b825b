"""When backups run, and how many stay."""

import hashlib
from dataclasses import dataclass

from components.workload import Compute

COMPUTE = Compute(cpu=50, cpu_limit=2000, memory=256)
DRILL_COMPUTE = Compute(cpu=50, cpu_limit=2000, memory=512)  # a server of its own beside the clients

DRILL_ROOM = 2
"""A drill has this many times the data's storage: the data, and the log that restoring it writes."""

SCRATCH_ROOM = 1
"""With a store, each job holds one backup meanwhile: as much as the data has, of which that takes a third at most."""

ROOM = 3
"""A backup volume has this many times the data's storage. A compressed, full disk takes a fifth to a third of it, so
that some ten copies fit; a run that would not fit says so and leaves the older copies alone."""


@dataclass(frozen=True)
class Keep:
    """The last few backups stay, and the newest of each of so many days, weeks and months."""

    last: int = 3
    daily: int = 0
    weekly: int = 0
    monthly: int = 0


@dataclass(frozen=True)
class BackupPolicy:
    """A schedule in cron's five fields, its IANA time zone (the cluster's when None), and what is kept.

    `drill`: when the newest backup is restored on trial; weekly, at a time of the database's own, when None.
    """

    schedule: str
    keep: Keep
    time_zone: str | None = None
    drill: str | None = None

    def drill_schedule(self, name: str) -> str:
        """When the drill of the database `name` runs; the default spreads databases over Sunday, 2:00 to 6:59."""
        if self.drill:
            return self.drill
        digest = hashlib.sha256(name.encode()).digest()
        return f"{digest[0] % 60} {2 + digest[1] % 5} * * 0"
