"""What the engine starts: provider plugins under their vendor's names, and the Python language host."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import remove, write_whole
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions

LANGUAGE_HOST = "language-python-v0.0.1"
"""Its folder in the engine's plugin cache; the engine takes any version of a language host."""
DOWNLOAD_PATIENCE = 90.0
"""Seconds that one of the vendor's plugins may take to come."""
REFUSED = "vendor-plugins-refused"


class Origin(StrEnum):
    """Whose provider plugins the engine starts."""

    OURS = "ours"
    VENDOR = "vendor"


def home_of(paths: Paths, origin: Origin) -> Path:
    """PULUMI_HOME: one for each origin, so that neither's plugins ever take the place of the other's."""
    home = paths.pulumi_home
    return home if origin is Origin.OURS else home.with_name(f"{home.name}-vendor")


def install_ours(paths: Paths, versions: Versions, home: Path | None = None) -> None:
    """Put launchers of this checkout's plugins and language host into an engine's home, by default the cache's."""
    home = home or home_of(paths, Origin.OURS)
    _install_language_host(paths, home)
    for package, version in versions.plugins.items():
        folder = home / "plugins" / f"resource-{package}-v{version}"
        for older in folder.parent.glob(f"resource-{package}-v*"):
            if older != folder:
                remove(older)
        _launcher(paths, folder / f"pulumi-resource-{package}", f"sandbox.plugins.{package}")


def install_vendor(paths: Paths, versions: Versions, engine: Path, environ: Mapping[str, str]) -> str | None:
    """Let the engine download the vendor's plugins; a refusal is remembered until the versions change.

    Args:
        paths: the cache.
        versions: the table.
        engine: the `pulumi` to use.
        environ: its environment.

    Returns:
        None when all are there, else why one could not be had.
    """
    home = home_of(paths, Origin.VENDOR)
    _install_language_host(paths, home)
    for package, version in versions.plugins.items():
        if problem := _download(package, version, engine, {**environ, "PULUMI_HOME": str(home)}):
            write_whole(home / REFUSED, _wanted(versions))
            return problem
    return None


def vendor_refused(paths: Paths, versions: Versions) -> bool:
    """Whether the vendor's plugins of these versions could not be had before."""
    try:
        return (home_of(paths, Origin.VENDOR) / REFUSED).read_text() == _wanted(versions)
    except OSError:
        return False


def installed(paths: Paths, versions: Versions, origin: Origin) -> bool:
    """Whether every plugin of the current versions is there."""
    plugins = home_of(paths, origin) / "plugins"
    names = versions.plugins.items()
    return all((plugins / f"resource-{name}-v{version}/pulumi-resource-{name}").exists() for name, version in names)


def _download(package: str, version: str, engine: Path, environ: Mapping[str, str]) -> str | None:
    try:
        done = subprocess.run(
            [engine, "plugin", "install", "resource", package, version],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{package} {version} did not come within {DOWNLOAD_PATIENCE:.0f} s"
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        return f"{package} {version}: {said[-1] if said else f'status {done.returncode}'}"
    return None


def _wanted(versions: Versions) -> str:
    return " ".join(f"{name}={version}" for name, version in sorted(versions.plugins.items()))


def _install_language_host(paths: Paths, home: Path) -> None:
    file = home / "plugins" / LANGUAGE_HOST / "pulumi-language-python"
    _launcher(paths, file, "sandbox.plugins.language")


def _launcher(paths: Paths, file: Path, module: str) -> None:
    if not (paths.root / module.replace(".", "/") / "__main__.py").exists():
        raise ToolchainError(f"{paths.root} holds no {module}, which versions.toml lists under [plugins]")
    # Not by PYTHONPATH: the language host would hand the checkout on to the program, which may be another's.
    start = (
        f"import sys, runpy; sys.path.insert(0, {str(paths.root)!r}); runpy.run_module({module!r}, run_name='__main__')"
    )
    # Each run of the engine starts all of them: what is compiled is kept, whatever the machine's habit, and not in
    # the checkout.
    settings = f"unset PYTHONDONTWRITEBYTECODE; export PYTHONPYCACHEPREFIX={shlex.quote(str(paths.bytecode))}"
    script = f'#!/bin/sh\n{settings}\nexec {shlex.quote(str(paths.python))} -P -c {shlex.quote(start)} "$@"\n'
    if not file.exists() or file.read_text() != script:
        write_whole(file, script, 0o755)
