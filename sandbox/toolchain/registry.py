"""Every part of the toolchain: the one list that `make up`, `make build` and `make doctor` read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sandbox.images import ImageError
from sandbox.images import build as build_images
from sandbox.images.catalogue import catalogue
from sandbox.toolchain.commands import Commands
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.installers.browser import Browser
from sandbox.toolchain.installers.debian import DOCKER, DebianPackages
from sandbox.toolchain.installers.golang import MODULES, GoBuild
from sandbox.toolchain.installers.library import Library
from sandbox.toolchain.installers.python import PythonEnvironment
from sandbox.toolchain.parts import Lane, Part, When
from sandbox.toolchain.paths import Paths
from sandbox.toolchain.progress import silent
from sandbox.toolchain.versions import Versions

EXPECTED = {
    "packages": 15.0,
    "docker": 10.0,
    "python": 50.0,
    "transforms": 2.0,
    "browser": 60.0,
    "kubernetes-modules": 40.0,
    "kubernetes": 450.0,
    "etcd-modules": 10.0,
    "etcd": 60.0,
    "pulumi-modules": 40.0,
    "pulumi": 290.0,
    "coredns-modules": 5.0,
    "coredns": 20.0,
    "cloudnative-pg-modules": 10.0,
    "cloudnative-pg": 90.0,
    "rclone-modules": 15.0,
    "rclone": 50.0,
    "spark-operator-modules": 10.0,
    "spark-operator": 100.0,
    "helm-modules": 10.0,
    "helm": 65.0,
    "traefik-modules": 120.0,
    "traefik": 290.0,
    "oauth2-proxy-modules": 10.0,
    "oauth2-proxy": 90.0,
    "otelcol-modules": 15.0,
    "compose-modules": 30.0,
    "compose": 120.0,
    "prometheus-modules": 30.0,
    "prometheus": 280.0,
    "kube-state-metrics-modules": 10.0,
    "kube-state-metrics": 100.0,
    "alertmanager-modules": 15.0,
    "alertmanager": 80.0,
    "otelcol": 180.0,
    "jaeger-modules": 30.0,
    "jaeger": 130.0,
    "image-debian": 30.0,
    "image-postgres": 40.0,
    "image-keycloak": 40.0,
    "image-postgres-exporter": 15.0,
    "image-cloudnative-pg": 2.0,
    "image-postgresql": 40.0,
    "image-rclone": 5.0,
    "image-spark": 60.0,
    "image-spark-operator": 60.0,
    "image-traefik": 5.0,
    "image-python": 20.0,
    "image-oauth2-proxy": 3.0,
    "image-otelcol": 2.0,
    "image-prometheus": 5.0,
    "image-alertmanager": 3.0,
    "image-jaeger": 2.0,
    "image-kube-state-metrics": 3.0,
}
"""Seconds on two cores with empty caches, measured; a machine's own measurements replace them."""

IMAGE_NEEDS = {
    "coredns": ("coredns",),
    "debian": ("packages",),
    "postgres": ("image-debian",),
    "keycloak": ("image-debian",),
    "postgres-exporter": ("image-debian",),
    "cloudnative-pg": ("cloudnative-pg",),
    "postgresql": ("image-debian",),
    "rclone": ("image-debian", "rclone"),
    "traefik": ("image-debian", "traefik"),
    "spark": ("image-debian", "python"),
    "spark-operator": ("image-debian", "python", "spark-operator"),
    "python": ("image-debian",),
    "oauth2-proxy": ("oauth2-proxy",),
    "otelcol": ("otelcol",),
    "prometheus": ("prometheus",),
    "alertmanager": ("alertmanager",),
    "jaeger": ("jaeger",),
    "kube-state-metrics": ("kube-state-metrics",),
}


def registry(paths: Paths, versions: Versions, commands: Commands) -> list[Part]:
    """All parts, in the order in which people read them."""
    return [
        *_installed(paths, versions, commands),
        *_compiled(paths, versions, commands),
        *_images(paths),
    ]


def _installed(paths: Paths, versions: Versions, commands: Commands) -> list[Part]:
    debian = DebianPackages(paths, versions, commands)
    docker = DebianPackages(paths, versions, commands, DOCKER)
    python = PythonEnvironment(paths, commands)
    containerd = f"containerd {versions.debian['containerd']}"
    return [
        _part("packages", f"unpacking {containerd} and {len(debian.pinned) - 1} other Debian packages", debian),
        replace(
            _part("docker", f"unpacking Docker {versions.debian['docker.io']}", docker, needs=("packages",)),
            when=When.ON_DEMAND,
        ),
        _part("python", "installing the Python packages of requirements.lock", python),
        _part("transforms", "linking the transform core into them", Library(paths, commands), needs=("python",)),
        replace(
            _part("browser", "unpacking Chromium for the tests", Browser(paths, commands), needs=("packages",)),
            when=When.ON_DEMAND,
        ),
    ]


def _compiled(paths: Paths, versions: Versions, commands: Commands) -> list[Part]:
    parts: list[Part] = []
    for module in MODULES:
        build = GoBuild(module, paths, versions, commands)
        named = f"{module.name} {build.version}"
        programs = f" ({len(module.programs)} programs)" if len(module.programs) > 1 else ""
        downloads = f"{module.name}-modules"
        parts += [
            Part(
                name=downloads,
                title=f"downloading the Go modules of {named}",
                ready=build.downloaded,
                make=build.download,
                when=module.when,
                expected=EXPECTED[downloads],
            ),
            replace(
                _part(module.name, f"compiling {named}{programs}", build, needs=(downloads,), lane=Lane.COMPILER),
                when=module.when,
            ),
        ]
    return parts


def _images(paths: Paths) -> list[Part]:
    try:
        recipes = catalogue(paths.root)
    except ImageError as error:
        raise ToolchainError(str(error)) from error
    return [
        Part(
            name=f"image-{short}",
            title=f"building the image {recipe.reference}",
            ready=(paths.images / recipe.archive).exists,
            make=_builder(paths, short),
            needs=IMAGE_NEEDS.get(short, ()),
            when=recipe.when,
            expected=EXPECTED.get(f"image-{short}"),
        )
        for short, recipe in recipes.items()
    ]


def _builder(paths: Paths, short: str) -> Callable[[], None]:
    def build() -> None:
        try:
            build_images(paths, silent, [short])
        except ImageError as error:
            raise ToolchainError(str(error)) from error

    return build


def _part(
    name: str,
    title: str,
    installer: DebianPackages | Browser | PythonEnvironment | Library | GoBuild,
    needs: tuple[str, ...] = (),
    lane: Lane = Lane.OTHER,
) -> Part:
    return Part(
        name=name,
        title=title,
        ready=installer.ready,
        make=installer.make,
        needs=needs,
        lane=lane,
        expected=EXPECTED.get(name),
    )
