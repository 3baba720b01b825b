"""What the installed tools say of themselves, beside what the table says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.commands import output_of
from sandbox.toolchain.installers.golang import MODULES, released
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions

NUMBERS = r"\d+(?:\.\d+)+"
ASKED = {
    "kubectl": ("version", "--client"),
    "pulumi": ("version",),
    "coredns": ("-version",),
    "cloudnative-pg": ("version",),
    "rclone": ("version", "--config="),
    "spark-operator": ("version", "--short"),
    "kube-state-metrics": ("version",),
    "helm": ("version", "--short"),
    "traefik": ("version",),
    "docker-compose": ("version",),
    "mkfs.xfs": ("-V",),
}
"""How a program is asked, where it is not `--version`."""


@dataclass(frozen=True, slots=True)
class Reported:
    """One program of a part.

    Attributes:
        part: the part of the registry that it belongs to.
        program: its name under `paths.bin`.
        expected: the table's version as its release has it, without a leading v.
        actual: what it prints; None when it cannot be asked.
    """

    part: str
    program: str
    expected: str
    actual: str | None

    @property
    def agrees(self) -> bool:
        """Whether the program is of the table's version."""
        return self.actual == self.expected


def reported(paths: Paths, versions: Versions) -> Iterator[Reported]:
    """Ask every installed program for its version."""
    for module in MODULES:
        for program in module.programs:
            yield _ask(paths, module.name, program, released(versions.go[module.name]))
    same_name = {name: name for name in ("containerd", "runc", "iptables", "conntrack", "mmdebstrap", "buildah")}
    for program, package in {**same_name, "nft": "nftables", "mkfs.xfs": "xfsprogs"}.items():
        yield _ask(paths, "packages", program, versions.debian[package])


def _ask(paths: Paths, part: str, program: str, expected: str) -> Reported:
    file: Path = paths.bin / program
    answer = output_of(file, *ASKED.get(program, ("--version",))) or ""
    told = re.search(NUMBERS, answer.replace(str(paths.cache), ""))
    return Reported(part, program, expected.removeprefix("v"), told[0] if told else None)
