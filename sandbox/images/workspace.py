"""Where one layer is filled: a folder of its own over the layers of its base."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.images.errors import ImageError
from sandbox.toolchain.paths import Paths

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")

# Runs inside namespaces of its own: its mounts and processes end with it, even when it is killed.
# The marks of overlayfs are kept plain (no redirects, no metadata-only copies), for they become a layer.
CHROOT = """
lower=$1 upper=$2 work=$3 merged=$4
mount -t overlay -o "lowerdir=$lower,upperdir=$upper,workdir=$work,redirect_dir=off,metacopy=off" overlay "$merged"
mount -t proc proc "$merged/proc"
mount -t tmpfs -o mode=755 tmpfs "$merged/dev"
for device in null zero full random urandom; do
    touch "$merged/dev/$device"
    mount --bind "/dev/$device" "$merged/dev/$device"
done
ln -s /proc/self/fd "$merged/dev/fd"
mkdir -p -m 1777 "$merged/dev/shm"
mount -t tmpfs tmpfs "$merged/tmp"
mount --bind /etc/resolv.conf "$merged/etc/resolv.conf"
exec chroot "$merged" /bin/sh -euc "$5"
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one layer in the making.

    Attributes:
        paths: the cache.
        folder: everything of this workspace; gone when the image is built.
        log: file that takes the output of what runs.
    """

    paths: Paths
    folder: Path
    log: Path

    @property
    def upper(self) -> Path:
        """What the layer will hold; host code may write into it directly."""
        return self.folder / "upper"

    @property
    def lower(self) -> Path:
        """The content of the base's layers."""
        return self.folder / "lower"

    def prepare(self) -> None:
        """Make the folders, empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("upper", "lower", "work", "merged"):
            (self.folder / name).mkdir(parents=True)

    def run(self, script: str) -> str:
        """Run a shell script as root inside the image; what it changes becomes part of the layer.

        Returns:
            What it wrote to its standard output.

        Raises:
            ImageError: the script failed; carries the end of its output.
        """
        folders = (str(self.folder / name) for name in ("lower", "upper", "work", "merged"))
        return self.call(
            [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--propagation",
                "private",
                "sh",
                "-euc",
                CHROOT,
                "chroot",
                *folders,
                script,
            ]
        )

    def call(self, command: list[str], environment: Mapping[str, str] | None = None) -> str:
        """Run a program of the host for this layer; the log takes all that it says.

        Args:
            command: program and arguments.
            environment: set on top of this process's own.

        Returns:
            What it wrote to its standard output.

        Raises:
            ImageError: it failed; carries the end of its output.
        """
        merged = {**os.environ, **(environment or {})}
        with self.log.open("a") as log:
            done = subprocess.run(
                command,
                env=merged,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                check=False,
                text=True,
            )
            log.write(done.stdout)
        if done.returncode:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise ImageError(f"{command[0]} ended with status {done.returncode}; the end of {self.log}:\n{tail}")
        return done.stdout

    def tool(self, name: str) -> str:
        """Find a program in the cache, else on PATH.

        Raises:
            ImageError: it is in neither.
        """
        found = shutil.which(name, path=f"{self.paths.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
        if found is None:
            raise ImageError(f"{name} is neither in {self.paths.bin} nor on PATH; run `make up`, which brings it")
        return found

    def built(self, program: str) -> Path:
        """A program of the toolchain that an image of the same name holds.

        Raises:
            ImageError: it is not built yet.
        """
        found = self.paths.bin / program
        if not found.exists():
            raise ImageError(f"{found} is not built yet; `make build PART=image-{program}` builds it before this image")
        return found

    def trust_public_authorities(self) -> None:
        """Give the layer the authorities that this machine trusts, where it has any."""
        if AUTHORITIES.exists():
            self.place(AUTHORITIES, str(AUTHORITIES))

    def place(self, source: Path, target: str, mode: int = 0o644) -> None:
        """Copy a file into the layer; `target` is its absolute path in the image."""
        placed = self.upper / target.lstrip("/")
        placed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, placed)
        placed.chmod(mode)
