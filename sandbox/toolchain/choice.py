"""What is used: a person's own engine and cluster where they have them, the sandbox's otherwise."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.commands import output_of
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import key_of
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.plugins import Origin, vendor_refused
from sandbox.toolchain.versions import Versions, number

PLUGINS = "ETL_PLATFORM_PLUGINS"
OLDEST_JAVA = 17
"""What Spark 4 runs on."""


@dataclass(frozen=True, slots=True)
class Engine:
    """The `pulumi` that is used.

    Attributes:
        program: its path; for ours it may not be built yet.
        version: what it says of itself, or will.
        own: whether it is the person's.
        reason: why this one.
    """

    program: Path
    version: str
    own: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """The Kubernetes that is used.

    Attributes:
        context: the kubeconfig context that a person named; None for the sandbox.
        kubeconfig: holds that context alone.
        folder: everything about this cluster (state, passphrase).
    """

    context: str | None
    kubeconfig: Path
    folder: Path

    @property
    def sandbox(self) -> bool:
        """Whether it is the one that is started here."""
        return self.context is None

    @property
    def title(self) -> str:
        """As a person would call it."""
        return "the sandbox" if self.context is None else f"the cluster of context {self.context}"


def choose_engine(paths: Paths, versions: Versions, environ: Mapping[str, str] | None = None) -> Engine:
    """Take the `pulumi` on PATH when it is recent enough, else the one that is built here."""
    environ = os.environ if environ is None else environ
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    outside = [folder for folder in folders if folder and not Path(folder).is_relative_to(paths.cache)]
    ours = paths.bin / "pulumi"
    found = shutil.which("pulumi", path=os.pathsep.join(outside))
    if found is None:
        return Engine(ours, versions.go["pulumi"], own=False, reason="no pulumi on PATH")
    version = output_of(found, "version") or ""
    if number(version) < number(versions.host["engine"]):
        reason = f"{found} is {version or 'broken'}, {versions.host['engine']} or newer is needed"
        return Engine(ours, versions.go["pulumi"], own=False, reason=reason)
    return Engine(Path(found), version, own=True, reason="yours, found on PATH")


def choose_plugins(
    paths: Paths, versions: Versions, engine: Engine, cluster: Cluster, environ: Mapping[str, str] | None = None
) -> Origin:
    """Take the vendor's plugins where a person brings engine or cluster and the network gives them, else ours.

    Raises:
        ToolchainError: ETL_PLATFORM_PLUGINS, which decides otherwise, has an unknown value.
    """
    asked = (os.environ if environ is None else environ).get(PLUGINS)
    if asked:
        if asked not in list(Origin):
            raise ToolchainError(f"{PLUGINS} is {asked!r}; it can be {' or '.join(Origin)}")
        return Origin(asked)
    brings = engine.own or not cluster.sandbox
    return Origin.VENDOR if brings and not vendor_refused(paths, versions) else Origin.OURS


def choose_cluster(paths: Paths, context: str | None) -> Cluster:
    """Take the context that a person named, else the sandbox."""
    if not context:
        return Cluster(None, paths.kubeconfig, paths.run)
    readable = "".join(c if c.isalnum() or c in "-_." else "-" for c in context)[:40]
    folder = paths.cache / "contexts" / f"{readable}-{key_of([context])}"
    return Cluster(context, folder / "kubeconfig", folder)


def why_no_sandbox() -> list[str]:
    """What keeps the sandbox from running on this machine; empty when nothing does."""
    reasons: list[str] = []
    if platform.system() != "Linux":
        return [f"this is {platform.system()}, the sandbox needs Linux"]
    if platform.machine() != "x86_64":
        reasons.append(f"the processor is {platform.machine()}, the sandbox's packages are for x86_64")
    if os.geteuid() != 0:
        reasons.append("you are not root, which starting a Kubernetes node takes")
    release = _os_release()
    if release.get("ID") != "debian" or release.get("VERSION_ID") != "12":
        reasons.append(f"this is {release.get('PRETTY_NAME', 'an unknown system')}, the sandbox needs Debian 12")
    return reasons


def why_no_spark(environ: Mapping[str, str] | None = None) -> str | None:
    """What keeps Spark from running on this machine; None when nothing does.

    Java is looked for where Spark does: below JAVA_HOME, else on PATH.
    """
    environ = os.environ if environ is None else environ
    home = environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else shutil.which("java", path=environ.get("PATH", os.defpath))
    said = output_of(java, "-version") if java else None
    if said is None:
        return f"Spark needs Java {OLDEST_JAVA} or newer, and " + (f"{java} does not run" if java else "there is none")
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < OLDEST_JAVA:
        version = said.splitlines()[0] if said else "unknown"
        return f"Spark needs Java {OLDEST_JAVA} or newer, and {java} is {version}"
    return None


def own_backend(environ: Mapping[str, str]) -> str | None:
    """Where a person's own engine keeps its state, when they chose a place; else None."""
    if url := environ.get("PULUMI_BACKEND_URL"):
        return url
    home = environ.get("PULUMI_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".pulumi")
    folder = environ.get("PULUMI_CREDENTIALS_PATH") or home
    try:
        current = json.loads((Path(folder) / "credentials.json").read_text()).get("current")
    except (OSError, ValueError, AttributeError):
        return None
    return str(current) if current else None


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
