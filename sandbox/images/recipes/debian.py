"""The base of the others, and what test pods run."""

from __future__ import annotations

from sandbox.images import debian
from sandbox.images.recipe import Recipe, Runtime


def recipe(name: str, tag: str) -> Recipe:
    """Describe `docker.io/library/debian:bookworm-slim`."""
    return Recipe(
        name=name,
        version=tag,
        runtime=Runtime(command=("bash",)),
        fill=debian.bootstrap,
        ingredients={"suite": debian.SUITE, "without": " ".join(debian.EXCLUDED)},
    )
