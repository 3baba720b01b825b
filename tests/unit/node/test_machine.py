from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.node import machine
from sandbox.node.cgroups import roots
from sandbox.node.commands import Commands
from sandbox.node.containerd import may_lower_oom_score
from sandbox.node.errors import NodeError
from sandbox.node.kubelet import resolver_configuration
from sandbox.node.layout import Layout
from sandbox.node.mounts import mounts_below
from sandbox.node.network import Network
from sandbox.node.processes import Component, Processes
from sandbox.toolchain.paths import Paths


def network(folder: Path, routes: str) -> Network:
    """The network of a machine whose `ip` prints these routes."""
    program = folder / "ip"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{routes}\nEND\n")
    program.chmod(0o755)
    return Network(Commands(f"{folder}:{os.defpath}"))


@pytest.mark.parametrize("destination", ["10.244.0.0/16", "10.244.0.7", "10.96.0.0/12", "10.0.0.0/8", "10.244.255.1"])
def test_a_machine_that_routes_our_addresses_elsewhere_is_refused(tmp_path: Path, destination: str) -> None:
    routes = f'[{{"dst": "default", "dev": "eth0"}}, {{"dst": "{destination}", "dev": "flannel.1"}}]'

    with pytest.raises(NodeError, match=f"routes {destination}.* through flannel.1, and the sandbox needs"):
        network(tmp_path, routes).refuse_collisions()


def test_a_machine_with_other_networks_is_accepted(tmp_path: Path) -> None:
    routes = '[{"dst": "default", "dev": "eth0"}, {"dst": "172.17.0.0/16", "dev": "docker0"}, {"dst": "10.95.0.0/16"}]'

    network(tmp_path, routes).refuse_collisions()


def test_a_command_that_fails_is_named_with_its_reason(tmp_path: Path) -> None:
    program = tmp_path / "nft"
    program.write_text("#!/bin/sh\necho 'Operation not permitted' >&2\nexit 1\n")
    program.chmod(0o755)

    with pytest.raises(NodeError) as refusal:
        Commands(str(tmp_path)).run("nft", "list", "tables")

    assert str(refusal.value) == "`nft list tables` failed: Operation not permitted"


def test_a_command_that_is_missing_is_named_with_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NodeError) as refusal:
        Commands(str(tmp_path)).run("nft", "list", "tables")

    assert str(refusal.value) == f"the command nft is missing on this machine (looked in {tmp_path})"


def test_a_cache_too_deep_for_sockets_is_refused_with_the_way_out() -> None:
    paths = Paths(Path("/", "x" * 90))

    with pytest.raises(NodeError, match=r"characters too long for unix sockets.*set ETL_PLATFORM_CACHE"):
        Layout(paths).check()


def test_a_program_that_is_nowhere_is_named(tmp_path: Path) -> None:
    with pytest.raises(NodeError, match=f"no-such-program was not found in {tmp_path}/bin or "):
        Layout(Paths(tmp_path)).program("no-such-program")


def test_a_tool_of_ours_precedes_the_systems(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    own = tmp_path / "sh-of-version-2"
    own.touch(mode=0o755)
    (tmp_path / "bin" / "sh").symlink_to(own)

    assert Layout(Paths(tmp_path)).program("sh") == str(own)


def test_a_kubelet_that_is_not_ours_is_found(tmp_path: Path) -> None:
    program = tmp_path / "kubelet"
    shutil.copy("/bin/sleep", program)
    layout = Layout(Paths(tmp_path / "cache"))
    with subprocess.Popen((program, "300")) as foreign:
        try:
            assert machine.foreign_kubelets(layout) >= {foreign.pid}
        finally:
            foreign.kill()


def test_our_own_kubelet_is_not_another_s(tmp_path: Path) -> None:
    program = tmp_path / "kubelet"
    shutil.copy("/bin/sleep", program)
    layout = Layout(Paths(tmp_path / "cache"))
    layout.run.mkdir(parents=True)
    own = Processes(layout.run, layout.logs, os.defpath)
    own.ensure(Component("kubelet", (str(program), "300")))
    found = own.find("kubelet")
    assert found is not None
    try:
        assert found.pid not in machine.foreign_kubelets(layout)
    finally:
        own.end(own.living(), patience=0.1)


def test_mounts_come_in_the_order_in_which_they_can_be_undone(tmp_path: Path) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(
        "21 1 0:1 / / rw - ext4 /dev/vda rw\n"
        "30 21 0:5 / /cache/run/kubelet/pods/a rw - tmpfs tmpfs rw\n"
        "31 30 0:6 / /cache/run/kubelet/pods/a/with\\040blank rw - tmpfs tmpfs rw\n"
        "32 21 0:7 / /cache/run-of-another rw - tmpfs tmpfs rw\n"
    )

    assert mounts_below(Path("/cache/run"), table) == [
        "/cache/run/kubelet/pods/a/with blank",
        "/cache/run/kubelet/pods/a",
    ]


def test_pods_get_the_machines_name_servers_but_none_on_loopback(tmp_path: Path) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("nameserver 127.0.0.53\noptions edns0\n")
    real.write_text("search example.com\nnameserver 192.0.2.1\nnameserver ::1\nnameserver 2001:db8::1\n")

    assert resolver_configuration((tmp_path / "absent", stub, real)) == (
        "nameserver 192.0.2.1\nnameserver 2001:db8::1\n"
    )


def test_a_machine_without_name_servers_gives_pods_none(tmp_path: Path) -> None:
    assert resolver_configuration((tmp_path / "absent",)) == ""


@pytest.mark.parametrize(("capabilities", "expected"), [("000001ffffffffff", True), ("000001fffeffffff", False)])
def test_the_oom_score_is_restricted_where_root_may_not_lower_it(
    tmp_path: Path, capabilities: str, expected: bool
) -> None:
    status = tmp_path / "status"
    status.write_text(f"Name:\tpython3\nCapEff:\t{capabilities}\n")

    assert may_lower_oom_score(status) is expected


def test_version_1_of_control_groups_has_a_group_in_each_hierarchy(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n"
        "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"
        "cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    )

    assert roots(mounts) == [
        Path("/sys/fs/cgroup/cpu/etl-sandbox"),
        Path("/sys/fs/cgroup/memory/etl-sandbox"),
        Path("/sys/fs/cgroup/unified/etl-sandbox"),
    ]


def test_version_2_of_control_groups_has_one_group(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("tmpfs /run tmpfs rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n")

    assert roots(mounts) == [Path("/sys/fs/cgroup/etl-sandbox")]
