"""The Spark operator with the Spark that it submits jobs by, which is not the one that runs them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.images import spark
from sandbox.images.debian import INSTALL
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

PROGRAM = "spark-operator"
ENTRYPOINT = Path(__file__).parents[1] / "files/spark-operator/entrypoint.sh"
FOLDERS = {"jars": "deps/jars", "bin": "deps/bin"}
"""What `spark-submit` reads; upstream's image has all of Spark."""
CERTIFICATES = "/etc/k8s-webhook-server/serving-certs"
AFTER = f"""
mkdir -p {CERTIFICATES} /home/spark
chmod --recursive g+rw {CERTIFICATES}
chown --recursive spark {CERTIFICATES} /home/spark
"""


def recipe(name: str, tag: str, base: Recipe, version: str, packages: Mapping[str, str]) -> Recipe:
    """Describe `ghcr.io/kubeflow/spark-operator/controller`: the program built from its Go module.

    Args:
        name: the repository.
        tag: the operator's version.
        base: Debian.
        version: the Spark that upstream's image is built on.
        packages: Debian's packages and their upstream versions.
    """

    def fill(workspace: Workspace) -> None:
        built = workspace.built(PROGRAM)
        spark.install(workspace, version, packages, FOLDERS)
        workspace.run(AFTER)
        workspace.place(built, f"/usr/bin/{PROGRAM}", 0o755)
        workspace.place(ENTRYPOINT, "/usr/bin/entrypoint.sh", 0o755)

    scripts = {"before": spark.BEFORE, "after": spark.AFTER + AFTER, "install": INSTALL}
    return Recipe(
        name=name,
        version=tag,
        called=PROGRAM,
        base=base,
        # Source: spark-operator v2.5.2, Dockerfile.
        runtime=Runtime(
            user=f"{spark.UID}:{spark.UID}",
            entrypoint=("/usr/bin/entrypoint.sh",),
            environment=spark.ENVIRONMENT,
            working_directory=f"{spark.HOME}/work-dir",
        ),
        fill=fill,
        ingredients={**packages, spark.DISTRIBUTION: version, **FOLDERS, **scripts},
        files=(spark.SUMS, ENTRYPOINT),
        when=When.ON_DEMAND,
    )
