"""Names of images, as the node knows them."""

from __future__ import annotations

HUB, OFFICIAL = "docker.io", "library"


def normalised(reference: str) -> str:
    """The full name: `etl/job:1` is `docker.io/etl/job:1`, `spark` is `docker.io/library/spark:latest`."""
    first, slash, _ = reference.partition("/")
    # Only a host has a dot or a port, or is this machine.
    if not slash:
        reference = f"{HUB}/{OFFICIAL}/{reference}"
    elif "." not in first and ":" not in first and first != "localhost":
        reference = f"{HUB}/{reference}"
    return reference if "@" in reference or ":" in reference.rpartition("/")[2] else f"{reference}:latest"


def repository(reference: str) -> str:
    """The name without its tag."""
    name = normalised(reference).partition("@")[0]
    return name[: -len(name.rpartition(":")[2]) - 1] if ":" in name.rpartition("/")[2] else name
