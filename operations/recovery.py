"""Point-in-time recovery: the state of a highly available database at a moment, made into an ordinary backup.

A cluster of one instance is made beside the original from the archive of its log, backed up as it stands, and removed.
From there on it is a backup like any: listed and restored with the same checks. The original is not touched.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kubernetes import client
from kubernetes.stream import stream
from urllib3.exceptions import HTTPError

from operations.backups import Vault
from operations.errors import OperationError
from operations.jobs import POLL, Runner
from operations.recovered import Recovered

# A commit after the moment, or the log would end before it; then its segment, sent to the archive. Each is a
# transaction of its own: together the segment would be closed before the commit is in it.
CLOSE = ("SELECT txid_current()", "SELECT pg_walfile_name(pg_switch_wal())")
ARCHIVED = "SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver"
ARCHIVE_PATIENCE = 120  # seconds
ANSWER_PATIENCE = 30  # seconds


@dataclass(frozen=True)
class Recovery:
    """Recovers the database `wanted`, written TEAM/DATABASE."""

    runner: Runner
    wanted: str

    @property
    def namespace(self) -> str:
        """Where its cluster is."""
        return f"{self.wanted.partition('/')[0]}-data"

    @property
    def name(self) -> str:
        """Its cluster."""
        return self.wanted.partition("/")[2].replace("_", "-")

    def run(self, moment: str) -> None:
        """Make a backup of the database as it was at `moment`, and say how to restore it.

        Args:
            moment: in ISO 8601; UTC where it names no zone.

        Raises:
            OperationError: it cannot go back, or not so far; or a step failed. What was made for it is gone again.
        """
        try:
            self._run(moment)
        except client.ApiException as error:
            raise OperationError(f"the cluster refused: {_told(error)}") from error
        except HTTPError as error:
            raise OperationError(f"the cluster does not answer ({error.__class__.__name__}); is it up?") from error

    def _run(self, moment: str) -> None:
        vault = Vault(self.runner, self.wanted)
        recovered = Recovered(self.runner, self.namespace, self.name)
        original = self._original(recovered)
        target = reachable(self.wanted, moment, original)
        said = f"{target:%Y-%m-%dT%H:%M:%SZ}"
        print(f"{self.wanted} as of {said}", flush=True)
        self._close_the_log(original)
        with self._made(recovered, original, target) as host:
            lines = vault.run("backup", {"PGHOST": host, "PGSSLMODE": "verify-ca", "MOMENT": said})
        if not (found := re.search(r"backing up \S+ as (\S+)", "\n".join(lines))):
            raise OperationError(
                f"a backup was made, and did not tell its name; `make backups DB={self.wanted}` has it"
            )
        print(f"the backup {found[1]} holds {self.wanted} as it was at {said}. To restore it:")
        print(f"  make restore DB={self.wanted} AT={found[1]}            beside the original")
        print(f"  make restore DB={self.wanted} AT={found[1]} OVER=yes   in its place")

    def _original(self, recovered: Recovered) -> dict[str, Any]:
        found = recovered.get(self.name)
        if found is None:
            raise OperationError(
                f"there is no cluster {self.name} in {self.namespace}. If {self.wanted} is a single server, it "
                f"archives no log, and only its backups can be restored: `make backups DB={self.wanted}` lists them. "
                'If it is gone: docs/high-availability.md, "Back to a moment"'
            )
        if "backup" not in found["spec"]:
            raise OperationError(
                f"{self.wanted} archives no log: this environment's config names no `backup_store`. "
                f"`make backups DB={self.wanted}` lists what can be restored"
            )
        return found

    def _close_the_log(self, original: dict[str, Any]) -> None:
        """Have everything up to now in the archive, if primary and archive still work; older states need neither."""
        primary = original.get("status", {}).get("currentPrimary", "")
        end = time.monotonic() + ARCHIVE_PATIENCE
        try:
            segment = self._ask(primary, *CLOSE)
            while segment and time.monotonic() < end:
                if self._ask(primary, ARCHIVED.format(segment=segment)) == "t":
                    return
                time.sleep(POLL)
        except client.ApiException:
            segment = ""
        why = f"nothing was archived within {ARCHIVE_PATIENCE} s" if segment else "the primary does not answer"
        print(f"warning: {why}; what is not in the archive yet cannot be recovered", flush=True)

    def _ask(self, pod: str, *statements: str) -> str:
        """The last line that psql answers in a pod; empty when it does not."""
        command = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only"]
        answer: Any = stream(
            self.runner.core.connect_get_namespaced_pod_exec, pod, self.namespace, container="postgres",
            command=[*command, *(word for sql in statements for word in ("--command", sql))],
            stdout=True, stderr=False, stdin=False, tty=False, _preload_content=False, _request_timeout=ANSWER_PATIENCE,
        )  # fmt: skip
        try:
            answer.run_forever(timeout=ANSWER_PATIENCE)
            lines = str(answer.read_stdout(timeout=0) or "").split()
        finally:
            answer.close()
        return lines[-1] if lines else ""

    @contextmanager
    def _made(self, recovered: Recovered, original: dict[str, Any], target: datetime) -> Iterator[str]:
        """The host of the recovered cluster; it goes afterwards, also when something failed meanwhile."""
        recovered.make(original, target)
        try:
            recovered.wait()
            yield recovered.host
        finally:
            print(f"removing the cluster {recovered.name} again", flush=True)
            recovered.remove()


def reachable(wanted: str, moment: str, original: dict[str, Any]) -> datetime:
    """The moment, in UTC, if the original's archive reaches back to it.

    Raises:
        OperationError: it is none, is still to come, or is before the first copy.
    """
    try:
        target = datetime.fromisoformat(moment)
        target = target.replace(tzinfo=target.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise OperationError(f'"{moment}" is no moment; write one such as 2026-11-24T01:15:00Z') from None
    if target > datetime.now(UTC):
        raise OperationError(f"{target:%Y-%m-%d %H:%M:%S} UTC is still to come")
    first = original.get("status", {}).get("firstRecoverabilityPoint")
    if not first:
        raise OperationError(f"{wanted} has no copy in its archive yet to begin from; wait for its first one")
    if target < datetime.fromisoformat(first):
        raise OperationError(
            f"the archive of {wanted} begins at {first}; for an earlier state restore a backup "
            f"(`make backups DB={wanted}`)"
        )
    return target


def _told(error: client.ApiException) -> str:
    """What the API server says in words, if it does."""
    found = re.search(r'"message":"((?:[^"\\]|\\.)*)"', str(error.body or ""))
    return found[1].replace('\\"', '"') if found else str(error.reason)
