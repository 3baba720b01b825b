"""A folder becomes the tar of one OCI layer."""

from __future__ import annotations

import os
import stat
import tarfile
from pathlib import Path

CAPABILITY = "security.capability"
OPAQUE = "trusted.overlay.opaque"


def write_layer(folder: Path, target: Path) -> None:
    """Write what lies in `folder` (an overlay's upper folder or a plain one) as a layer.

    Overlay's marks of removal become those of the OCI image specification (`.wh.<name>`, `.wh..wh..opq`);
    owners are kept as numbers, file capabilities as PAX headers.
    """
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as tar:
        _add_children(tar, folder, "")


def _add_children(tar: tarfile.TarFile, folder: Path, prefix: str) -> None:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        _add(tar, Path(entry.path), f"{prefix}{entry.name}")


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    status = path.lstat()
    if stat.S_ISSOCK(status.st_mode):
        return
    if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
        _add_mark(tar, str(Path(name).with_name(f".wh.{path.name}")))
        return
    member = tar.gettarinfo(path, name)
    member.uname = member.gname = ""
    attributes = {} if path.is_symlink() else _attributes(path)
    if capability := attributes.get(CAPABILITY):
        member.pax_headers = {f"SCHILY.xattr.{CAPABILITY}": capability.decode("utf-8", "surrogateescape")}
    if member.isreg():
        with path.open("rb") as content:
            tar.addfile(member, content)
        return
    tar.addfile(member)
    if member.isdir():
        if attributes.get(OPAQUE) == b"y":
            _add_mark(tar, f"{name}/.wh..wh..opq")
        _add_children(tar, path, f"{name}/")


def _add_mark(tar: tarfile.TarFile, name: str) -> None:
    tar.addfile(tarfile.TarInfo(name))


def _attributes(path: Path) -> dict[str, bytes]:
    return {name: os.getxattr(path, name) for name in os.listxattr(path) if name in {CAPABILITY, OPAQUE}}
