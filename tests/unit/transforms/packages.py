"""Packages built and installed as people do, into folders of a test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
OFFLINE = ("--no-deps", "--no-build-isolation", "--no-index")


def wheel(source: Path, folder: Path) -> Path:
    """Build the wheel of a copy of the source, for setuptools builds in place."""
    copy = folder / "source"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run([*PIP, "wheel", *OFFLINE, "--wheel-dir", folder / "wheels", copy], check=True)
    [made] = (folder / "wheels").glob("*.whl")
    return made


def install(made: Path, target: Path) -> None:
    """Install a wheel into a folder."""
    subprocess.run([*PIP, "install", *OFFLINE, "--no-compile", "--target", target, made], check=True)


def python(*arguments: str | Path, search: tuple[Path, ...]) -> subprocess.CompletedProcess[str]:
    """Run this Python in the last of the folders that it looks for modules in."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=search[-1], env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, search))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
