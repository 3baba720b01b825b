"""Spark inside images: its distribution as PyPI has it, laid out as the official images are, and its user."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from sandbox.images import debian
from sandbox.images.sources import python_with_pip, verified
from sandbox.images.workspace import Workspace

DISTRIBUTION = "pyspark"
SUMS = Path(__file__).parent / "files/spark/artifacts.sha256"
HOME = "/opt/spark"
JAVA_HOME = "/opt/java/openjdk"
UID = 185
ENVIRONMENT = {
    "PATH": f"{JAVA_HOME}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
    "JAVA_HOME": JAVA_HOME,
    "SPARK_HOME": HOME,
}
# Debian's Java registers manual pages, for which a slim image has no folder.
BEFORE = f"""
groupadd --system --gid {UID} spark
useradd --system --uid {UID} --gid spark --home-dir /nonexistent spark
mkdir -p /usr/share/man/man1
"""
AFTER = f"""
mkdir -p {Path(JAVA_HOME).parent} {HOME}/work-dir
ln --symbolic /usr/lib/jvm/java-17-openjdk-amd64 {JAVA_HOME}
touch {HOME}/RELEASE
chown --recursive spark:spark {HOME}
chmod g+w {HOME}/work-dir
"""


def install(workspace: Workspace, version: str, packages: Mapping[str, str], folders: Mapping[str, str]) -> None:
    """Fill a layer with Debian's packages and parts of Spark.

    Args:
        workspace: the layer.
        version: Spark's.
        packages: Debian's packages and their upstream versions; Java 17 is one of them.
        folders: what is taken, by its place below `/opt/spark`: the folder in the distribution.
    """
    workspace.run(BEFORE)
    debian.install(workspace, packages)
    unpacked = _distribution(workspace, version)
    for place, source in folders.items():
        target = workspace.upper / HOME.lstrip("/") / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(unpacked / source, target)
    workspace.run(AFTER)


def _distribution(workspace: Workspace, version: str) -> Path:
    """Fetch Spark through pip and unpack it.

    Raises:
        ImageError: it cannot be had, or is not what it was when its version was chosen.
    """
    folder = workspace.folder / "spark"
    # pip asks the source for its metadata, with the setuptools that the platform's environment holds.
    pip = [str(python_with_pip(workspace)), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-cache-dir"]
    options = ["--no-deps", "--no-binary=:all:", "--no-build-isolation", "--dest", str(folder)]
    workspace.call([*pip, "download", *options, f"{DISTRIBUTION}=={version}"])
    archive = verified(next(folder.glob("*.tar.gz")), SUMS)
    workspace.call(["tar", "--extract", "--no-same-owner", f"--file={archive}", f"--directory={folder}"])
    return folder / f"{DISTRIBUTION}-{version}"
