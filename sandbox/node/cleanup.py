"""Removing what pods leave on the machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.node.commands import Commands
from sandbox.node.errors import NodeError
from sandbox.node.layout import Layout
from sandbox.node.mounts import mounts_below

_CNI_RESULTS = Path("/var/lib/cni/results")
_LOG_LINKS = Path("/var/log/containers")
_SHIM_SOCKETS = Path("/run/containerd/s")
_KUBELET_SOCKET = Path("/var/lib/kubelet/device-plugins/kubelet.sock")


def remove_shared_traces(layout: Layout) -> None:
    """Remove what the programs file outside `run`: results of CNI, links to logs, sockets of shims.

    To be called before `run` is removed, which says which sockets are ours.
    """
    if _CNI_RESULTS.is_dir():
        for result in _CNI_RESULTS.iterdir():
            # Those of the loopback network bear no name of ours, but say in which namespace the pod was.
            if f'"{layout.containerd_state}/' in result.read_text():
                result.unlink()
    if _LOG_LINKS.is_dir():
        for link in _LOG_LINKS.iterdir():
            if link.is_symlink() and link.readlink().is_relative_to(layout.pod_logs):
                link.unlink()
    # The kubelet takes this path from nowhere. Where our node was ever started, no other kubelet runs.
    if layout.machine.exists():
        _KUBELET_SOCKET.unlink(missing_ok=True)
    for address in layout.containerd_state.glob("io.containerd.runtime.v2.task/*/*/address"):
        socket = Path(address.read_text().strip().removeprefix("unix://"))
        if socket.parent == _SHIM_SOCKETS:
            socket.unlink(missing_ok=True)


def remove_run(layout: Layout) -> None:
    """Remove the run folder.

    Raises:
        NodeError: something is still mounted in it, whose content must not be deleted with it.
    """
    if points := mounts_below(layout.run):
        raise NodeError(f"{points[0]} is still mounted; {layout.run} is left as it is")
    remove_leftovers(layout)
    if layout.run.exists():
        # At once, or an interrupted removal would leave a state without the passphrase that opens it.
        shutil.rmtree(layout.run.replace(layout.removed))


def remove_leftovers(layout: Layout) -> None:
    """Go on with a removal that was interrupted."""
    if layout.removed.exists():
        shutil.rmtree(layout.removed)


def release_loop_devices(folder: Path, commands: Commands) -> None:
    """Detach loop devices whose backing file lies below a folder; unmounting frees only those made by `mount`."""
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        if backing.read_text().strip().startswith(f"{folder}/"):
            commands.run("losetup", "-d", f"/dev/{backing.parts[3]}")
