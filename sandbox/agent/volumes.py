"""The data of volumes: each a file system of the requested size in a file, so that a full volume is full.

Where the machine has no loop devices a volume is a plain folder, whose size nothing limits.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

LOG = logging.getLogger(__name__)
IMAGE = "ext4.img"
DATA = "data"
MOUNT = "loop,noatime,discard,noinit_itable"
"""Blocks that are freed go back to the disk, and empty inode tables never take any."""


class VolumeError(Exception):
    """A volume cannot be made or removed."""


class VolumeInUse(VolumeError):  # noqa: N818 - it describes the volume
    """A volume can be grown only once no pod uses it; until then no further pod finds it."""


class Volumes:
    """The volumes below one folder: `<name>/data` is mounted from `<name>/ext4.img`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where a volume's data is."""
        return self._folder / name / DATA

    def make(self, name: str, size: int) -> Path:
        """Make a volume, or finish one that was begun.

        Args:
            name: unique among the volumes.
            size: of its file system, in bytes; disk is taken only as it is written.

        Returns:
            Where its data is.

        Raises:
            VolumeError: it cannot be made; what was begun is removed by `remove`.
        """
        data = self.path(name)
        data.mkdir(parents=True, exist_ok=True)
        image = data.with_name(IMAGE)
        if not image.exists() and Path("/dev/loop-control").exists():
            partial = image.with_suffix(".part")
            with partial.open("wb") as sparse:
                sparse.truncate(size)
            # All of the size for its user: no blocks are kept for root.
            _run("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1", str(partial))
            partial.rename(image)
        self.mount(name)
        return data

    def mount(self, name: str) -> None:
        """Mount a volume if it is not; after a restart of the machine it is not.

        Raises:
            VolumeError: it cannot be mounted.
        """
        # The agent may have ended while it waited to grow it. Mounted first: a pod must never find the bare folder.
        place = self._place(name)
        self._mount(place)
        if place != self._folder / name:
            place.rename(self._folder / name)

    def grow(self, name: str, size: int) -> None:
        """Make a volume's file system larger; what is begun is finished by another call.

        Args:
            name: of a volume that was made.
            size: of its file system, in bytes; one that is as large already stays as it is.

        Raises:
            VolumeInUse: the machine lets nobody grow a file system in use, and a pod uses this one.
            VolumeError: it cannot be grown; its data is as it was.
        """
        place = self._place(name)
        image = place / IMAGE
        if not image.exists():
            return  # a plain folder, which nothing limits
        if image.stat().st_size < size:
            with image.open("r+b") as sparse:
                sparse.truncate(size)
        self._mount(place)
        if place == self._held(name):
            self._grow_unused(name)
            return
        device = _run("findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", str(place / DATA)).strip()
        _run("losetup", "--set-capacity", device)
        try:
            _run("resize2fs", device)
        except VolumeError:
            # The kernel asks for CAP_SYS_RESOURCE, which root in a container often lacks.
            self._grow_unused(name)

    def _grow_unused(self, name: str) -> None:
        """Grow a file system that no pod has mounted, with its folder out of any pod's reach meanwhile."""
        shown, held = self._folder / name, self._held(name)
        if shown.exists():
            shown.rename(held)  # its mounts move along; from now on kubelet finds nothing to mount, and tries again
        if _times_mounted(held / DATA) > 1:
            raise VolumeInUse("this machine grows a file system only while no pod uses it: restart the pod")
        try:
            _run("umount", str(held / DATA))
            _run("e2fsck", "-f", "-p", str(held / IMAGE))
            _run("resize2fs", str(held / IMAGE))
        finally:
            self.mount(name)

    def _held(self, name: str) -> Path:
        return self._folder / f"{name}.growing"

    def _place(self, name: str) -> Path:
        return self._held(name) if self._held(name).exists() else self._folder / name

    def _mount(self, place: Path) -> None:
        if (place / IMAGE).exists() and not (place / DATA).is_mount():
            _run("mount", "-o", MOUNT, str(place / IMAGE), str(place / DATA))

    def remove(self, name: str) -> None:
        """Remove a volume with its data; one that does not exist is no error.

        Raises:
            VolumeError: it is in use.
        """
        place = self._place(name)
        if (place / DATA).is_mount():
            _run("umount", str(place / DATA))
        if place.exists():
            shutil.rmtree(place)


def _run(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise VolumeError(f"{command[0]} cannot be run: {error.strerror}") from error
    if done.returncode:
        raise VolumeError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def _times_mounted(path: Path) -> int:
    """How often the file system that is mounted at `path` is mounted; each pod that uses it adds one."""
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
    [device] = {fields[2] for fields in mounts if fields[4] == str(path.resolve())}
    return sum(fields[2] == device for fields in mounts)
