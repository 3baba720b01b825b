"""Prometheus and Alertmanager, each with its tool, in the places where upstream has them."""

from __future__ import annotations

from sandbox.images.recipe import Recipe, Runtime
from sandbox.images.workspace import Workspace
from sandbox.toolchain.parts import When

NOBODY = "65534:65534"


def recipe(name: str, tag: str) -> Recipe:
    """Describe `quay.io/prometheus/prometheus`: the programs built from its Go module, on nothing.

    Upstream has a shell beside them, and the user interface inside, which is no part of the module: this one answers
    every question and shows no pages.
    """
    # Source: prometheus v3.13.2, Dockerfile.
    return _recipe(name, tag, ("prometheus", "promtool"), "/prometheus", "9090/tcp")


def alertmanager(name: str, tag: str) -> Recipe:
    """Describe `quay.io/prometheus/alertmanager`, likewise; its module holds its user interface."""
    # Source: alertmanager v0.31.1, Dockerfile.
    return _recipe(name, tag, ("alertmanager", "amtool"), "/alertmanager", "9093/tcp")


def _recipe(name: str, tag: str, programs: tuple[str, ...], folder: str, port: str) -> Recipe:
    def fill(workspace: Workspace) -> None:
        for program in programs:
            workspace.place(workspace.built(program), f"/bin/{program}", 0o755)
        workspace.trust_public_authorities()

    return Recipe(
        name=name,
        version=tag,
        runtime=Runtime(
            user=NOBODY,
            entrypoint=(f"/bin/{programs[0]}",),
            # As runtimes set it where an image says nothing; the pods name the tool without its folder.
            environment={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
            working_directory=folder,
            ports=(port,),
        ),
        fill=fill,
        when=When.ON_DEMAND,
    )
