from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import images
from sandbox.node.layout import Layout
from sandbox.toolchain.paths import Paths
from tests.sandbox.network.lab import Lab, eventually, lab, pod

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def home() -> Iterator[Lab]:
    images.load(Paths.find(), ("debian",))
    with lab("storage") as made:
        yield made


def claim(name: str, size: str = "64Mi", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec},
    }


def user_of(claim: str, name: str = "user", **identity: Any) -> dict[str, Any]:
    return pod(
        name,
        container={"volumeMounts": [{"name": "data", "mountPath": "/data"}]},
        volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": claim}}],
        identity={"fsGroup": 2000, **identity},
    )


def volume_of(home: Lab, claim: str) -> str:
    return str(home.get("pvc", claim)["spec"]["volumeName"])


def test_a_claim_waits_for_a_pod_and_is_then_met(home: Lab) -> None:
    home.apply(claim("met"))
    assert home.get("pvc", "met")["status"]["phase"] == "Pending"
    home.apply(user_of("met"))
    home.ready("user")
    assert home.get("pvc", "met")["status"]["phase"] == "Bound"
    assert home.get("pvc", "met")["spec"]["storageClassName"] == "standard"
    home.delete("pod/user", "pvc/met")


def test_the_pods_group_may_write_and_no_other(home: Lab) -> None:
    home.apply(claim("grouped"), user_of("grouped"))
    home.ready("user")
    home.run("user", "bash", "-c", "echo kept > /data/file")
    assert home.run("user", "stat", "-c", "%g %u", "/data/file").stdout.split() == ["2000", "1000"]
    assert home.run("user", "stat", "-c", "%a %g", "/data").stdout.split() == ["2775", "2000"]
    home.delete("pod/user", "pvc/grouped")


def test_data_outlives_its_pod_and_goes_with_its_claim(home: Lab) -> None:
    home.apply(claim("kept"), user_of("kept"))
    home.ready("user")
    volume = volume_of(home, "kept")
    home.run("user", "bash", "-c", "echo kept > /data/file")
    home.delete("pod/user")
    home.apply(user_of("kept", "second"))
    home.ready("second")
    assert home.run("second", "cat", "/data/file").stdout == "kept\n"
    home.delete("pod/second", "pvc/kept")
    folder = Layout(Paths.find()).volumes / volume
    assert eventually(lambda: not folder.exists())
    assert eventually(lambda: home.kubectl("get", "pv", volume, check=False).returncode != 0)
    assert eventually(lambda: str(folder) not in _loop_devices())


def test_a_full_volume_is_full(home: Lab) -> None:
    home.apply(claim("small"), user_of("small"))
    home.ready("user")
    done = home.run("user", "dd", "if=/dev/zero", "of=/data/fill", "bs=1M", "count=100", check=False)
    assert done.returncode != 0
    assert "No space left on device" in done.stderr
    home.run("user", "rm", "/data/fill")
    home.run("user", "dd", "if=/dev/zero", "of=/data/again", "bs=1M", "count=10")
    home.delete("pod/user", "pvc/small")


def test_a_claim_grows_while_its_pod_uses_it(home: Lab) -> None:
    home.apply(claim("growing"), user_of("growing"))
    home.ready("user")
    home.run("user", "bash", "-c", "echo kept > /data/file")
    home.apply(claim("growing", "256Mi"))
    assert eventually(lambda: home.get("pvc", "growing")["status"]["capacity"]["storage"] == "256Mi")
    assert home.get("pv", volume_of(home, "growing"))["spec"]["capacity"]["storage"] == "256Mi"
    home.run("user", "dd", "if=/dev/zero", "of=/data/fill", "bs=1M", "count=150")
    assert home.run("user", "cat", "/data/file").stdout == "kept\n"
    home.delete("pod/user", "pvc/growing")


def test_a_claim_does_not_shrink(home: Lab) -> None:
    home.apply(claim("shrinking"), user_of("shrinking"))
    home.ready("user")
    smaller = '{"spec": {"resources": {"requests": {"storage": "32Mi"}}}}'
    refused = home.kubectl("patch", "pvc", "shrinking", "--patch", smaller, check=False)
    assert "can not be less than" in refused.stderr
    home.delete("pod/user", "pvc/shrinking")


def test_what_cannot_be_offered_is_refused_with_a_reason(home: Lab) -> None:
    home.apply(claim("shared", accessModes=["ReadWriteMany"]), user_of("shared"))

    def told() -> bool:
        events = home.get("events", "--field-selector=involvedObject.name=shared,reason=ProvisioningFailed")["items"]
        return any("ReadWriteMany is not offered" in event["message"] for event in events)

    assert eventually(told)
    home.delete("pod/user", "pvc/shared")


def test_a_volume_that_cannot_go_yet_holds_up_no_other(home: Lab) -> None:
    home.apply(claim("busy"), user_of("busy"))
    home.ready("user")
    folder = Layout(Paths.find()).volumes / volume_of(home, "busy")
    with subprocess.Popen(["sleep", "infinity"], cwd=folder / "mounted") as inside:
        try:
            home.delete("pod/user", "pvc/busy")
            home.apply(claim("other"), user_of("other"))
            home.ready("user")
            assert folder.exists()
        finally:
            inside.kill()
    assert eventually(lambda: not folder.exists())
    home.delete("pod/user", "pvc/other")


def test_a_volume_that_is_to_be_kept_outlives_its_claim(home: Lab) -> None:
    home.apply(claim("precious"), user_of("precious"))
    home.ready("user")
    volume = volume_of(home, "precious")
    home.kubectl("patch", "pv", volume, "--patch", '{"spec": {"persistentVolumeReclaimPolicy": "Retain"}}')
    home.delete("pod/user", "pvc/precious")
    assert eventually(lambda: home.get("pv", volume)["status"]["phase"] == "Released")
    folder = Layout(Paths.find()).volumes / volume
    assert folder.exists()
    home.kubectl("patch", "pv", volume, "--patch", '{"spec": {"persistentVolumeReclaimPolicy": "Delete"}}')
    assert eventually(lambda: not folder.exists())


def _loop_devices() -> str:
    return subprocess.run(["losetup", "--list"], capture_output=True, text=True, check=True).stdout
