"""Spark with Python, as drivers and executors run it and job images build on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.images import spark
from sandbox.images.debian import INSTALL
from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

FLAVOUR = "-scala2.13-java17-python3-ubuntu"
"""The end of the tag, as the official images write it."""
FILES = Path(__file__).parents[1] / "files/spark"
PROGRAMS = (FILES / "entrypoint.sh", FILES / "decom.sh")
FOLDERS = {
    "jars": "deps/jars",
    "bin": "deps/bin",
    "sbin": "deps/sbin",
    "data": "deps/data",
    "examples/src/main/python": "deps/examples",
    "python/pyspark": "pyspark",
    "python/lib": "lib",
}
# Ubuntu 22.04, on which the official image lies, lets pip install beside its own packages.
AFTER = "rm -f /usr/lib/python3*/EXTERNALLY-MANAGED"


def recipe(name: str, tag: str, base: Recipe, packages: Mapping[str, str]) -> Recipe:
    """Describe `docker.io/library/spark` with Java 17 and Python.

    Upstream lies on Ubuntu 22.04 and this on Debian 12, whose Python is newer; both have the user 185, Java, Python
    with pip, and Spark in the same places.

    Args:
        name: the repository.
        tag: Spark's version, and the image's flavour.
        base: Debian.
        packages: Debian's packages and their upstream versions.
    """
    version = tag.removesuffix(FLAVOUR)

    def fill(workspace: Workspace) -> None:
        spark.install(workspace, version, packages, FOLDERS)
        workspace.run(AFTER)
        for program in PROGRAMS:
            workspace.place(program, f"/opt/{program.name}", 0o755)

    scripts = {"before": spark.BEFORE, "after": spark.AFTER + AFTER, "install": INSTALL}
    return Recipe(
        name=name,
        version=tag,
        base=base,
        # Source: github.com/apache/spark-docker, scala2.13-java17-ubuntu/Dockerfile.
        runtime=Runtime(
            user="spark",
            entrypoint=("/opt/entrypoint.sh",),
            environment=spark.ENVIRONMENT,
            working_directory=f"{spark.HOME}/work-dir",
        ),
        fill=fill,
        ingredients={**packages, spark.DISTRIBUTION: version, **FOLDERS, **scripts},
        files=(spark.SUMS, *PROGRAMS),
        when=When.ON_DEMAND,
    )
