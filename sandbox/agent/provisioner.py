"""Makes a `local` volume for each claim that asks for one, lets it grow, and removes it with the claim."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from sandbox.agent.api import Api, ApiError
from sandbox.agent.quantities import to_bytes
from sandbox.agent.store import Store
from sandbox.agent.volumes import VolumeError, Volumes

LOG = logging.getLogger(__name__)
PROVISIONER = "etl-platform.dev/local"
RETRY = 5.0
"""Seconds until what failed is tried again, if nothing changes before."""
ACCESS = {"ReadWriteOnce", "ReadWriteOncePod", "ReadOnlyMany"}

_ASKED = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")
_NODE = "volume.kubernetes.io/selected-node"
_PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, as far as a provisioner looks at it.

    Attributes:
        waiting: has no volume yet, asks this provisioner and is not being deleted.
        node: chosen by the scheduler; empty until a pod needs the claim.
        size: as written, e.g. `10Gi`.
        bound: name of the volume that it has; empty without one.
        capacity: the size that it was told to have, as written; empty until it has a volume.
    """

    namespace: str
    name: str
    uid: str
    waiting: bool
    node: str
    storage_class: str
    size: str
    access: tuple[str, ...]
    mode: str
    bound: str = ""
    capacity: str = ""

    @property
    def growing(self) -> bool:
        """Whether it asks for another size than it has. Never a smaller one: that the API server refuses."""
        return bool(self.bound and self.capacity) and self.size != self.capacity

    @property
    def volume(self) -> str:
        """Name of its volume."""
        return f"pvc-{self.uid}"


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume; `ours` when this provisioner made it, `disposable` when its data goes with its claim."""

    name: str
    ours: bool
    disposable: bool
    released: bool


def parse_claim(item: Mapping[str, Any]) -> Claim:
    """Read a PersistentVolumeClaim as the API gives it."""
    metadata, spec = item["metadata"], item["spec"]
    annotations = metadata.get("annotations") or {}
    return Claim(
        namespace=metadata["namespace"],
        name=metadata["name"],
        uid=metadata["uid"],
        waiting=(
            not spec.get("volumeName")
            and "deletionTimestamp" not in metadata
            and any(annotations.get(key) == PROVISIONER for key in _ASKED)
        ),
        node=annotations.get(_NODE, ""),
        storage_class=spec.get("storageClassName") or "",
        size=((spec.get("resources") or {}).get("requests") or {}).get("storage", ""),
        access=tuple(spec.get("accessModes") or ()),
        mode=spec.get("volumeMode") or "Filesystem",
        bound=spec.get("volumeName") or "",
        capacity=((item.get("status") or {}).get("capacity") or {}).get("storage", ""),
    )


def parse_volume(item: Mapping[str, Any]) -> Volume:
    """Read a PersistentVolume as the API gives it."""
    return Volume(
        name=item["metadata"]["name"],
        ours=(item["metadata"].get("annotations") or {}).get(_PROVISIONED_BY) == PROVISIONER,
        disposable=item["spec"].get("persistentVolumeReclaimPolicy") == "Delete",
        released=(item.get("status") or {}).get("phase") == "Released",
    )


def refusal(claim: Claim) -> str | None:
    """Why a claim cannot be met, or None."""
    if claim.mode != "Filesystem":
        return f"volumeMode {claim.mode} is not offered by {PROVISIONER}; use Filesystem"
    if refused := sorted(set(claim.access) - ACCESS):
        return f"access mode {', '.join(refused)} is not offered by {PROVISIONER}; use ReadWriteOnce"
    try:
        to_bytes(claim.size)
    except ValueError as error:
        return str(error)
    return None


def manifest(claim: Claim, path: Path, reclaim: str) -> dict[str, Any]:
    """Write the PersistentVolume for a claim.

    Args:
        claim: the claim, with its node.
        path: where the data is.
        reclaim: `Delete` or `Retain`, as the storage class says.
    """
    hostname = {"key": "kubernetes.io/hostname", "operator": "In", "values": [claim.node]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": claim.volume, "annotations": {_PROVISIONED_BY: PROVISIONER}},
        "spec": {
            "capacity": {"storage": claim.size},
            "accessModes": list(claim.access),
            "volumeMode": claim.mode,
            "persistentVolumeReclaimPolicy": reclaim,
            "storageClassName": claim.storage_class,
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": claim.namespace,
                "name": claim.name,
                "uid": claim.uid,
            },
            "local": {"path": str(path)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [hostname]}]}},
        },
    }


def _succeeds(piece: Callable[[], None]) -> bool:
    """Whether a piece of work is done; one that is not will be tried again."""
    try:
        piece()
    except (ApiError, VolumeError, OSError) as error:
        LOG.warning("%s; trying again in %.0f s or with the next change", error, RETRY)
        return False
    return True


class Provisioner:
    """Meets claims and removes released volumes, one after the other, in a thread of its own."""

    def __init__(self, api: Api, volumes: Volumes, node: str) -> None:
        self._api = api
        self._volumes = volumes
        self._node = node
        self._dirty = threading.Event()
        self._stopped = threading.Event()
        self._told: set[tuple[str, str]] = set()
        self._gone: list[Volume] = []
        self._claims = Store(api, "/api/v1/persistentvolumeclaims", parse_claim, self._dirty.set)
        self._known = Store(api, "/api/v1/persistentvolumes", parse_volume, self._dirty.set, self._gone.append)

    def start(self) -> None:
        """Begin to watch and to work."""
        self._claims.start()
        self._known.start()
        threading.Thread(target=self._run, name="provisioner", daemon=True).start()

    def stop(self) -> None:
        """End after the present piece of work; volumes stay."""
        self._stopped.set()
        self._dirty.set()

    def _run(self) -> None:
        self._claims.listed.wait()
        self._known.listed.wait()
        self._remount()
        failed = 0
        while not self._stopped.is_set():
            self._dirty.wait(RETRY if failed else None)
            self._dirty.clear()
            failed = sum(not _succeeds(piece) for piece in self._due())

    def _remount(self) -> None:
        for volume in self._known.objects():
            if volume.ours:
                try:
                    self._volumes.mount(volume.name)
                except VolumeError as error:
                    LOG.warning("volume %s has no data: %s", volume.name, error)

    def _due(self) -> Iterator[Callable[[], None]]:
        """What is to be done now, a piece for each claim or volume: none holds up another that fails."""
        for volume in list(self._gone):
            yield partial(self._forget, volume)
        known = {volume.name: volume for volume in self._known.objects()}
        for claim in self._claims.objects():
            if claim.waiting and claim.node == self._node and claim.volume not in known:
                yield partial(self._provide, claim)
            elif claim.growing and claim.bound in known and known[claim.bound].ours:
                yield partial(self._grow, claim)
        for volume in known.values():
            if volume.ours and volume.disposable and volume.released:
                yield partial(self._dispose, volume)

    def _forget(self, volume: Volume) -> None:
        if volume.ours and volume.disposable:
            self._volumes.remove(volume.name)
        self._gone.remove(volume)

    def _provide(self, claim: Claim) -> None:
        if reason := refusal(claim):
            self._tell(claim, "ProvisioningFailed", reason)
            return
        storage_class = self._api.call("GET", f"/apis/storage.k8s.io/v1/storageclasses/{claim.storage_class}")
        try:
            path = self._volumes.make(claim.volume, to_bytes(claim.size))
        except VolumeError as error:
            self._tell(claim, "ProvisioningFailed", str(error))
            raise
        try:
            self._api.call("POST", "/api/v1/persistentvolumes", manifest(claim, path, storage_class["reclaimPolicy"]))
        except ApiError as error:
            if error.status == HTTPStatus.CONFLICT:
                return  # Made before, and the watch has not said so yet.
            raise
        LOG.info("volume %s of %s for claim %s/%s", claim.volume, claim.size, claim.namespace, claim.name)

    def _grow(self, claim: Claim) -> None:
        """Grow the file system first: what the API then tells is true."""
        if reason := refusal(claim):
            self._tell(claim, "VolumeResizeFailed", reason)
            return
        try:
            self._volumes.grow(claim.bound, to_bytes(claim.size))
        except VolumeError as error:
            self._tell(claim, "VolumeResizeFailed", str(error))
            raise
        capacity = {"capacity": {"storage": claim.size}}
        self._api.call("PATCH", f"/api/v1/persistentvolumes/{claim.bound}", {"spec": capacity})
        place = f"/api/v1/namespaces/{claim.namespace}/persistentvolumeclaims/{claim.name}"
        self._api.call("PATCH", f"{place}/status", {"status": capacity})
        LOG.info(
            "volume %s of claim %s/%s grown from %s to %s",
            claim.bound,
            claim.namespace,
            claim.name,
            claim.capacity,
            claim.size,
        )

    def _dispose(self, volume: Volume) -> None:
        self._volumes.remove(volume.name)
        try:
            self._api.call("DELETE", f"/api/v1/persistentvolumes/{volume.name}")
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
        LOG.info("volume %s removed with its data", volume.name)

    def _tell(self, claim: Claim, reason: str, message: str) -> None:
        """Say it once, where `kubectl describe pvc` shows it."""
        if (claim.uid, message) in self._told:
            return
        self._told.add((claim.uid, message))
        LOG.warning("claim %s/%s: %s", claim.namespace, claim.name, message)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{claim.name}.", "namespace": claim.namespace},
            "involvedObject": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "namespace": claim.namespace,
                "name": claim.name,
                "uid": claim.uid,
            },
            "reason": reason,
            "message": message,
            "type": "Warning",
            "source": {"component": PROVISIONER},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        self._api.call("POST", f"/api/v1/namespaces/{claim.namespace}/events", event)
