"""What every command starts from: the cache, the table, the chosen engine and cluster."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sandbox.toolchain.choice import Cluster, Engine, choose_cluster, choose_engine, choose_plugins
from sandbox.toolchain.commands import Commands
from sandbox.toolchain.environment import Environment, environment
from sandbox.toolchain.files import remove
from sandbox.toolchain.installers.python import check_python
from sandbox.toolchain.lock import exclusive
from sandbox.toolchain.parts import Part, When, select
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.plugins import Origin
from sandbox.toolchain.progress import Display
from sandbox.toolchain.registry import registry
from sandbox.toolchain.scheduler import Scheduler
from sandbox.toolchain.timings import Timings
from sandbox.toolchain.versions import Versions


@dataclass(frozen=True, slots=True)
class Session:
    """One run of one command.

    Attributes:
        paths: the cache.
        versions: the table.
        engine: the `pulumi` that is used.
        cluster: the Kubernetes that is used.
        commands: runs programs, and stops them.
        display: shows what happens.
        timings: how long parts take on this machine.
    """

    paths: Paths
    versions: Versions
    engine: Engine
    cluster: Cluster
    commands: Commands
    display: Display
    timings: Timings

    @classmethod
    def open(cls, context: str | None = None) -> Session:
        """Look at what there is.

        Args:
            context: the kubeconfig context that a person named; None for the sandbox.

        Raises:
            ToolchainError: the table cannot be read, or this is another Python.
        """
        paths = Paths.find()
        versions = Versions.read(paths.root)
        check_python(versions.host["python"])
        return cls(
            paths,
            versions,
            choose_engine(paths, versions),
            choose_cluster(paths, context),
            # Compilers stand back for what else runs on the machine, the image builds beside them first of all.
            Commands(paths.cache / "logs", nice=5),
            Display(),
            Timings.read(paths.cache),
        )

    @property
    def environment(self) -> Environment:
        """The variables under which the engine and the tests work."""
        return environment(self.paths, self.cluster, self.engine, self.plugins)

    @property
    def plugins(self) -> Origin:
        """Whose provider plugins the engine starts."""
        return choose_plugins(self.paths, self.versions, self.engine, self.cluster)

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment of a program that is started for this cluster."""
        return self.environment.over(os.environ)

    @property
    def parts(self) -> list[Part]:
        """Every part of the toolchain."""
        return registry(self.paths, self.versions, self.commands)

    def needed(self) -> list[str]:
        """Names of the parts that this engine and cluster cannot do without."""
        own = {"pulumi"} if self.engine.own else set()
        if self.cluster.sandbox:
            return [part.name for part in self.parts if part.when is When.NEEDED and part.name not in own]
        return ["transforms", *({"pulumi"} - own)]

    def build(self, names: Iterable[str], then: Sequence[Part] = ()) -> None:
        """Make the named parts and what they need; one process at a time does so.

        Args:
            names: parts of the registry.
            then: more parts, such as the start of the node, made as soon as what they need is there.

        Raises:
            ToolchainError: a part cannot be made.
        """
        chosen = [*select(self.parts, names), *then]
        if all(part.ready() for part in chosen):
            return
        with exclusive(self.paths.cache / "locks/toolchain", "the making of the toolchain", self.display.say):
            Scheduler(self.display, self.timings.all, self.timings.record, self.commands.stop).run(chosen)
            needed = self.needed()
            if all(part.ready() for part in self.parts if part.name in needed or part.when is When.BACKGROUND):
                self._clear()

    def _clear(self) -> None:
        """Remove the throw-away caches, which reach gigabytes, when nothing is left that would use them."""
        build: Path = self.paths.build
        if build.exists() and not os.environ.get("ETL_PLATFORM_KEEP_BUILD"):
            # A compiler that someone runs on the same cache writes on; what it leaves goes the next time.
            with suppress(OSError):
                remove(build)
