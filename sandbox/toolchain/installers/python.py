"""The Python environment: exactly requirements.lock, every file checked against its hash."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.commands import Commands
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import key_of, whole_folder
from sandbox.toolchain.installers.published import Published
from sandbox.toolchain.paths import Paths

LOCK = "requirements.lock"
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir")
LOCKED = ("--require-hashes", "--no-deps")
WHEELS = (*LOCKED, "--only-binary=:all:")
SOURCES = (*LOCKED, "--no-binary=:all:", "--no-build-isolation")
PUBLISHED_AS_SOURCE = "pyspark=="
"""What has no wheel: built by the locked setuptools, so after all others."""


@dataclass(frozen=True, slots=True)
class PythonEnvironment:
    """The one environment that the program, the plugins, the agent and the tests run in.

    Attributes:
        paths: the cache.
        commands: runs pip.
    """

    paths: Paths
    commands: Commands

    @property
    def published(self) -> Published:
        """Where it lies; `paths.venv` is the link to it."""
        # The base's prefix: inside this very environment, as in `make shell`, `sys.prefix` would name another key.
        key = key_of([self.paths.root / LOCK, platform.python_version(), sys.base_prefix])
        return Published("python", key, {self.paths.venv: "."})

    def ready(self) -> bool:
        """Whether it is there, of this lock and this Python."""
        return self.published.ready(self.paths)

    def make(self) -> None:
        """Install every package, compiled to bytecode.

        Raises:
            ToolchainError: Python lacks `venv`, a package cannot be had, or its hash is another.
        """
        published = self.published
        target = published.folder(self.paths)
        with whole_folder(target) as folder:
            self.commands.run(
                "python",
                [sys.executable, "-m", "venv", folder],
                hint="On Debian the module comes with `apt-get install python3-venv`.",
            )
            wheels, sources = split((self.paths.root / LOCK).read_text())
            for name, options, content in (("wheels", WHEELS, wheels), ("sources", SOURCES, sources)):
                file = folder / f"{name}.lock"
                file.write_text(content)
                self.commands.run("python", [folder / "bin/python", *PIP, "install", *options, "--requirement", file])
            _repoint(folder, target)
        published.publish(self.paths)


def split(lock: str) -> tuple[str, str]:
    """The lock's entries that come as wheels, and those that are published as source."""
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    sources = [entry for entry in entries if entry.startswith(PUBLISHED_AS_SOURCE)]
    return "".join(entry for entry in entries if entry not in sources), "".join(sources)


def _repoint(folder: Path, target: Path) -> None:
    """Let the scripts name the interpreter's final place: pip wrote the place where they were made."""
    for script in (folder / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content = script.read_bytes()
        if str(folder).encode() in content:
            script.write_bytes(content.replace(str(folder).encode(), str(target).encode()))


def check_python(needed: str) -> None:
    """Refuse another Python than the pinned one, for which the lock was made.

    Raises:
        ToolchainError: this is another version.
    """
    found = ".".join(platform.python_version_tuple()[:2])
    if found != needed:
        raise ToolchainError(
            f"Python {needed} is needed and this is {found}; name the right one: make PYTHON=/path/to/python{needed} …"
        )
