"""Debian packages, unpacked into the cache and never installed.

The machine stays as it is: no service starts, nothing conflicts with another vendor's containerd, and removing the
cache removes them. Programs that need libraries of their packages get a launcher that says where these lie.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.toolchain.commands import Commands, output_of
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import key_of, whole_folder
from sandbox.toolchain.installers.published import Published
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions

FORMAT = "2"
"""Raised when the way of unpacking changes."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Packages that are unpacked into one folder.

    Attributes:
        name: of the folder.
        packages: pinned in the table of versions.
        libraries: what these need beyond the libraries of a minimal Debian; they follow the packages' versions.
        plain: programs by the name of their link.
        launched: the same for programs that need libraries of their packages, and get a launcher.
        cni: folder of CNI plugins.
    """

    name: str
    packages: tuple[str, ...]
    libraries: tuple[str, ...]
    plain: Mapping[str, str]
    launched: Mapping[str, str] = field(default_factory=dict)
    cni: str | None = None


NODE = Selection(
    "debian",
    (
        "containerd",
        "runc",
        "containernetworking-plugins",
        "iptables",
        "nftables",
        "conntrack",
        "xfsprogs",
        "mmdebstrap",
        "perl-modules-5.36",
        "buildah",
    ),
    (
        "libassuan0",
        "libdevmapper1.02.1",
        "libedit2",
        "libgpgme11",
        "libinih1",
        "libip4tc2",
        "libip6tc2",
        "libjansson4",
        "libmnl0",
        "libbsd0",
        "libmd0",
        "libnetfilter-conntrack3",
        "libnfnetlink0",
        "libnftables1",
        "libnftnl11",
        "libperl5.36",
        "liburcu8",
        "libxtables12",
    ),
    {
        "containerd": "usr/bin/containerd",
        "containerd-shim-runc-v2": "usr/bin/containerd-shim-runc-v2",
        "ctr": "usr/bin/ctr",
        "runc": "usr/sbin/runc",
    },
    {
        "conntrack": "usr/sbin/conntrack",
        "iptables": "usr/sbin/iptables-nft",
        "iptables-save": "usr/sbin/iptables-nft-save",
        "iptables-restore": "usr/sbin/iptables-nft-restore",
        "ip6tables": "usr/sbin/ip6tables-nft",
        "ip6tables-save": "usr/sbin/ip6tables-nft-save",
        "ip6tables-restore": "usr/sbin/ip6tables-nft-restore",
        "nft": "usr/sbin/nft",
        "mmdebstrap": "usr/bin/mmdebstrap",
        "buildah": "usr/bin/buildah",
        "mkfs.xfs": "sbin/mkfs.xfs",
        "xfs_growfs": "usr/sbin/xfs_growfs",
    },
    cni="usr/lib/cni",
)
"""What the node and the building of images need."""

DOCKER = Selection(
    "docker",
    ("docker.io", "tini"),
    ("libdevmapper1.02.1",),
    {"docker-init": "usr/bin/tini-static", "docker-proxy": "usr/sbin/docker-proxy", "docker": "usr/bin/docker"},
    {"dockerd": "usr/sbin/dockerd"},
)
"""A Docker engine; containerd, runc and iptables are the node's."""

PERL = {"usr/bin/mmdebstrap"}
APART = {"usr/bin/buildah"}
"""Starts itself anew without its environment, so that no library path reaches it."""
# In namespaces of its own: what it mounts and starts ends with it, even killed, and the machine sees nothing of it.
LAID_OVER = """
mount -t overlay -o "lowerdir=$0:/usr/lib/x86_64-linux-gnu" overlay /usr/lib/x86_64-linux-gnu
exec "$@"
"""
UNSHARED = "unshare --mount --pid --fork --kill-child --mount-proc --propagation private"


@dataclass(frozen=True, slots=True)
class DebianPackages:
    """The Debian packages of one selection.

    Attributes:
        paths: the cache.
        versions: their upstream versions.
        commands: runs apt and dpkg.
        selection: which packages.
    """

    paths: Paths
    versions: Versions
    commands: Commands
    selection: Selection = NODE

    @property
    def pinned(self) -> Mapping[str, str]:
        """Package to upstream version."""
        return {name: self.versions.debian[name] for name in self.selection.packages}

    @property
    def published(self) -> Published:
        """Where they lie and what is linked."""
        chosen = self.selection
        key = key_of([FORMAT, *(f"{name}={version}" for name, version in self.pinned.items()), *chosen.libraries])
        links = {self.paths.bin / name: f"root/{inside}" for name, inside in chosen.plain.items()}
        links |= {self.paths.bin / name: f"launchers/{name}" for name in chosen.launched}
        links |= {self.paths.cni: f"root/{chosen.cni}"} if chosen.cni else {}
        return Published(chosen.name, key, links)

    def ready(self) -> bool:
        """Whether they are unpacked and linked."""
        return self.published.ready(self.paths)

    def make(self) -> None:
        """Download and unpack them.

        Raises:
            ToolchainError: apt is missing, or serves other versions than the pinned ones.
        """
        published = self.published
        target = published.folder(self.paths)
        with whole_folder(target) as folder:
            root, downloads = folder / "root", folder / "downloads"
            downloads.mkdir()
            apt = self._apt()
            self._run([*apt, "update"])
            wanted = [f"{name}={self._served(name, pin)}" for name, pin in self.pinned.items()]
            self._run([*apt, "download", *wanted, *self.selection.libraries], cwd=downloads)
            for package in sorted(downloads.glob("*.deb")):
                self._run(["dpkg-deb", "--extract", package, root])
                package.unlink()
            downloads.rmdir()
            launchers = folder / "launchers"
            launchers.mkdir()
            for name, inside in self.selection.launched.items():
                write_launcher(launchers / name, root, target / "root", inside)
        published.publish(self.paths)

    def _apt(self, program: str = "apt-get") -> list[str | Path]:
        """Apt with lists and caches of its own, so that it needs no root and touches nothing of the machine's."""
        state, cache = self.paths.build / "apt/state", self.paths.build / "apt/cache"
        for folder in (state / "lists/partial", cache / "archives/partial"):
            folder.mkdir(parents=True, exist_ok=True)
        options = {
            "Dir::State": state,
            "Dir::Cache": cache,
            "Dir::State::status": "/var/lib/dpkg/status",
            "APT::Sandbox::User": "root",
            "APT::Update::Post-Invoke": "",
            "APT::Update::Post-Invoke-Success": "",
            "Acquire::Languages": "none",
        }
        arguments: list[str | Path] = [program, "--quiet"] if program == "apt-get" else [program]
        return arguments + [part for name, value in options.items() for part in ("-o", f"{name}={value}")]

    def _served(self, package: str, pin: str) -> str:
        listed = output_of(*self._apt("apt-cache"), "madison", package) or ""
        served = [columns[1].strip() for line in listed.splitlines() if len(columns := line.split("|")) > 1]
        matching = [version for version in served if is_upstream(version, pin)]
        if not matching:
            raise ToolchainError(
                f"Debian package {package}: upstream version {pin} is pinned, "
                f"apt serves {' and '.join(served) or 'none'}. "
                "Debian 12 (bookworm) with its updates is needed; if it has moved on, change [debian] in versions.toml"
            )
        return matching[0]

    def _run(self, argv: list[str | Path], cwd: Path | None = None) -> None:
        self.commands.run("debian", argv, cwd=cwd, env={"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})


def is_upstream(debian_version: str, upstream: str) -> bool:
    """Whether a Debian version (`1:1.4.7-1+b2`) is a packaging of an upstream one (`1.4.7`)."""
    return re.fullmatch(rf"(\d+:)?{re.escape(upstream)}(?![0-9.]).*", debian_version) is not None


def write_launcher(file: Path, root: Path, final: Path, inside: str) -> None:
    """Write a script that starts a program of an unpacked package with the libraries of its packages.

    Args:
        file: the script.
        root: the unpacked packages, where they lie now.
        final: where they will lie.
        inside: the program, seen from there.

    Raises:
        ToolchainError: the packages hold no such program.
    """
    if not (root / inside).exists():
        raise ToolchainError(f"the Debian packages hold no {inside}; [debian] in versions.toml names unexpected ones")
    libraries = [final / path.relative_to(root) for path in sorted((root / "usr/lib").glob("*-linux-gnu"))]
    if inside in APART:
        words = (shlex.quote(str(part)) for part in (LAID_OVER, libraries[0], final / inside))
        file.write_text(f'#!/bin/sh\nexec {UNSHARED} sh -euc {" ".join(words)} "$@"\n')
        file.chmod(0o755)
        return
    if inside in PERL:
        # No library path here: it would reach the programs of the other Debian that the script fills.
        variables = {"PERL5LIB": [final / "usr/share/perl/5.36", *(path / "perl/5.36" for path in libraries)]}
        # It calls `mmtarfilter`, of the same package, by name; nothing of the machine's own gives way to these folders.
        search_path = f'PATH="$PATH":{shlex.quote(str(final / "usr/bin"))} '
    else:
        search_path = ""
        variables = {"LD_LIBRARY_PATH": libraries, "XTABLES_LIBDIR": [path / "xtables" for path in libraries]}
    settings = " ".join(f"{name}={shlex.quote(':'.join(map(str, value)))}" for name, value in variables.items())
    file.write_text(f'#!/bin/sh\n{search_path}{settings} exec {shlex.quote(str(final / inside))} "$@"\n')
    file.chmod(0o755)
