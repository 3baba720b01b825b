"""How pip on this machine reaches its index: lent to the build, and no part of what it makes."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

SETTINGS = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout", "no-index")
"""Taken over as they are."""
CONFIGURATION = "/etc/pip.conf"
AUTHORITIES, WHEELS = "/run/sandbox/authorities.pem", "/run/sandbox/wheels"


def lent(python: Path, folder: Path) -> list[str]:
    """Write pip's configuration for the build.

    Args:
        python: an interpreter with pip.
        folder: takes the file; for the owner's eyes alone, since an index may have a password.

    Returns:
        The mounts, as `buildah --volume` takes them; none where pip needs no settings.
    """
    found = _settings(python)
    kept = {name: found[name] for name in SETTINGS if name in found}
    mounts: list[str] = []
    for name, place in (("cert", AUTHORITIES), ("find-links", WHEELS)):
        if name in found and Path(found[name]).exists():
            kept[name] = place
            mounts.append(f"{Path(found[name]).resolve()}:{place}:ro")
    if not kept:
        return []
    file = folder / "pip.conf"
    file.touch(0o600)
    file.write_text("\n".join(["[global]", *(f"{name} = {value}" for name, value in kept.items()), ""]))
    return [f"{file}:{CONFIGURATION}:ro", *mounts]


def _settings(python: Path) -> dict[str, str]:
    """Pip's settings from its files and variables; the stronger ones come last in its list."""
    listed = subprocess.run([python, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    pairs = (line.partition("=") for line in listed.splitlines() if "=" in line)
    ordered = sorted(pairs, key=lambda pair: pair[0].startswith(":env:"))
    found = {key.rpartition(".")[2]: str(ast.literal_eval(value)) for key, _, value in ordered}
    return {name: value.replace("\n", " ") for name, value in found.items()}
