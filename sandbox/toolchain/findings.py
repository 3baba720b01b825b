"""What `make doctor` finds about the machine and the tools."""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sandbox.toolchain.choice import why_no_sandbox
from sandbox.toolchain.commands import output_of
from sandbox.toolchain.parts import Part
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.plugins import Origin, installed
from sandbox.toolchain.progress import duration
from sandbox.toolchain.reported import Reported, reported
from sandbox.toolchain.session import Session
from sandbox.toolchain.versions import number

CPUS, MEMORY, DISK = 4, 8, 50
"""Recommended: processors, GB of memory, GB of free disk."""
GB = 10**9
SLACK = 0.95
"""A machine sold with 8 GB shows a little less of it."""


class Verdict(StrEnum):
    """How it stands with one thing."""

    FINE = "ok"
    WARNING = "warning"
    LATER = "to build"
    """Not there, and `make up` gets it."""
    MISSING = "MISSING"
    """Needed, and for a person to get."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        verdict: how it stands.
        thing: what was looked at.
        found: its version, size or state.
        where: the place it comes from, or how to get it.
    """

    verdict: Verdict
    thing: str
    found: str
    where: str = ""


def machine(paths: Paths, *, sandbox: bool) -> Iterator[Finding]:
    """The machine: whether the sandbox can run here, and whether there is room."""
    reasons = why_no_sandbox()
    if not reasons:
        yield Finding(Verdict.FINE, "system", _system(), "root; the sandbox can run here")
    for reason in reasons:
        verdict = Verdict.MISSING if sandbox else Verdict.WARNING
        yield Finding(verdict, "system", _system(), f"{reason}; name a cluster of yours: CONTEXT=…")
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB
    disk = shutil.disk_usage(_existing(paths.cache)).free / GB
    yield size("processors", cpus, CPUS, "")
    yield size("memory", memory, MEMORY, "GB")
    yield size("free disk", disk, DISK, f"GB at {paths.cache}")


def size(thing: str, found: float, recommended: int, unit: str) -> Finding:
    """One figure against the recommended one."""
    enough = found >= recommended * SLACK
    text = f"{found:.0f} {unit.partition(' ')[0]}".strip()
    advice = unit.partition(" ")[2] if enough else f"{recommended} {unit} are recommended".replace("  ", " ")
    return Finding(Verdict.FINE if enough else Verdict.WARNING, thing, text, advice)


def host_tools(session: Session) -> Iterator[Finding]:
    """What a person must bring."""
    host = session.versions.host
    yield Finding(Verdict.FINE, "python", platform.python_version(), os.path.realpath("/proc/self/exe"))
    build = session.cluster.sandbox or not session.engine.own
    yield _tool("go", ("env", "GOVERSION"), host["go"], needed=build, hint="from Go's download page, or your packages")
    maven = ("--version",)
    yield _tool("mvn", maven, host["maven"], needed=session.cluster.sandbox, hint="apt-get install maven")


def tools(session: Session) -> Iterator[Finding]:
    """The engine, its plugins, and every part of the toolchain."""
    engine, needed = session.engine, session.needed()
    if engine.own:
        yield Finding(Verdict.FINE, "pulumi", engine.version, f"{engine.program} ({engine.reason})")
    origin = session.plugins
    there = installed(session.paths, session.versions, origin)
    plugins = ", ".join(f"{name} {version}" for name, version in session.versions.plugins.items())
    whose = {Origin.OURS: "ours, offline", Origin.VENDOR: "the vendor's"}[origin]
    place = whose if there else f"{whose}: `make up` installs them"
    yield Finding(Verdict.FINE if there else Verdict.LATER, "provider plugins", plugins, place)
    told = list(reported(session.paths, session.versions))
    for part in session.parts:
        if not part.name.endswith("-modules"):
            yield _part(session, part, needed, [one for one in told if one.part == part.name])


def _part(session: Session, part: Part, needed: Collection[str], told: Collection[Reported]) -> Finding:
    what = part.title.partition(" ")[2]
    if not part.ready():
        if part.name not in needed:
            return Finding(Verdict.FINE, part.name, what, f"not needed here; make build PART={part.name}")
        seconds = session.timings.all.get(part.name, part.expected)
        return Finding(
            Verdict.LATER, part.name, what, "`make up` gets it" + (f", about {duration(seconds)}" if seconds else "")
        )
    if other := [f"{one.program} says {one.actual}" for one in told if not one.agrees]:
        remedy = f"rm -r {session.paths.tools / part.name}, then make build PART={part.name}"
        return Finding(Verdict.WARNING, part.name, what, f"{', '.join(other)}: {remedy}")
    versions = ", ".join(f"{one.program} {one.actual}" for one in told)
    return Finding(Verdict.FINE, part.name, versions or what, str(session.paths.cache))


def _tool(name: str, arguments: tuple[str, ...], oldest: str, *, needed: bool, hint: str) -> Finding:
    place = shutil.which(name)
    answer = (output_of(name, *arguments) or "") if place else ""
    told = re.search(r"\d+(\.\d+)+", answer)
    version = told[0] if told else ""
    if place and number(version) >= number(oldest):
        return Finding(Verdict.FINE, name, version, place)
    verdict = Verdict.MISSING if needed else Verdict.FINE
    if not needed:
        return Finding(verdict, name, version or "not found", "not needed here")
    return Finding(verdict, name, version or "not found", f"{oldest} or newer is needed: {hint}")


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
