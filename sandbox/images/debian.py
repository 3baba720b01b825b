"""Debian inside images: where its packages come from, and the check that they are the pinned ones."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.images.errors import ImageError
from sandbox.images.workspace import Workspace

SUITE = "bookworm"
# What debian:bookworm-slim leaves out as well.
EXCLUDED = ("/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/doc/*")
KEPT = ("/usr/share/doc/*/copyright", "/usr/share/locale/locale.alias")

INSTALL = """
printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
export DEBIAN_FRONTEND=noninteractive
apt-get install --yes --no-install-recommends {packages}
rm -rf /usr/sbin/policy-rc.d /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/apt/archives/*.deb
rm -rf /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/debconf/*-old /var/lib/dpkg/*-old
"""


def bootstrap(workspace: Workspace) -> None:
    """Fill the workspace with a minimal Debian."""
    workspace.call(bootstrapping(workspace.tool("mmdebstrap"), workspace.upper))
    for entry in (workspace.upper / "dev").iterdir():
        workspace.call(["rm", "-rf", str(entry)])
    (workspace.upper / "etc/hostname").unlink(missing_ok=True)
    (workspace.upper / "etc/resolv.conf").write_text("")


def bootstrapping(mmdebstrap: str | Path, folder: Path, packages: Sequence[str] = ()) -> list[str]:
    """The command that fills a folder with a minimal Debian and packages, from where this machine's own apt has them.

    Raises:
        ImageError: apt knows no source of it.
    """
    lines = sources()
    included = [*packages, *(["ca-certificates"] if any(" https://" in line for line in lines) else [])]
    options = ["force-unsafe-io", *(f"path-exclude={path}" for path in EXCLUDED)]
    return [
        *(str(mmdebstrap), "--mode=root", "--variant=minbase", "--format=directory"),
        *([f"--include={','.join(included)}"] if included else []),
        *(f"--dpkgopt={option}" for option in [*options, *(f"path-include={path}" for path in KEPT)]),
        *(f"--aptopt={line}" for line in _apt_options()),
        *(SUITE, str(folder), *lines),
    ]


def install(workspace: Workspace, packages: Mapping[str, str]) -> None:
    """Install packages of exactly these upstream versions into the layer.

    Raises:
        ImageError: Debian serves another version than the pinned one, or the installation failed.
    """
    workspace.run("apt-get update")
    wanted = [
        f"{name}={pick(name, pinned, workspace.run(f'apt-cache madison {name}'))}" for name, pinned in packages.items()
    ]
    workspace.run(INSTALL.format(packages=" ".join(wanted)))


def pick(package: str, pinned: str, madison: str) -> str:
    """Find the package version of a pinned upstream version.

    Args:
        package: its name.
        pinned: upstream's version, as versions.toml says.
        madison: what `apt-cache madison` says of the package.

    Raises:
        ImageError: it is not served.
    """
    served = [columns[1].strip() for line in madison.splitlines() if len(columns := line.split("|")) > 1]
    for version in served:
        if upstream(version) == pinned:
            return version
    raise ImageError(
        f"Debian package {package}: {pinned} is pinned, {' and '.join(served) or 'nothing'} is served. "
        f"Change `{package}` under [debian] in versions.toml, and for PostgreSQL itself the tag under [images.postgres]"
    )


def upstream(version: str) -> str:
    """Take Debian's own parts off a package version: `1:15.20-0+deb12u1` is upstream's `15.20`."""
    without_epoch = version.rpartition(":")[2]
    return without_epoch.rpartition("-")[0] or without_epoch


def sources() -> list[str]:
    """The lines of sources.list for Debian's own suites, as this machine's apt is configured.

    Raises:
        ImageError: apt knows no source of Debian bookworm.
    """
    known = _sources()
    if not known:  # Without downloaded lists apt cannot tell whose a source is.
        subprocess.run(["apt-get", "update"], check=False, capture_output=True)
        known = _sources()
    if not known:
        raise ImageError(f"apt on this machine knows no source of Debian {SUITE}; images are made of its packages")
    return known


def _sources() -> list[str]:
    columns = "$(ORIGIN)|$(RELEASE)|$(REPO_URI)|$(COMPONENT)"
    output = subprocess.run(
        ["apt-get", "indextargets", "--format", columns, "Created-By: Packages"],
        check=False,
        capture_output=True,
        text=True,
    ).stdout
    return parse_sources(output)


def parse_sources(output: str) -> list[str]:
    """Turn lines `origin|release|address|component` into lines of sources.list, Debian's bookworm only."""
    rows = [line.split("|") for line in output.splitlines()]
    found = [
        f"deb {address} {release} {component}"
        for origin, release, address, component in (row for row in rows if len(row) == 4)
        if origin == "Debian" and release.split("-")[0] == SUITE and component == "main"
    ]
    return list(dict.fromkeys(found))


def _apt_options() -> list[str]:
    output = subprocess.run(
        ["apt-config", "dump", "--no-empty", "--format", '%F "%v";%n', "Acquire::http", "Acquire::https"],
        check=False,
        capture_output=True,
        text=True,
    ).stdout
    return [line for line in output.splitlines() if "Proxy" in line]
