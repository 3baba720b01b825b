"""What a stack's config asks for and not every environment has: made in the sandbox, looked for in other clusters.

CloudNativePG's operator is the cluster's, not an environment's: two environments on one cluster share it, so no stack
declares it.
"""

from __future__ import annotations

import subprocess

from sandbox import images
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.session import Session

# As delivery/demands.py names them.
CLOUDNATIVE_PG, OBJECT_STORE, EDGE, SPARK = "cloudnative-pg", "object-store", "edge", "spark"
LOGIN, CONTEXTS, OBSERVABILITY = "login", "contexts", "observability"
IMAGES = {
    CLOUDNATIVE_PG: ("cloudnative-pg", "postgresql"),
    OBJECT_STORE: ("rclone",),
    EDGE: ("traefik",),
    SPARK: ("spark", "spark-operator"),
    LOGIN: ("oauth2-proxy",),
    CONTEXTS: ("python",),
    OBSERVABILITY: ("prometheus", "alertmanager", "kube-state-metrics", "otelcol", "jaeger"),
}
PROGRAMS = {SPARK: ("helm",)}
"""What the machine itself needs; the stack installs the operator's chart by it."""
NAMESPACE = "cnpg-system"
CLUSTERS = "customresourcedefinition/clusters.postgresql.cnpg.io"
READY_WITHIN = "180s"
DEFINITIONS = {"gateway-api": "gateways.gateway.networking.k8s.io", "traefik": "middlewares.traefik.io"}
"""One kind of each release of definitions, by which a cluster that has it is known."""


def provide(session: Session, stack: str) -> None:
    """Have all that a stack needs before it is deployed.

    Raises:
        ToolchainError: the config is not sound, an operator is missing in a cluster that is not ours, or one does not
            start.
    """
    asked = _asked(session, stack)
    if not session.cluster.sandbox:
        if CLOUDNATIVE_PG in asked:
            _require_cloudnative_pg(session, stack)
        if EDGE in asked:
            _require_definitions(session, stack)
        return
    for demand in asked:
        load(session, demand)
    if CLOUDNATIVE_PG in asked:
        install_cloudnative_pg(session)
    if EDGE in asked:
        install_definitions(session)


def load(session: Session, demand: str) -> None:
    """Build what is there on demand, and bring its images into the node.

    Raises:
        ToolchainError, ImageError: one cannot be built or loaded.
    """
    session.build([*PROGRAMS.get(demand, ()), *(f"image-{name}" for name in IMAGES[demand])])
    images.load(session.paths, IMAGES[demand])
    if demand == SPARK:
        _fetch_jars(session)


def install_cloudnative_pg(session: Session) -> None:
    """Apply the operator's official release manifest; its images are loaded.

    Raises:
        ToolchainError: it does not start.
    """
    manifest = (session.paths.manifests / f"cnpg-{_version(session)}.yaml").read_text(encoding="utf-8")
    # The images were loaded into the node; there is nowhere to pull them from.
    manifest = manifest.replace("imagePullPolicy: Always", "imagePullPolicy: IfNotPresent")
    session.display.say(f"{CLOUDNATIVE_PG}: the operator, from its release manifest")
    failed = "CloudNativePG's operator cannot be installed"
    _sure(failed, _kubectl(session, "apply", "--server-side", "--force-conflicts", "--filename=-", content=manifest))
    started = ("--for=condition=Available", f"--timeout={READY_WITHIN}", "deployment/cnpg-controller-manager")
    _sure(failed, _kubectl(session, "wait", f"--namespace={NAMESPACE}", *started))


def install_definitions(session: Session) -> None:
    """Apply the definitions of the Gateway API and of Traefik, which were built with the proxy.

    Raises:
        ToolchainError: the cluster refuses them.
    """
    for name in _definitions(session):
        session.display.say(f"{EDGE}: the definitions of {name}")
        _sure(
            f"the definitions of {name} cannot be installed",
            # They are too large for the annotation of an apply on the client's side.
            _kubectl(
                session,
                "apply",
                "--server-side",
                "--force-conflicts",
                f"--filename={session.paths.manifests / name}.yaml",
            ),
        )
    kinds = (f"customresourcedefinition/{kind}" for kind in DEFINITIONS.values())
    _sure(
        "the definitions for the edge are not served",
        _kubectl(session, "wait", "--for=condition=Established", f"--timeout={READY_WITHIN}", *kinds),
    )


def _fetch_jars(session: Session) -> None:
    """The drivers that go into the jobs' image; they are fetched where Maven is, and not inside the build."""
    done = subprocess.run(
        [session.paths.python, "-m", "stacks.jars"],
        cwd=session.paths.root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolchainError(f"the image of the Spark jobs lacks a driver: {(done.stderr or done.stdout).strip()}")


def _asked(session: Session, stack: str) -> list[str]:
    done = subprocess.run(
        [session.paths.python, "-m", "delivery", "demands", stack],
        cwd=session.paths.root,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ToolchainError(f"Pulumi.{stack}.yaml cannot be deployed; its mistakes stand above")
    return done.stdout.split()


def _require_cloudnative_pg(session: Session, stack: str) -> None:
    found = _kubectl(session, "get", CLUSTERS)
    if found.returncode and "NotFound" not in found.stderr:
        raise ToolchainError(
            f"{session.cluster.title} does not tell whether it has CloudNativePG: {found.stderr.strip()}"
        )
    if found.returncode:
        version = _version(session)
        raise ToolchainError(
            f"Pulumi.{stack}.yaml asks for high availability, and {session.cluster.title} has no CloudNativePG "
            f"operator. Install {version} once, by its release manifest cnpg-{version}.yaml or its Helm chart "
            "(docs/high-availability.md), and run this again."
        )


def _require_definitions(session: Session, stack: str) -> None:
    for name, kind in DEFINITIONS.items():
        found = _kubectl(session, "get", f"customresourcedefinition/{kind}")
        if found.returncode and "NotFound" not in found.stderr:
            raise ToolchainError(
                f"{session.cluster.title} does not tell whether it has the definitions of {name}: "
                f"{found.stderr.strip()}"
            )
        if found.returncode:
            raise ToolchainError(
                f"Pulumi.{stack}.yaml asks for an edge, and {session.cluster.title} has no {kind}. Install the "
                f"definitions {' and '.join(_definitions(session))} once, as docs/edge.md says, and run this again."
            )


def _definitions(session: Session) -> list[str]:
    """Names with versions, the files' without `.yaml`."""
    versions = {"gateway-api": session.versions.crds["gateway-api"], "traefik": session.versions.go["traefik"]}
    return [f"{name}-{versions[name].removeprefix('v')}" for name in DEFINITIONS]


def _version(session: Session) -> str:
    return session.versions.go[CLOUDNATIVE_PG].removeprefix("v")


def _sure(failed: str, done: subprocess.CompletedProcess[str]) -> None:
    if done.returncode:
        raise ToolchainError(f"{failed}: {done.stderr.strip()}")


def _kubectl(session: Session, *arguments: str, content: str | None = None) -> subprocess.CompletedProcess[str]:
    command = ("kubectl", f"--kubeconfig={session.cluster.kubeconfig}", *arguments)
    return subprocess.run(
        command, env=session.variables, input=content or "", capture_output=True, text=True, check=False
    )
