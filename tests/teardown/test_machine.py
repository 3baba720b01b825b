"""Last of all: faults, repairs, and a machine that is as it was before.

These tests stop the node and with it everything that runs in it. They run only where whoever started the sandbox
allows it (ETL_TEST_MAY_STOP=1), in the order in which they stand here.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox import images, node
from sandbox.node import cgroups
from sandbox.node.commands import Commands
from sandbox.node.layout import CONTEXT, Layout
from sandbox.node.mounts import unmount
from sandbox.node.network import Network
from sandbox.node.processes import SANDBOX_MARK, Processes
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions

from .machine import mentions, snapshot

pytestmark = [
    pytest.mark.sandbox,
    # The node's processes are meant to outlive whoever started them, here this very process.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(
        os.environ.get("ETL_TEST_MAY_STOP") != "1", reason="stops the sandbox; allowed by ETL_TEST_MAY_STOP=1 alone"
    ),
]

LAYOUT = Layout(Paths.find())
COMMANDS = Commands(LAYOUT.search_path())
POD, SERVER = "survivor", "server"
ROWS = 10_000


def processes() -> Processes:
    return Processes(LAYOUT.run, LAYOUT.logs, LAYOUT.search_path())


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    environment = {"PATH": os.defpath, "KUBECONFIG": str(LAYOUT.paths.kubeconfig)}
    command = (LAYOUT.program("kubectl"), *arguments)
    done = subprocess.run(command, input=stdin, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def start() -> list[str]:
    """Start the node; returns what it said."""
    said: list[str] = []
    node.start(LAYOUT.paths, lambda message: said.append(message))
    return said


def pod() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kubectl("get", "pod", POD, "-o", "json"))
    return found


def forward_policy() -> str:
    """What becomes of forwarded packets that no rule decides: ACCEPT or DROP."""
    return COMMANDS.run("iptables", "-S", "FORWARD").splitlines()[0].split()[2]


def kill(pids: Sequence[int]) -> None:
    """Kill processes, and return when they are gone: a kill is no more than a wish at first."""
    victims = [os.pidfd_open(pid) for pid in pids]
    for victim in victims:
        signal.pidfd_send_signal(victim, signal.SIGKILL)
    for victim in victims:
        select.select([victim], [], [], 30)
        os.close(victim)


def kill_leaders() -> None:
    kill([process.pid for process in processes().living() if process.leader])


@pytest.fixture(scope="module")
def before() -> Iterator[dict[str, Any]]:
    """The machine without a sandbox."""
    node.stop(LAYOUT.paths)
    untouched = COMMANDS.run("nft", "list", "tables")
    # Setting the policy that holds anyway makes the chain whose policy a test changes later.
    COMMANDS.run("iptables", "-P", "FORWARD", forward_policy())
    yield snapshot(LAYOUT.search_path())
    if "table ip filter" not in untouched:
        COMMANDS.run("nft", "delete", "table", "ip", "filter")


def assert_nothing_left(found: dict[str, Any]) -> None:
    """Fail if anything on the machine bears the sandbox's name or lies in its folder."""
    assert not LAYOUT.run.exists()
    assert mentions((f"{SANDBOX_MARK}={LAYOUT.run}", f"/{CONTEXT}/")) == []
    devices = [path.read_text() for path in Path("/sys/block").glob("loop*/loop/backing_file")]
    told = [line for subject, lines in found.items() if subject != "sysctls" for line in (*lines, *devices)]
    words = ("etl-sandbox", "etl_sandbox", "KUBE-", f"{LAYOUT.run}/")
    assert [line for line in told if any(word in line for word in words)] == []


def test_a_stopped_node_leaves_nothing_that_bears_its_name(before: dict[str, Any]) -> None:
    assert_nothing_left(before)


@pytest.mark.usefixtures("before")
def test_a_stopped_node_can_be_stopped_again() -> None:
    node.stop(LAYOUT.paths)

    assert not node.status(LAYOUT.paths).running


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("moment", ["starting containerd", "starting kube-apiserver", "starting kubelet"])
def test_a_start_that_was_killed_is_completed_by_the_next(moment: str) -> None:
    command = (sys.executable, "-m", "sandbox.node", "start")
    with subprocess.Popen(command, cwd=LAYOUT.paths.root, stdout=subprocess.PIPE, text=True) as interrupted:
        assert interrupted.stdout is not None
        said: list[str] = []
        for line in interrupted.stdout:
            said.append(line.strip())
            if said[-1] == moment:
                break
        assert moment in said, f"it ended with {interrupted.wait()} after {said}"
        interrupted.kill()
    assert processes().living() != []

    start()

    assert node.status(LAYOUT.paths).problems == ()
    if moment != "starting kubelet":
        node.stop(LAYOUT.paths)


@pytest.mark.usefixtures("before")
def test_pods_outlive_the_death_of_every_process_of_the_node() -> None:
    images.load(LAYOUT.paths, ("debian",))
    kubectl("wait", "--for=create", "--timeout=30s", "serviceaccount/default")
    image = Versions.read(LAYOUT.paths.root).images["debian"]
    kubectl("run", POD, f"--image={image}", "--image-pull-policy=Never", "--", "sleep", "infinity")
    kubectl("wait", "--for=condition=Ready", "--timeout=60s", f"pod/{POD}")
    container = pod()["status"]["containerStatuses"][0]["containerID"]

    kill_leaders()
    found = node.status(LAYOUT.paths)
    assert [part.name for part in found.parts if part.problem is None] == []
    said = start()

    assert [line for line in said if line.startswith("starting")] == sorted(
        (f"starting {part.name}" for part in found.parts), key=said.index
    )
    assert node.status(LAYOUT.paths).problems == ()
    assert pod()["status"]["containerStatuses"][0]["containerID"] == container


@pytest.mark.usefixtures("before")
@pytest.mark.parametrize("name", ["etcd", "kube-apiserver", "containerd", "kubelet", "kube-proxy", "agent"])
def test_the_death_of_one_process_is_noticed_and_repaired(name: str) -> None:
    found = processes().find(name)
    assert found is not None
    kill([found.pid])

    assert any(problem.startswith(f"{name}: is not running") for problem in node.status(LAYOUT.paths).problems)
    start()

    assert node.status(LAYOUT.paths).problems == ()


def server() -> None:
    """A PostgreSQL server on a volume of its own, which has answered over its network once."""
    images.load(LAYOUT.paths, ("postgres",))
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": SERVER},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "512Mi"}}},
    }
    container = {
        "name": SERVER,
        "image": Versions.read(LAYOUT.paths.root).images["postgres-15"],
        "imagePullPolicy": "Never",
        "env": [{"name": "POSTGRES_PASSWORD", "value": SERVER}, {"name": "PGDATA", "value": "/data/pgdata"}],
        "readinessProbe": {"exec": {"command": ["pg_isready", "-h", "127.0.0.1"]}, "periodSeconds": 1},
        "volumeMounts": [{"name": "data", "mountPath": "/data"}],
    }
    spec = {
        "securityContext": {"runAsUser": 999, "fsGroup": 999},
        "containers": [container],
        "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": SERVER}}],
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": SERVER}, "spec": spec}
    for described in (claim, pod):
        kubectl("apply", "-f", "-", stdin=json.dumps(described))
    kubectl("wait", "--for=condition=Ready", "--timeout=120s", f"pod/{SERVER}")


def ask(sql: str) -> str:
    """What that server says to whoever has its password."""
    login = f"host=127.0.0.1 user=postgres password={SERVER}"
    return kubectl("exec", SERVER, "--", "psql", "--quiet", "--no-align", "--tuples-only", "-c", sql, login).strip()


@pytest.mark.usefixtures("before")
def test_a_rebooted_machine_gets_its_node_pods_and_data_back() -> None:
    """All that a boot takes away is taken away, with no time to shut down; only what lies on the disk stays."""
    server()
    ask(f"CREATE TABLE kept AS SELECT n FROM generate_series(1, {ROWS}) n")
    ask("INSERT INTO kept VALUES (0)")  # committed a moment before the end, and in no checkpoint
    kill_leaders()
    cgroups.kill()
    processes().end(processes().living(), patience=0.0)
    unmount(LAYOUT.run, COMMANDS)
    unmount(Path("/run/netns"), COMMANDS)
    Network(COMMANDS).remove()
    cgroups.remove()
    machine = json.loads(LAYOUT.machine.read_text())
    for name, value in machine["sysctls"].items():
        Path("/proc/sys", name).write_text(value) if Path("/proc/sys", name).exists() else None
    LAYOUT.machine.write_text(json.dumps({**machine, "boot": "the boot before"}))

    said = start()

    assert said[0] == "the machine was booted since the node last ran: repairing"
    assert node.status(LAYOUT.paths).problems == ()
    kubectl("wait", "--for=condition=Ready", "--timeout=120s", f"pod/{POD}", f"pod/{SERVER}")
    assert pod()["status"]["containerStatuses"][0]["restartCount"] == 1
    assert ask("SELECT count(*) FROM kept") == str(ROWS + 1)


@pytest.mark.usefixtures("before")
def test_pods_reach_each_other_where_another_program_drops_what_is_forwarded() -> None:
    """As Docker does on every machine on which it runs."""
    former = forward_policy()
    ask = ("exec", POD, "--", "timeout", "5", "getent", "ahostsv4", "kubernetes.default.svc.cluster.local")
    COMMANDS.run("iptables", "-P", "FORWARD", "DROP")
    try:
        start()

        assert kubectl(*ask).split()[0] == "10.96.0.1"
    finally:
        COMMANDS.run("iptables", "-P", "FORWARD", former)


def test_the_machine_is_as_before(before: dict[str, Any]) -> None:
    running = snapshot(LAYOUT.search_path())
    assert "etl-sandbox" in running["links"]
    assert running["sysctls"] != before["sysctls"]

    node.stop(LAYOUT.paths)

    after = snapshot(LAYOUT.search_path())
    settings = {name: after["sysctls"].get(name) for name in before["sysctls"]}
    assert settings == before["sysctls"]
    for subject in before.keys() - {"sysctls"}:
        assert after[subject] == before[subject], subject
    assert_nothing_left(after)
