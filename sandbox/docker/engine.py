"""A Docker engine of our own: one process tree in namespaces of its own, below one folder.

What it mounts and starts lies in a mount and a process namespace that end with it, even when it is killed. Only its
network is the machine's, for its ports are to be reached: `network` takes back what it adds there.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.docker import network
from sandbox.docker.api import UNIX, Api
from sandbox.docker.errors import DockerError
from sandbox.node.cgroups import mounted
from sandbox.node.commands import Commands
from sandbox.node.layout import SOCKET_PATH_LIMIT
from sandbox.node.processes import Component, Processes
from sandbox.toolchain.files import remove
from sandbox.toolchain.paths import Paths

ADDRESSES = "172.30.0.0/16"
"""The networks of an engine take parts of this: apart from the node's, and from what engines take by default."""
GROUP = "etl-docker"
STARTS_WITHIN = 60.0
STOPS_WITHIN = 10
"""Seconds that a container has to end by itself."""
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# $0 is the folder that takes the state of the running containers. The folders of the system are hidden, so that a
# person's own containerd is never taken for ours, and nothing stays in them.
_ALONE = """
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/docker /run/lock
exec docker-init -s -- "$@"
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine.

    Attributes:
        paths: the cache with its programs.
        folder: everything of it: images, volumes, logs, socket.
        addresses: of its networks.
        group: control group of its containers.
    """

    paths: Paths
    folder: Path
    addresses: str = ADDRESSES
    group: str = GROUP

    @classmethod
    def ours(cls, paths: Paths) -> Engine:
        """The one that `make local` starts."""
        return cls(paths, paths.docker / "engine")

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self.folder / "docker.sock"

    @property
    def host(self) -> str:
        """As DOCKER_HOST names it."""
        return f"{UNIX}{self.socket}"

    @property
    def api(self) -> Api:
        """The way to speak to it."""
        return Api(self.host)

    @property
    def running(self) -> bool:
        """Whether it answers."""
        try:
            Api(self.host, patience=5).get("/version")
        except DockerError:
            return False
        return True

    def start(self) -> None:
        """Have it run; one that runs already is left alone.

        Raises:
            DockerError: this machine cannot have one, or it does not start.
        """
        if reasons := why_no_engine():
            raise DockerError(f"no Docker engine can be started here: {'; '.join(reasons)}")
        if len(str(self.socket)) > SOCKET_PATH_LIMIT:
            raise DockerError(f"{self.socket} is too long for a socket's path; set ETL_PLATFORM_CACHE to a shorter one")
        if self.running:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        network.remember(self._commands, self.folder)
        self._processes.ensure(Component("dockerd", self._arguments()))
        _until(lambda: self.running, STARTS_WITHIN, self._why_not_started)

    def stop(self) -> None:
        """End it with all its containers, and remove all that it left; the built tools stay.

        Raises:
            DockerError: something stays.
        """
        if self.running:
            try:
                self._end_containers()
            except DockerError:
                # One that was killed a moment ago may answer once and no more; its containers end with it.
                if self.running:
                    raise
        living = self._processes.living()
        self._processes.end(living, patience=2)
        if left := self._processes.living():
            raise DockerError(f"processes of the Docker engine stay: {', '.join(str(each.pid) for each in left)}")
        if self.folder.exists():
            network.restore(self._commands, self.folder, self.addresses)
        self._remove_groups()
        remove(self.folder)

    def _end_containers(self) -> None:
        """Let every container end in order; the networks go with their rules."""
        api = self.api
        for each in api.get("/containers/json", {"all": True}):
            with contextlib.suppress(DockerError):
                api.post(f"/containers/{each['Id']}/stop", query={"t": STOPS_WITHIN})
            api.delete(f"/containers/{each['Id']}", {"force": True, "v": True})
        for each in api.get("/networks"):
            if each["Name"] not in ("none", "host", "bridge"):
                api.delete(f"/networks/{each['Id']}")

    def _remove_groups(self) -> None:
        for root in mounted():
            for folder, _, _ in os.walk(root / self.group, topdown=False):
                with contextlib.suppress(OSError):
                    Path(folder).rmdir()

    def _arguments(self) -> tuple[str, ...]:
        programs = {name: shutil.which(name, path=self._search_path) for name in ("unshare", "dockerd")}
        if missing := [name for name, found in programs.items() if found is None]:
            raise DockerError(f"{' and '.join(missing)} cannot be found; `make build PART=docker` brings the engine")
        return (
            str(programs["unshare"]),
            *("--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"),
            *("sh", "-euc", _ALONE, "sh"),
            str(programs["dockerd"]),
            f"--data-root={self.folder / 'data'}",
            "--exec-root=/run/docker",
            "--pidfile=/run/docker.pid",
            f"--host={self.host}",
            "--bridge=none",
            # It would set FORWARD to DROP, which is not ours to take back while a node runs. Nothing here goes out.
            "--ip-forward=false",
            f"--default-address-pool=base={self.addresses},size=24",
            "--storage-driver=overlay2",
            f"--cgroup-parent=/{self.group}",
            # Below zero by default, which takes a right that not every machine gives.
            "--oom-score-adjust=0",
            "--log-level=warn",
        )

    def _why_not_started(self) -> str:
        said = "\n  ".join(self._processes.last_lines("dockerd"))
        return f"the Docker engine did not start within {STARTS_WITHIN:.0f} s; the end of its log:\n  {said}"

    @property
    def _search_path(self) -> str:
        return f"{self.paths.bin}:{_SYSTEM_PATH}"

    @property
    def _commands(self) -> Commands:
        return Commands(self._search_path)

    @property
    def _processes(self) -> Processes:
        return Processes(self.folder, self.folder / "logs", self._search_path)


def why_no_engine() -> list[str]:
    """What keeps an engine of ours from running on this machine; empty when nothing does."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return [f"it is for Linux on x86_64, and this is {platform.system()} on {platform.machine()}"]
    return [] if os.geteuid() == 0 else ["you are not root, which starting containers takes"]


def _until(done: Callable[[], bool], seconds: float, why: Callable[[], str]) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise DockerError(why())
        time.sleep(0.1)
