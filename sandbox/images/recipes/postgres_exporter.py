"""Prometheus' exporter for PostgreSQL, where upstream's image has it."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.images import debian
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace

PACKAGE = "prometheus-postgres-exporter"
NOBODY = "65534"
AFTER = f"ln --symbolic /usr/bin/{PACKAGE} /bin/postgres_exporter"


def recipe(name: str, tag: str, base: Recipe, version: str) -> Recipe:
    """Describe `quay.io/prometheuscommunity/postgres-exporter`.

    Args:
        name: the repository.
        tag: the exporter's version, with a v.
        base: Debian.
        version: upstream's version of Debian's package.
    """
    packages: Mapping[str, str] = {PACKAGE: version}

    def fill(workspace: Workspace) -> None:
        debian.install(workspace, packages)
        workspace.run(AFTER)

    return Recipe(
        name=name,
        version=tag,
        base=base,
        runtime=Runtime(
            user=NOBODY,
            entrypoint=("/bin/postgres_exporter",),
            environment={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            ports=("9187/tcp",),
        ),
        fill=fill,
        ingredients={**packages, "after": AFTER, "install": debian.INSTALL},
    )
