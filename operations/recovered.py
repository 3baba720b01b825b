"""The cluster of one instance that stands, for minutes, where the original stood at a moment."""

import time
from datetime import UTC, datetime
from typing import Any

from kubernetes import client

from operations.errors import OperationError
from operations.jobs import POLL, Runner

GROUP, VERSION, PLURAL = "postgresql.cnpg.io", "v1", "clusters"
SUFFIX = "-recovered"
MARK = "etl-platform/recovery"
KEPT = ("imageName", "imagePullPolicy", "inheritedMetadata", "enableSuperuserAccess", "superuserSecret", "certificates",
        "resources", "storage", "env")  # fmt: skip
"""What it has of the original's spec; of `postgresql` all but the standbys that it has none of."""

PATIENCE = 600  # seconds in which something must change: another phase, a pod that comes or another state of one
REMOVAL_PATIENCE = 300  # seconds
TRIES = 2  # failed pods after which it is given up: the operator itself would try for ever
LINES = 400  # of a failed pod's log, in which the reason is looked for


class Recovered:
    """The cluster `<original>-recovered` in a namespace."""

    def __init__(self, runner: Runner, namespace: str, original: str) -> None:
        self._core = runner.core
        self._objects: Any = client.CustomObjectsApi(runner.core.api_client)
        self._namespace = namespace
        self.name = f"{original}{SUFFIX}"

    @property
    def host(self) -> str:
        """Where it takes connections, inside the Kubernetes cluster."""
        return f"{self.name}-rw.{self._namespace}.svc"

    def get(self, name: str) -> dict[str, Any] | None:
        """A cluster of the namespace, or None."""
        try:
            found: dict[str, Any] = self._objects.get_namespaced_custom_object(
                GROUP, VERSION, self._namespace, PLURAL, name
            )
        except client.ApiException as error:
            if error.status == 404:
                return None
            raise
        return found

    def make(self, original: dict[str, Any], target: datetime) -> None:
        """Begin to replay the original's log up to `target`.

        Raises:
            OperationError: something of that name is in the way: another run's, or none of ours.
        """
        found = self.get(self.name)
        if found is not None:
            metadata = found["metadata"]
            if MARK not in metadata.get("annotations", {}):
                raise OperationError(f"a cluster {self.name} that is not ours is in the way, in {self._namespace}")
            raise OperationError(
                f"a recovery to {metadata['annotations'][MARK]} runs since {metadata['creationTimestamp']}. If it was "
                f"cut short, remove what it left: kubectl delete cluster -n {self._namespace} {self.name}"
            )
        self._objects.create_namespaced_custom_object(
            GROUP, VERSION, self._namespace, PLURAL, described(original, target)
        )

    def wait(self) -> None:
        """Return when it takes connections.

        Raises:
            OperationError: it failed, with its own reason; or nothing changes any more.
        """
        seen, end = "", time.monotonic() + PATIENCE
        while time.monotonic() < end:
            status = (self.get(self.name) or {}).get("status", {})
            if any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", ())):
                return
            pods = self._pods()
            failed = [pod for pod in pods if pod.status.phase == "Failed"]
            if len(failed) >= TRIES:
                raise OperationError(f"that moment cannot be recovered: {self._reason(failed)}")
            now = ", ".join(
                [status.get("phase", ""), *sorted(f"{pod.metadata.name} {pod.status.phase}" for pod in pods)]
            )
            if now != seen:
                seen, end = now, time.monotonic() + PATIENCE
                print(f"recovering: {now}", flush=True)
            time.sleep(2 * POLL)
        raise OperationError(f"nothing has changed for {PATIENCE} s: {seen or 'no state'}. {self._events()}")

    def remove(self) -> None:
        """Remove it, if it is there; never what does not bear our mark.

        Raises:
            OperationError: it does not go.
        """
        found = self.get(self.name)
        if found is None or MARK not in found["metadata"].get("annotations", {}):
            return
        try:
            self._objects.delete_namespaced_custom_object(
                GROUP, VERSION, self._namespace, PLURAL, self.name, propagation_policy="Foreground"
            )
        except client.ApiException as error:
            if error.status != 404:
                raise
        end = time.monotonic() + REMOVAL_PATIENCE
        while self.get(self.name) is not None:
            if time.monotonic() > end:
                raise OperationError(
                    f"the cluster {self.name} is still there after {REMOVAL_PATIENCE} s; "
                    f"kubectl delete cluster -n {self._namespace} {self.name}"
                )
            time.sleep(POLL)

    def _pods(self) -> list[Any]:
        found: list[Any] = self._core.list_namespaced_pod(
            self._namespace, label_selector=f"cnpg.io/cluster={self.name}", _request_timeout=30
        ).items
        return found

    def _reason(self, failed: list[Any]) -> str:
        """The last complaint in the log of the newest failed pod."""
        newest = max(failed, key=lambda pod: pod.metadata.creation_timestamp)
        try:
            log = str(self._core.read_namespaced_pod_log(newest.metadata.name, self._namespace, tail_lines=LINES))
        except client.ApiException as error:
            return f"the log of its pod cannot be read ({error.reason})"
        words = ("FATAL", '"level":"error"')
        complaints = [line for line in log.splitlines() if any(word in line for word in words)] or log.splitlines()
        fatal = [line for line in complaints if "FATAL" in line]
        return (fatal or complaints or ["its pod said nothing"])[-1][:500]

    def _events(self) -> str:
        listed = self._core.list_namespaced_event(self._namespace, _request_timeout=30).items
        told = [each for each in listed if (each.involved_object.name or "").startswith(self.name)]
        told.sort(key=lambda each: each.last_timestamp or each.event_time or datetime.min.replace(tzinfo=UTC))
        return f"The last event: {told[-1].reason}: {told[-1].message}" if told else "There is no event about it."


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
