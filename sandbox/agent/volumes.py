"""The data of volumes: each a file system of the requested size in a file, so that a full volume is full.

Where the machine has no loop devices a volume is a plain folder, whose size nothing limits.
"""

from __future__ import annotations

import logging
import shutil
import subprocess
from pathlib import Path

LOG = logging.getLogger(__name__)
# XFS, because it grows while pods use it with no more than the right to mount. To grow a mounted ext4 the kernel asks
# for CAP_SYS_RESOURCE, which root in a container or a virtual machine often lacks.
IMAGE = "xfs.img"
# Pods get a folder inside the mounted file system. While that is not mounted, after a restart of the machine, there is
# no such folder and kubelet waits for it; an empty one would be taken for a new volume, and filled anew.
POINT, DATA = "mounted", "data"
MOUNT = "loop,noatime,discard"
"""Blocks that are freed go back to the disk."""


class VolumeError(Exception):
    """A volume cannot be made, grown or removed."""


class Volumes:
    """The volumes below one folder: `<name>/mounted`, which has the folder `data`, is mounted from `<name>/xfs.img`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> Path:
        """Where a volume's data is."""
        return self._folder / name / POINT / DATA

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
        place = self._folder / name
        (place / POINT).mkdir(parents=True, exist_ok=True)
        image = place / IMAGE
        if not image.exists() and Path("/dev/loop-control").exists():
            partial = image.with_suffix(".part")
            with partial.open("wb") as sparse:
                sparse.truncate(size)
            # "Unsupported" is one of less than 300 MB, which upstream does not test; small claims are for tests alone.
            _run("mkfs.xfs", "--unsupported", "-q", str(partial))
            partial.rename(image)
        self.mount(name)
        return self.path(name)

    def mount(self, name: str) -> None:
        """Mount a volume if it is not; after a restart of the machine it is not.

        Raises:
            VolumeError: it cannot be mounted.
        """
        place = self._folder / name
        if (place / IMAGE).exists() and not (place / POINT).is_mount():
            _run("mount", "-o", MOUNT, str(place / IMAGE), str(place / POINT))
        if (place / POINT).exists():
            self.path(name).mkdir(exist_ok=True)

    def grow(self, name: str, size: int) -> None:
        """Make a volume's file system larger, also while pods use it; what is begun is finished by another call.

        Args:
            name: of a volume that was made.
            size: of its file system, in bytes; one that is as large already stays as it is.

        Raises:
            VolumeError: it cannot be grown; its data is as it was.
        """
        point, image = self._folder / name / POINT, self._folder / name / IMAGE
        if not image.exists():
            return  # a plain folder, which nothing limits
        if image.stat().st_size < size:
            with image.open("r+b") as sparse:
                sparse.truncate(size)
        self.mount(name)
        device = _run("findmnt", "--noheadings", "--output", "SOURCE", "--mountpoint", str(point)).strip()
        _run("losetup", "--set-capacity", device)
        _run("xfs_growfs", str(point))

    def remove(self, name: str) -> None:
        """Remove a volume with its data; one that does not exist is no error.

        Raises:
            VolumeError: it is in use.
        """
        place = self._folder / name
        if (place / POINT).is_mount():
            _run("umount", str(place / POINT))
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
