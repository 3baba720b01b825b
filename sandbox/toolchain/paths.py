"""Where everything outside the checkout lives."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that this very code belongs to."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The cache of one user, seen from one checkout.

    Several checkouts may share a cache: tools are keyed by version, and what names a checkout (the engine's
    home with its launchers) is keyed by the checkout's own path.

    Attributes:
        cache: root of everything; safe to delete while no sandbox runs.
        root: the checkout whose code runs.
    """

    cache: Path
    root: Path = ROOT

    @classmethod
    def find(cls, environ: Mapping[str, str] | None = None, root: Path = ROOT) -> Paths:
        """Take `$ETL_PLATFORM_CACHE`, else `$XDG_CACHE_HOME/etl-platform`, else `~/.cache/etl-platform`.

        Links are followed: two names of one cache would each take what the other built for stale.
        """
        environ = os.environ if environ is None else environ
        if chosen := environ.get("ETL_PLATFORM_CACHE"):
            return cls(Path(chosen).expanduser().resolve(), root)
        home = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".cache")
        return cls((Path(home) / "etl-platform").resolve(), root)

    @property
    def tools(self) -> Path:
        """Built tools: `tools/<name>/<version>-<key>/…`; each folder is whole or absent."""
        return self.cache / "tools"

    @property
    def bin(self) -> Path:
        """Links to the current version of every tool; the one folder to put on PATH."""
        return self.cache / "bin"

    @property
    def cni(self) -> Path:
        """A link to the folder of the CNI plugins (containerd's `bin_dir`)."""
        return self.cache / "cni"

    @property
    def venv(self) -> Path:
        """A link to the Python environment made from `requirements.lock`."""
        return self.cache / "venv"

    @property
    def python(self) -> Path:
        """The interpreter of that environment."""
        return self.venv / "bin" / "python"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME of this checkout: its plugins' launchers name the checkout's code."""
        key = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return self.cache / "pulumi-home" / key

    @property
    def bytecode(self) -> Path:
        """Compiled Python of what the engine starts."""
        return self.cache / "bytecode"

    @property
    def browser(self) -> Path:
        """A link to the root folder of a Debian with Chromium."""
        return self.cache / "browser"

    @property
    def images(self) -> Path:
        """Image archives (`*.tar`), ready to be imported into the node."""
        return self.cache / "images"

    @property
    def manifests(self) -> Path:
        """Links to the manifests that other projects release, as their own modules hold them."""
        return self.cache / "manifests"

    @property
    def charts(self) -> Path:
        """Links to the Helm charts that other projects release, as their own modules hold them: `<name>-<version>`."""
        return self.cache / "charts"

    @property
    def run(self) -> Path:
        """All of a running sandbox (data, certificates, logs, volumes, state); `make down` removes it."""
        return self.cache / "run"

    @property
    def docker(self) -> Path:
        """All of a running Docker engine of ours, and of what is deployed to it; `make local-down` removes it."""
        return self.cache / "docker"

    @property
    def kubeconfig(self) -> Path:
        """The sandbox administrator's kubeconfig; context `etl-sandbox`."""
        return self.run / "kubeconfig"

    @property
    def state(self) -> Path:
        """The engine's state of the running sandbox."""
        return self.run / "state"

    @property
    def build(self) -> Path:
        """Throw-away caches of compilers and package managers; removed when all is built."""
        return self.cache / "build"
