"""Programs built from Go modules, each from a go.mod of ours that pins everything below it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from sandbox.toolchain.commands import Commands, output_of
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import key_of, whole_folder
from sandbox.toolchain.installers.published import Published
from sandbox.toolchain.parts import When
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.versions import Versions, number

COMPILER_FLAGS = "-gcflags=all=-dwarf=false"
"""Debug information is stripped by the linker anyway; not making it saves a twentieth of the time."""
STRIPPED = "-s -w"
CHART = "chart"
"""Folder of a module's Helm chart beside its program."""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Definitions of custom resources in a module that the build downloads anyway.

    Attributes:
        module: whose they are.
        files: a pattern of their paths in it; they become one file.
    """

    module: str
    files: str


@dataclass(frozen=True, slots=True)
class GoModule:
    """One of our modules under `sandbox/golang`.

    Attributes:
        name: its folder; also its entry under [go] in versions.toml.
        requires: the module whose version that entry pins.
        packages: what is built; each gives a program named like the package's last part, or like the module for `.`.
        stamps: variables that carry the version, to the text set (`{version}`, `{number}`,
            `{major}`, `{minor}` are filled in).
        program: name of its one program, where the package's own (`manager`) says nothing of whose it is.
        files: files of the required module that are kept and linked under `paths.manifests`, by their path in it
            (`{number}` is the version without its v).
        chart: folder of the required module that holds its Helm chart; kept and linked under `paths.charts`, named like
            the program and its version.
        definitions: custom resources' definitions that are kept and linked under `paths.manifests` as
            `<key>-<version>.yaml`, by that key.
        when: how urgent it is.
    """

    name: str
    requires: str
    packages: tuple[str, ...]
    stamps: Mapping[str, str]
    program: str | None = None
    files: tuple[str, ...] = ()
    chart: str | None = None
    definitions: Mapping[str, Definitions] = field(default_factory=dict)
    when: When = When.NEEDED

    @property
    def programs(self) -> tuple[str, ...]:
        """Names of the programs."""
        if self.program:
            return (self.program,)
        return tuple(self.name if package == "." else package.rpartition("/")[2] for package in self.packages)


MODULES = (
    GoModule(
        "kubernetes",
        "k8s.io/kubernetes",
        tuple(
            f"k8s.io/kubernetes/cmd/{program}"
            for program in (
                "kube-apiserver",
                "kube-controller-manager",
                "kube-scheduler",
                "kubelet",
                "kube-proxy",
                "kubectl",
            )
        ),
        {
            "k8s.io/component-base/version.gitVersion": "{version}",
            "k8s.io/component-base/version.gitMajor": "{major}",
            "k8s.io/component-base/version.gitMinor": "{minor}",
        },
    ),
    GoModule("etcd", "go.etcd.io/etcd/server/v3", (".",), {}),
    GoModule("coredns", "github.com/coredns/coredns", (".",), {}),
    GoModule(
        "pulumi",
        "github.com/pulumi/pulumi/pkg/v3",
        ("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
        {"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "{version}"},
    ),
    GoModule(
        "cloudnative-pg",
        "github.com/cloudnative-pg/cloudnative-pg",
        ("github.com/cloudnative-pg/cloudnative-pg/cmd/manager",),
        {},
        program="cloudnative-pg",
        files=("releases/cnpg-{number}.yaml",),
        when=When.ON_DEMAND,
    ),
    GoModule(
        "rclone",
        "github.com/rclone/rclone",
        (".",),
        {"github.com/rclone/rclone/fs.Version": "{version}"},
        when=When.ON_DEMAND,
    ),
    GoModule(
        "spark-operator",
        "github.com/kubeflow/spark-operator/v2",
        ("github.com/kubeflow/spark-operator/v2/cmd/operator",),
        {"k8s.io/component-base/version.gitVersion": "{version}"},
        program="spark-operator",
        chart="charts/spark-operator-chart",
        when=When.ON_DEMAND,
    ),
    GoModule(
        "helm",
        "helm.sh/helm/v4",
        ("helm.sh/helm/v4/cmd/helm",),
        {"helm.sh/helm/v4/internal/version.version": "{version}"},
        when=When.ON_DEMAND,
    ),
    GoModule(
        "traefik",
        "github.com/traefik/traefik/v3",
        ("github.com/traefik/traefik/v3/cmd/traefik",),
        {"github.com/traefik/traefik/v3/pkg/version.Version": "{number}"},
        definitions={
            "gateway-api": Definitions("sigs.k8s.io/gateway-api", "config/crd/standard/*.yaml"),
            "traefik": Definitions(
                "github.com/traefik/traefik/v3",
                "docs/content/reference/dynamic-configuration/kubernetes-crd-definition-v1.yml",
            ),
        },
        when=When.ON_DEMAND,
    ),
    GoModule(
        "oauth2-proxy",
        "github.com/oauth2-proxy/oauth2-proxy/v7",
        ("github.com/oauth2-proxy/oauth2-proxy/v7",),
        {"github.com/oauth2-proxy/oauth2-proxy/v7/pkg/version.VERSION": "{version}"},
        program="oauth2-proxy",
        when=When.ON_DEMAND,
    ),
    GoModule(
        "otelcol", "go.opentelemetry.io/collector/otelcol", (".",), {"main.version": "{version}"}, when=When.ON_DEMAND
    ),
    GoModule(
        "compose",
        "github.com/docker/compose/v2",
        ("github.com/docker/compose/v2/cmd",),
        {"github.com/docker/compose/v2/internal.Version": "{version}"},
        program="docker-compose",
        when=When.ON_DEMAND,
    ),
)


@dataclass(frozen=True, slots=True)
class GoBuild:
    """The build of one module.

    Attributes:
        module: what is built.
        paths: the cache.
        versions: the table.
        commands: runs the compiler.
    """

    module: GoModule
    paths: Paths
    versions: Versions
    commands: Commands

    @property
    def version(self) -> str:
        """As the module's tag is written."""
        return self.versions.go[self.module.name]

    @property
    def source(self) -> Path:
        """Our module's folder."""
        return self.paths.root / "sandbox/golang" / self.module.name

    @property
    def published(self) -> Published:
        """Where the programs lie and how they are linked."""
        sources = [self.source / "go.mod", self.source / "go.sum", *sorted(self.source.rglob("*.go"))]
        chart = [self.module.chart] if self.module.chart else []
        kept = [*map(str, self._files), *chart, *map(str, self._definitions.items())]
        key = f"{self.version}-{key_of([*sources, *self._arguments(), *kept])}"
        programs = {self.paths.bin / name: name for name in self.module.programs}
        files = {self.paths.manifests / file.name: file.name for file in self._files}
        files |= {self.paths.manifests / name: name for name in self._definitions}
        charts = {self.paths.charts / f"{self.module.name}-{self._number}": CHART for _ in chart}
        return Published(self.module.name, key, programs | files | charts)

    def ready(self) -> bool:
        """Whether the programs are built and linked."""
        return self.published.ready(self.paths)

    def downloaded(self) -> bool:
        """Whether compiling needs no network any more."""
        return self.ready() or self._mark.exists()

    def download(self) -> None:
        """Fetch the modules that the programs are built from, and only these.

        Raises:
            ToolchainError: Go is missing or too old, or a module cannot be had.
        """
        self._check_compiler()
        # Listing all dependencies makes Go fetch exactly the modules that compiling will read.
        self._go("download", ["list", "-deps", "-f", "{{if .Error}}{{.Error}}{{end}}", *self.module.packages])
        self._mark.parent.mkdir(parents=True, exist_ok=True)
        self._mark.touch()

    def make(self) -> None:
        """Compile the programs.

        Raises:
            ToolchainError: with the end of the compiler's output.
        """
        published = self.published
        with whole_folder(published.folder(self.paths)) as folder:
            # A folder as the target of several: Go names each program after its package.
            single = len(self.module.programs) == 1
            target = folder / self.module.programs[0] if single else f"{folder}{os.sep}"
            self._go("build", ["build", *self._arguments(), "-o", str(target), *self.module.packages])
            for file in self._files:
                shutil.copyfile(self._downloaded / file, folder / file.name)
            for name, definitions in self._definitions.items():
                (folder / name).write_text(self._joined(definitions), encoding="utf-8")
            if self.module.chart:
                shutil.copytree(self._downloaded / self.module.chart, folder / CHART)
        published.publish(self.paths)

    @property
    def _mark(self) -> Path:
        return self.paths.build / "go/downloaded" / f"{self.module.name}-{key_of([self.source / 'go.sum'])}"

    @property
    def _downloaded(self) -> Path:
        """The required module in Go's own cache; its escapes are for upper case, which no module here has."""
        return self.paths.build / "go/mod" / f"{self.module.requires}@{self.version}"

    @property
    def _files(self) -> list[PurePosixPath]:
        return [PurePosixPath(file.format(number=self._number)) for file in self.module.files]

    @property
    def _definitions(self) -> dict[str, Definitions]:
        """By the name of the file that they become."""
        return {
            f"{name}-{self._required(each.module).removeprefix('v')}.yaml": each
            for name, each in self.module.definitions.items()
        }

    def _required(self, module: str) -> str:
        """The version of a module in our go.mod."""
        text = (self.source / "go.mod").read_text(encoding="utf-8")
        found = re.search(rf"^(?:require|\s)\s*{re.escape(module)} (v\S+)", text, re.MULTILINE)
        if found is None:
            raise ToolchainError(
                f"{self.source / 'go.mod'} does not require {module}; take the file as it was committed"
            )
        return found[1]

    def _joined(self, definitions: Definitions) -> str:
        folder = self.paths.build / "go/mod" / f"{definitions.module}@{self._required(definitions.module)}"
        documents = [path.read_text(encoding="utf-8") for path in sorted(folder.glob(definitions.files))]
        if not documents:
            raise ToolchainError(
                f"{folder} holds no {definitions.files}, which the cluster needs beside {self.module.name}"
            )
        return "---\n".join(documents)

    @property
    def _number(self) -> str:
        return self.version.removeprefix("v")

    def _arguments(self) -> list[str]:
        major, minor, *_ = (*number(self.version), 0, 0)
        stamps = [
            f"-X {variable}={text.format(version=self.version, number=self._number, major=major, minor=minor)}"
            for variable, text in self.module.stamps.items()
        ]
        return [COMPILER_FLAGS, f"-ldflags={' '.join([STRIPPED, *stamps])}"]

    def _go(self, step: str, arguments: list[str]) -> None:
        caches = self.paths.build / "go"
        settings = {
            "CGO_ENABLED": "0",
            "GOCACHE": str(caches / "cache"),
            "GOMODCACHE": str(caches / "mod"),
            "GOFLAGS": "-mod=readonly -modcacherw -buildvcs=false",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
        }
        self.commands.run(
            f"go-{self.module.name}-{step}",
            ["go", *arguments],
            cwd=self.source,
            env=settings,
            hint="A download that failed can be tried again with `make up`; what was compiled stays.",
        )

    def _check_compiler(self) -> None:
        needed = self.versions.host["go"]
        found = (output_of("go", "env", "GOVERSION") or "").removeprefix("go")
        if not found:
            raise ToolchainError(f"Go {needed} or newer is needed to build {self.module.name}, and `go` was not found")
        if number(found) < number(needed):
            raise ToolchainError(f"Go {needed} or newer is needed to build {self.module.name}; this is {found}")
