"""The engine of our own: it starts once, and leaves the machine as it was, whichever way it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.docker import images
from sandbox.docker.engine import Engine
from sandbox.node.cgroups import mounted
from sandbox.node.processes import Processes
from tests.sandbox.docker.conftest import DEBIAN

pytestmark = pytest.mark.sandbox

PREFIX = "172.28"
"""Of the addresses of the engines here."""


class Machine:
    """What an engine could leave behind."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: set[str] = set()

    def look(self) -> dict[str, list[str]]:
        """Everything that is there now."""
        programs = self._engine.paths.bin
        rules = subprocess.run([programs / "iptables-save"], capture_output=True, text=True, check=True).stdout
        mounts = Path("/proc/self/mounts").read_text()
        return {
            "rules": [line for line in rules.splitlines() if "DOCKER" in line or f"{PREFIX}." in line],
            "links": self._links(),
            "mounts": [line for line in mounts.splitlines() if str(self._engine.folder) in line],
            "groups": [str(root) for root in mounted() if (root / self._engine.group).exists()],
            "processes": [str(each.pid) for each in Processes(self._engine.folder, self._engine.folder, "").living()],
            "system": [name for name in ("/run/docker", "/run/docker.pid", "/run/containerd/s") if Path(name).exists()],
        }

    def _links(self) -> list[str]:
        """Its bridges, and what was ever seen on them: a node beside it makes and removes links of its own."""
        said = subprocess.run(["ip", "-json", "address"], capture_output=True, text=True, check=True).stdout
        links = {str(link["ifname"]): link for link in json.loads(said)}
        bridges = {
            name
            for name, link in links.items()
            if any(str(each.get("local", "")).startswith(f"{PREFIX}.") for each in link["addr_info"])
        }
        self._seen |= bridges | {name for name, link in links.items() if link.get("master") in bridges}
        return sorted(self._seen & set(links))


@pytest.fixture
def another(unstarted: Engine, tmp_path: Path) -> Iterator[Engine]:
    """An engine for one test, whose end is what the test is about."""
    engine = Engine(unstarted.paths, tmp_path / "e", f"{PREFIX}.0.0/16", "etl-docker-end")
    yield engine
    engine.stop()


def busy(engine: Engine) -> int:
    """Give it a network with a published port and a container; returns the pid of the container's process."""
    api = engine.api
    images.load(api, engine.paths, ["debian"])
    api.post("/networks/create", {"Name": "front", "CheckDuplicate": True})
    body = {
        "Image": DEBIAN,
        "Cmd": ["sleep", "infinity"],
        # As the first process it would not hear the other ones.
        "StopSignal": "SIGKILL",
        "ExposedPorts": {"80/tcp": {}},
        "HostConfig": {"NetworkMode": "front", "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}},
    }
    made = api.post("/containers/create", body)["Id"]
    api.post(f"/containers/{made}/start")
    return int(api.get(f"/containers/{made}/json")["State"]["Pid"])


def test_an_engine_that_runs_is_not_started_again(another: Engine) -> None:
    another.start()
    busy(another)
    processes = Processes(another.folder, another.folder, "")
    before = {each.pid for each in processes.living()}

    another.start()

    assert {each.pid for each in processes.living()} == before


def test_its_end_leaves_nothing(another: Engine) -> None:
    machine = Machine(another)
    before = machine.look()
    another.start()
    busy(another)
    during = machine.look()
    assert all(during[kind] for kind in ("rules", "links", "groups", "processes"))
    assert during["mounts"] == [], "what it mounts lies in a namespace of its own"
    assert during["system"] == before["system"], "so does what it would put into the system's folders"

    another.stop()

    assert machine.look() == before
    assert not another.folder.exists()


def test_killed_it_takes_its_containers_along_and_its_traces_go_with_the_next_stop(another: Engine) -> None:
    machine = Machine(another)
    before = machine.look()
    another.start()
    busy(another)
    assert machine.look()["links"]
    leaders = [each for each in Processes(another.folder, another.folder, "").living() if each.leader]
    for each in leaders:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)

    another.stop()

    assert machine.look() == before


def test_killed_it_starts_again_with_what_it_had(another: Engine) -> None:
    another.start()
    busy(another)
    for each in Processes(another.folder, another.folder, "").living():
        # The first one takes those in its namespace along.
        with contextlib.suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)

    another.start()

    assert [each["Name"] for each in another.api.get("/networks") if each["Name"] == "front"]
    assert images.held(another.api, DEBIAN)
