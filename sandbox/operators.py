"""Third-party operators that a stack's config calls for: installed into the sandbox, looked for in other clusters.

An operator is the cluster's, not an environment's: two environments on one cluster share it, so no stack declares it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from sandbox import images
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.session import Session

CLOUDNATIVE_PG = "cloudnative-pg"
NAMESPACE = "cnpg-system"
CLUSTERS = "customresourcedefinition/clusters.postgresql.cnpg.io"
IMAGES = ("cloudnative-pg", "postgresql")
READY_WITHIN = "180s"


def asked(session: Session, stack: str) -> list[str]:
    """Names of the operators that a stack's config needs.

    Raises:
        ToolchainError: the config is not sound; every mistake was said.
    """
    done = subprocess.run(
        [session.paths.python, "-m", "delivery", "operators", stack],
        cwd=session.paths.root,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolchainError(f"Pulumi.{stack}.yaml cannot be deployed; its mistakes stand above")
    return done.stdout.split()


def provide(session: Session, stack: str) -> None:
    """Have the operators that a stack needs before it is deployed.

    Raises:
        ToolchainError: one is missing in a cluster that is not ours, or does not start.
    """
    if CLOUDNATIVE_PG not in asked(session, stack):
        return
    if session.cluster.sandbox:
        install_cloudnative_pg(session)
    elif _kubectl(session, "get", CLUSTERS).returncode:
        version = session.versions.go[CLOUDNATIVE_PG].removeprefix("v")
        raise ToolchainError(
            f"Pulumi.{stack}.yaml asks for high availability, and {session.cluster.title} has no CloudNativePG "
            f"operator. Install {version} once, by its release manifest cnpg-{version}.yaml or its Helm chart "
            "(docs/high-availability.md), and run this again."
        )


def install_cloudnative_pg(session: Session) -> None:
    """Build the operator, load it, and apply its official release manifest; what is there already stays.

    Raises:
        ToolchainError: it cannot be built, or does not start.
    """
    session.build([f"image-{name}" for name in IMAGES])
    images.load(session.paths, IMAGES)
    version = session.versions.go[CLOUDNATIVE_PG].removeprefix("v")
    # The images were loaded into the node; there is nowhere to pull them from.
    manifest = (session.paths.manifests / f"cnpg-{version}.yaml").read_text(encoding="utf-8")
    manifest = manifest.replace("imagePullPolicy: Always", "imagePullPolicy: IfNotPresent")
    session.display.say(f"{CLOUDNATIVE_PG}: the operator, from its release manifest")
    _sure(_kubectl(session, "apply", "--server-side", "--force-conflicts", "--filename=-", content=manifest))
    started = ("--for=condition=Available", f"--timeout={READY_WITHIN}", "deployment/cnpg-controller-manager")
    _sure(_kubectl(session, "wait", f"--namespace={NAMESPACE}", *started))


def _sure(done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise ToolchainError(f"CloudNativePG's operator cannot be installed: {done.stderr.strip()}")


def _kubectl(session: Session, *arguments: str, content: str | None = None) -> subprocess.CompletedProcess[str]:
    command: Sequence[str] = ("kubectl", f"--kubeconfig={session.cluster.kubeconfig}", *arguments)
    return subprocess.run(
        command, env=session.variables, input=content or "", capture_output=True, text=True, check=False
    )
