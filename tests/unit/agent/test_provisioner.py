from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.agent.provisioner import PROVISIONER, Claim, manifest, parse_claim, parse_volume, refusal
from sandbox.agent.quantities import to_bytes

ASKED = {
    "volume.kubernetes.io/storage-provisioner": PROVISIONER,
    "volume.kubernetes.io/selected-node": "node-1",
}


def claim(annotations: dict[str, str] | None = None, leaving: bool = False, has: str = "", **spec: Any) -> Claim:
    metadata: dict[str, Any] = {"namespace": "team", "name": "data", "uid": "u1"}
    metadata["annotations"] = ASKED if annotations is None else annotations
    if leaving:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    status = {"capacity": {"storage": has}} if has else {}
    defaults = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "standard",
        "volumeMode": "Filesystem",
        "resources": {"requests": {"storage": "2Gi"}},
    }
    return parse_claim({"metadata": metadata, "spec": defaults | spec, "status": status})


def test_a_claim_waits_once_it_asks_this_provisioner() -> None:
    assert claim().waiting
    assert claim().node == "node-1"
    assert not claim({}).waiting
    assert not claim({"volume.kubernetes.io/storage-provisioner": "another"}).waiting
    assert not claim(volumeName="pvc-u1").waiting
    assert not claim(leaving=True).waiting


def test_a_claim_has_no_node_before_a_pod_needs_it() -> None:
    assert claim({"volume.kubernetes.io/storage-provisioner": PROVISIONER}).node == ""


def test_a_claim_grows_when_it_asks_for_more_than_it_has() -> None:
    assert claim(has="1Gi", volumeName="pvc-u1").growing
    assert not claim(has="2Gi", volumeName="pvc-u1").growing
    assert not claim().growing  # there is nothing yet that could grow


def test_an_ordinary_claim_is_not_refused() -> None:
    assert refusal(claim()) is None


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"volumeMode": "Block"}, f"volumeMode Block is not offered by {PROVISIONER}; use Filesystem"),
        (
            {"accessModes": ["ReadWriteOnce", "ReadWriteMany"]},
            f"access mode ReadWriteMany is not offered by {PROVISIONER}; use ReadWriteOnce",
        ),
        ({"resources": {}}, "'' is no quantity of storage; expected one such as 10Gi"),
    ],
)
def test_what_is_not_offered_is_refused_with_a_way_out(spec: dict[str, Any], reason: str) -> None:
    assert refusal(claim(**spec)) == reason


def test_a_volume_is_bound_to_its_claim_and_its_node() -> None:
    volume = manifest(claim(), Path("/volumes/pvc-u1/data"), "Delete")
    assert volume["metadata"]["name"] == "pvc-u1"
    assert volume["spec"]["capacity"] == {"storage": "2Gi"}
    assert volume["spec"]["local"] == {"path": "/volumes/pvc-u1/data"}
    assert volume["spec"]["claimRef"]["uid"] == "u1"
    (term,) = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-1"]}]


def test_a_volume_of_ours_is_known_again_and_one_of_another_is_left_alone() -> None:
    ours = manifest(claim(), Path("/volumes/pvc-u1/data"), "Delete") | {"status": {"phase": "Released"}}
    read = parse_volume(ours)
    assert (read.ours, read.disposable, read.released) == (True, True, True)
    assert not parse_volume(manifest(claim(), Path("/v"), "Retain")).disposable
    ours["metadata"]["annotations"] = {"pv.kubernetes.io/provisioned-by": "another"}
    assert not parse_volume(ours).ours


@pytest.mark.parametrize(
    ("quantity", "size"),
    [
        ("10Gi", 10 * 2**30),
        ("1G", 10**9),
        ("512Mi", 2**29),
        ("1.5Gi", 3 * 2**29),
        ("4096", 4096),
        ("1e9", 10**9),
        ("1k", 1000),
    ],
)
def test_quantities_are_read_as_kubernetes_writes_them(quantity: str, size: int) -> None:
    assert to_bytes(quantity) == size


@pytest.mark.parametrize("quantity", ["", "Gi", "10GiB", "-1Gi", "10 Gi", "1.5.2Gi"])
def test_what_is_no_quantity_is_refused(quantity: str) -> None:
    with pytest.raises(ValueError, match="is no quantity of storage"):
        to_bytes(quantity)
