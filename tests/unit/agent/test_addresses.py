from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sandbox.agent.addresses import GivenAddresses, read_results
from sandbox.agent.objects import Pod


def give(folder: Path, uid: str, address: str, container: str = "", interface: str = "eth0") -> Path:
    """What libcni writes for a pod (its format `cniCacheV1`)."""
    path = folder / f"etl-sandbox-{container or uid}-{interface}"
    content = {
        "kind": "cniCacheV1",
        "ifName": interface,
        "cniArgs": [["IgnoreUnknown", "1"], ["K8S_POD_NAMESPACE", "team"], ["K8S_POD_UID", uid]],
        "result": {"ips": [{"version": "4", "address": f"{address}/24"}]},
    }
    path.write_text(json.dumps(content))
    return path


def test_a_pod_is_where_it_was_put_before_the_api_says_so(tmp_path: Path) -> None:
    give(tmp_path, "one", "10.0.0.1")
    given = GivenAddresses(tmp_path, lambda: None)
    assert given.refresh()
    one, other = given.locate([Pod("team", "one", uid="one"), Pod("team", "other", uid="other")])
    assert (one.address, other.address) == ("10.0.0.1", None)


def test_the_given_address_counts_more_than_an_older_one_of_the_api(tmp_path: Path) -> None:
    give(tmp_path, "one", "10.0.0.9")
    given = GivenAddresses(tmp_path, lambda: None)
    given.refresh()
    (pod,) = given.locate([Pod("team", "one", address="10.0.0.1", uid="one")])
    assert pod.address == "10.0.0.9"


def test_without_results_the_api_is_believed(tmp_path: Path) -> None:
    given = GivenAddresses(tmp_path / "absent", lambda: None)
    assert not given.refresh()
    (pod,) = given.locate([Pod("team", "one", address="10.0.0.1", uid="one")])
    assert pod.address == "10.0.0.1"


def test_an_address_that_is_taken_back_is_forgotten(tmp_path: Path) -> None:
    path = give(tmp_path, "one", "10.0.0.1")
    given = GivenAddresses(tmp_path, lambda: None)
    given.refresh()
    path.unlink()
    assert given.refresh()
    (pod,) = given.locate([Pod("team", "one", uid="one")])
    assert pod.address is None


def test_a_result_that_was_half_written_at_first_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "etl-sandbox-one-eth0"
    path.touch()
    given = GivenAddresses(tmp_path, lambda: None)
    assert not given.refresh()
    give(tmp_path, "one", "10.0.0.1")
    assert given.refresh()


def test_of_two_results_of_one_pod_the_newer_counts(tmp_path: Path) -> None:
    os.utime(give(tmp_path, "one", "10.0.0.1", container="newer"), (2_000, 2_000))
    os.utime(give(tmp_path, "one", "10.0.0.2", container="older"), (1_000, 1_000))
    assert read_results(tmp_path) == {"one": "10.0.0.1"}


def test_loopback_results_are_not_addresses_of_pods(tmp_path: Path) -> None:
    give(tmp_path, "one", "127.0.0.1", interface="lo")
    assert read_results(tmp_path) == {}


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"ifName": "eth0", "result": {"ips": []}}'])
def test_a_result_that_is_half_written_or_anothers_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "other-eth0").write_text(content)
    give(tmp_path, "one", "10.0.0.1")
    assert read_results(tmp_path) == {"one": "10.0.0.1"}
