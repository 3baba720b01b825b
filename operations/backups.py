"""The backups of one database, and the jobs around them, as the platform declared them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from operations.errors import OperationError
from operations.jobs import Runner

NAMESPACE = "platform-backup"
SELECTOR = "app.kubernetes.io/component=backup,app.kubernetes.io/part-of=etl-platform"
TEAM, NAME = "etl-platform/team", "app.kubernetes.io/name"
PLATFORM = "platform"
COLUMNS = ("BACKUP", "MADE", "SIZE", "ROWS", "TABLES", "TOOK", "POSTGRESQL")


class Vault:
    """What can be done with the backups of `wanted`, written TEAM/DATABASE."""

    def __init__(self, runner: Runner, wanted: str) -> None:
        self._runner = runner
        self._jobs = self._find(wanted)
        self.wanted = wanted

    def run(self, kind: str, variables: Mapping[str, str] | None = None) -> list[str]:
        """Run the `backup` or the `drill` now, as its CronJob would but for `variables`, showing what it says.

        Raises:
            OperationError: it failed; the reason is its own.
        """
        return self._runner.run(self._jobs[kind], variables=variables, show=True)

    def table(self) -> str:
        """The backups, oldest first."""
        rows = [_row(line.split("\t")[1:]) for line in self._listed()]
        if not rows:
            return f"There is no backup of {self.wanted} yet; `make backup DB={self.wanted}` makes one."
        widths = [max(len(row[column]) for row in [COLUMNS, *rows]) for column in range(len(COLUMNS))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in [COLUMNS, *rows]
        )

    def restore(self, at: str, *, to: str | None, over: bool) -> list[str]:
        """Restore the newest backup `at` a moment or before, beside the original or in its place.

        Raises:
            OperationError: it was refused before anything was touched, or failed and left the original as it was.
        """
        database = self.wanted.partition("/")[2]
        variables = {"BACKUP": at} | ({"OVER": "yes"} if over else {"TARGET": to or f"{database}_restored"})
        return self._runner.run(self._jobs["restore"], variables=variables, show=True)

    def _listed(self) -> list[str]:
        # The restore's first step can read the backups and nothing else.
        said = self._runner.run(self._jobs["restore"], only="check", command=["bash", "/scripts/list.sh"])
        return [line for line in said if line.startswith("backup\t")]

    def _find(self, wanted: str) -> dict[str, Any]:
        found: dict[str, dict[str, Any]] = {}
        for job in self._runner.templates(NAMESPACE, SELECTOR):
            owner = job.metadata.labels.get(TEAM, PLATFORM)
            kind = job.metadata.name.rpartition("-")[2]
            pod = job.spec.job_template.spec.template.spec
            [database] = {each.value for each in pod.containers[0].env if each.name == "DATABASE"}
            found.setdefault(f"{owner}/{database}", {})[kind] = job
        if wanted not in found:
            known = f"backed up are {', '.join(sorted(found))}" if found else "nothing in this cluster is backed up"
            raise OperationError(f'no backups are declared for "{wanted}" (TEAM/DATABASE); {known}')
        return found[wanted]


def _row(fields: list[str]) -> tuple[str, ...]:
    name, size, rows, tables, seconds, server, moment = fields
    made = datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    when = f"{made:%Y-%m-%d %H:%M} UTC" + (f", as of {moment}" if moment else "")
    return (
        name, when, f"{int(size) / 2**20:,.1f} MiB", f"{int(rows):,}", tables, f"{seconds} s",
        server.partition(" ")[0],
    )  # fmt: skip
