"""The steps that `up`, `shell`, `env` and `test` share."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import AbstractContextManager, nullcontext

from sandbox.toolchain.choice import PLUGINS, why_no_sandbox
from sandbox.toolchain.engine import Project
from sandbox.toolchain.environment import prepare, state_of
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.files import write_whole
from sandbox.toolchain.plugins import Origin, install_ours, install_vendor, installed
from sandbox.toolchain.salt import OwnSalt
from sandbox.toolchain.session import Session


def refuse_impossible(session: Session, command: str) -> None:
    """Refuse to start the sandbox where it cannot run.

    Raises:
        ToolchainError: all reasons at once, and the way that remains.
    """
    if not session.cluster.sandbox:
        return
    if reasons := why_no_sandbox():
        listed = "\n  - ".join(reasons)
        raise ToolchainError(
            f"the sandbox cannot run here:\n  - {listed}\n"
            f"A cluster of yours will do as well: make {command} CONTEXT=<a context of `kubectl config get-contexts`>"
        )


def prepare_cluster(session: Session) -> None:
    """Have a kubeconfig that holds the chosen context alone, and a place for the state.

    Raises:
        ToolchainError: the sandbox does not run, or the named context does not exist.
    """
    cluster = session.cluster
    if cluster.context is None:
        if not cluster.kubeconfig.exists():
            raise ToolchainError("the sandbox does not run; `make up` starts it")
    else:
        kubectl = shutil.which("kubectl", path=session.variables["PATH"])
        if kubectl is None:
            raise ToolchainError(
                "kubectl was not found; it comes with what made your context, or: make build PART=kubernetes"
            )
        done = subprocess.run(
            [kubectl, "config", "view", "--minify", "--flatten", "--raw", f"--context={cluster.context}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or f"current-context: {cluster.context}" not in done.stdout:
            raise ToolchainError(
                f"no kubeconfig context is called {cluster.context!r}; `kubectl config get-contexts` lists yours"
                + (f" ({done.stderr.strip()})" if done.stderr.strip() else "")
            )
        cluster.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(cluster.kubeconfig, done.stdout, 0o600)
    prepare(cluster)


def prepare_engine(session: Session) -> None:
    """Have the provider plugins in the engine's home.

    Raises:
        ToolchainError: the vendor's were asked for by name and cannot be had.
    """
    paths, versions, origin = session.paths, session.versions, session.plugins
    if origin is Origin.VENDOR and not installed(paths, versions, origin):
        session.display.say("asking for the vendor's provider plugins")
        if problem := install_vendor(paths, versions, session.engine.program, session.variables):
            if os.environ.get(PLUGINS):
                raise ToolchainError(f"the vendor's plugins cannot be had: {problem}")
            session.display.say(f"the vendor's plugins cannot be had, ours do their work ({problem})")
            origin = Origin.OURS
    if origin is Origin.OURS:
        install_ours(paths, versions)


def own_salt(session: Session) -> AbstractContextManager[None]:
    """While the engine works on a state of ours, its salt stays out of the committed files."""
    state = project_of(session).state
    return OwnSalt(session.paths.root, state) if state else nullcontext()


def project_of(session: Session) -> Project:
    """The platform's project on the chosen cluster."""
    variables = session.variables
    state = state_of(session.cluster)
    ours = variables.get("PULUMI_BACKEND_URL") == f"file://{state}"
    return Project(session.paths.root, session.engine.program, variables, state if ours else None)
