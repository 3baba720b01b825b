"""Point-in-time recovery: the state of a highly available database at a moment, made into an ordinary backup.

A cluster of one instance is made beside the original from the archive of its log, backed up as it stands, and removed.
From there on it is a backup like any: listed, drilled and restored with the same checks. The original is not touched.
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

from operations.backups import Vault
from operations.errors import OperationError
from operations.jobs import POLL, Runner

GROUP, VERSION, PLURAL = "postgresql.cnpg.io", "v1", "clusters"
SUFFIX = "-recovered"
MARK = "etl-platform/recovery"
KEPT = ("imageName", "imagePullPolicy", "inheritedMetadata", "enableSuperuserAccess", "superuserSecret", "certificates",
        "resources", "storage", "env")  # fmt: skip
"""What the recovered cluster has of the original's spec; of `postgresql` all but the standbys that it has none of."""

# A commit after the moment, or the log would end before it; and its segment, sent to the archive.
CLOSE = "SELECT txid_current(); SELECT pg_walfile_name(pg_switch_wal());"
ARCHIVED = "SELECT last_archived_wal >= '{segment}' FROM pg_stat_archiver"
ARCHIVE_PATIENCE = 120  # seconds


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

        Raises:
            OperationError: it cannot go back, or not so far; or a step failed. What was made for it is gone again.
        """
        vault = Vault(self.runner, self.wanted)
        original = self._original()
        target = self._reachable(moment, original)
        self._close_the_log(original)
        with self._recovered(original, target) as host:
            said = vault.run("backup", {"PGHOST": host, "PGSSLMODE": "verify-ca"})
        [made] = re.findall(r"backing up \S+ as (\S+)", "\n".join(said))
        print(f"the backup {made} holds {self.wanted} as it was at {target:%Y-%m-%d %H:%M:%S} UTC. To restore it:")
        print(f"  make restore DB={self.wanted} AT={made}            beside the original")
        print(f"  make restore DB={self.wanted} AT={made} OVER=yes   in its place")

    def _original(self) -> dict[str, Any]:
        try:
            found = self._get(self.name)
        except client.ApiException as error:
            raise OperationError(f"the cluster refused to tell of {self.wanted}: {error.reason}") from error
        if found is None:
            raise OperationError(
                f"{self.wanted} is a single server, which archives no log: only its backups can be restored. "
                f"`make backups DB={self.wanted}` lists them"
            )
        if "backup" not in found["spec"]:
            raise OperationError(
                f"{self.wanted} archives no log: this environment's config names no `backup_store`. "
                f"`make backups DB={self.wanted}` lists what can be restored"
            )
        return found

    def _reachable(self, moment: str, original: dict[str, Any]) -> datetime:
        try:
            target = datetime.fromisoformat(moment)
        except ValueError:
            raise OperationError(f'"{moment}" is no moment; write one such as 2026-11-24T01:15:00Z') from None
        target = target.replace(tzinfo=target.tzinfo or UTC).astimezone(UTC)
        if target > datetime.now(UTC):
            raise OperationError(f"{target:%Y-%m-%d %H:%M:%S} UTC is still to come")
        first = original.get("status", {}).get("firstRecoverabilityPoint")
        if not first:
            raise OperationError(f"{self.wanted} has no base backup in its archive yet; wait for its first one")
        if target < datetime.fromisoformat(first):
            raise OperationError(
                f"the archive of {self.wanted} begins at {first}; for an earlier state restore a backup "
                f"(`make backups DB={self.wanted}`)"
            )
        return target

    def _close_the_log(self, original: dict[str, Any]) -> None:
        """Have everything up to now in the archive, if the primary still answers."""
        primary = original["status"].get("currentPrimary", "")
        try:
            segment = self._ask(primary, CLOSE).split()[-1]
            end = time.monotonic() + ARCHIVE_PATIENCE
            while self._ask(primary, ARCHIVED.format(segment=segment)).strip() != "t":
                if time.monotonic() > end:
                    raise OperationError(f"the log does not reach the archive within {ARCHIVE_PATIENCE} s")
                time.sleep(POLL)
        except (client.ApiException, IndexError):
            print("the primary does not answer: what it had not archived yet cannot be recovered", flush=True)

    def _ask(self, pod: str, sql: str) -> str:
        command = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--command", sql]
        answer: str = stream(
            self.runner.core.connect_get_namespaced_pod_exec, pod, self.namespace, container="postgres",
            command=command, stdout=True, stderr=False, stdin=False, tty=False,
        )  # fmt: skip
        return answer

    @contextmanager
    def _recovered(self, original: dict[str, Any], target: datetime) -> Iterator[str]:
        """The host of a cluster that stands where the original stood at `target`; it goes afterwards."""
        self._remove()
        self._objects.create_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL, described(original, target)
        )
        try:
            self._wait()
            yield f"{self.name}{SUFFIX}-rw.{self.namespace}.svc"
        finally:
            self._remove()

    def _wait(self) -> None:
        phase, failed = "", 0
        while True:
            found = self._get(f"{self.name}{SUFFIX}") or {}
            status = found.get("status", {})
            if any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", ())):
                return
            if status.get("phase", "") != phase:
                phase = status["phase"]
                print(f"recovering: {phase}", flush=True)
            if (failed := self._failures()) > 1:
                raise OperationError(
                    f"the log cannot be replayed up to that moment ({failed} tries failed). It ends before it, or the "
                    f"archive is damaged; `kubectl logs -n {self.namespace} -l cnpg.io/cluster={self.name}` of the "
                    "original says whether archiving works"
                )
            time.sleep(2 * POLL)

    def _failures(self) -> int:
        pods = self.runner.core.list_namespaced_pod(
            self.namespace, label_selector=f"cnpg.io/cluster={self.name}{SUFFIX}"
        ).items
        return sum(pod.status.phase == "Failed" for pod in pods)

    def _remove(self) -> None:
        """Remove what was recovered, also by a run that was interrupted; never anything else of that name."""
        found = self._get(f"{self.name}{SUFFIX}")
        if found is None:
            return
        if MARK not in found["metadata"].get("annotations", {}):
            raise OperationError(f"a cluster {self.name}{SUFFIX} that is not ours is in the way, in {self.namespace}")
        self._objects.delete_namespaced_custom_object(
            GROUP, VERSION, self.namespace, PLURAL, f"{self.name}{SUFFIX}", propagation_policy="Foreground"
        )
        while self._get(f"{self.name}{SUFFIX}") is not None:
            time.sleep(POLL)

    def _get(self, name: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._objects.get_namespaced_custom_object(
                GROUP, VERSION, self.namespace, PLURAL, name
            )
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise
        return found

    @property
    def _objects(self) -> Any:
        return client.CustomObjectsApi(self.runner.core.api_client)


def described(original: dict[str, Any], target: datetime) -> dict[str, Any]:
    """The cluster of one instance that replays the original's log up to `target` and then takes connections."""
    name, spec = original["metadata"]["name"], original["spec"]
    postgresql = {key: value for key, value in spec["postgresql"].items() if key != "synchronous"}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "Cluster",
        "metadata": {"name": f"{name}{SUFFIX}", "annotations": {MARK: f"{target:%Y-%m-%dT%H:%M:%SZ}"}},
        "spec": {
            **{key: spec[key] for key in KEPT if key in spec},
            "instances": 1,
            "postgresql": postgresql,
            "bootstrap": {
                "recovery": {"source": name, "recoveryTarget": {"targetTime": target.isoformat(sep=" ")}},
            },
            "externalClusters": [{"name": name, "barmanObjectStore": spec["backup"]["barmanObjectStore"]}],
        },
    }
