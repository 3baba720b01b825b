"""The JDBC drivers that go into the jobs' image, by Maven: `python -m stacks.jars` has them in the image's context.

By a Maven client as it is configured, with no address here or in the Dockerfile: each site has its own repository.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "jars"


class JarError(Exception):
    """A driver cannot be had; `str()` says which, and why."""


def artifacts(root: Path = ROOT) -> dict[str, str]:
    """Each driver's `group:artifact:version`, by the file that it becomes."""
    table = tomllib.loads((root / "versions.toml").read_text(encoding="utf-8"))["jars"]
    return {f"{name.rpartition(':')[2]}-{version}.jar": f"{name}:{version}" for name, version in table.items()}


def sums(context: Path) -> dict[str, str]:
    """The pinned SHA-256 of each file, from `jars.sha256`, which the image's build checks once more."""
    lines = (context / "jars.sha256").read_text(encoding="utf-8").splitlines()
    return {path.removeprefix(f"{FOLDER}/"): total for total, path in (line.split() for line in lines)}


def fetch(context: Path) -> list[Path]:
    """Have every driver in the context; what is there already and is the right one stays.

    Raises:
        JarError: Maven does not get one, or gets another than the pinned one.
    """
    folder, pinned = context / FOLDER, sums(context)
    folder.mkdir(exist_ok=True)
    for name, artifact in artifacts().items():
        path = folder / name
        if not path.exists():
            _copy(artifact, folder)
        if hashlib.sha256(path.read_bytes()).hexdigest() != pinned.get(name):
            path.unlink()
            raise JarError(f"{artifact} is not the one whose sum stands in {context / 'jars.sha256'}; it was removed")
    for other in set(folder.glob("*")) - {folder / name for name in artifacts()}:
        other.unlink()
    return sorted(folder.glob("*.jar"))


def _copy(artifact: str, folder: Path) -> None:
    command = ["mvn", "--quiet", "--batch-mode", "dependency:copy", f"-Dartifact={artifact}"]
    try:
        done = subprocess.run([*command, f"-DoutputDirectory={folder}"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise JarError(f"{artifact} is fetched by Maven, and there is no mvn on PATH") from None
    if done.returncode:
        raise JarError(f"{artifact}: Maven says: {(done.stdout + done.stderr).strip()[-500:]}")


if __name__ == "__main__":
    try:
        print("\n".join(str(path) for path in fetch(ROOT / "transforms")))
    except JarError as error:
        sys.exit(f"jars: {error}")
