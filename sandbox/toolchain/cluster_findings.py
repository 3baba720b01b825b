"""What `make doctor` finds about the cluster."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox import node
from sandbox.node.layout import Layout
from sandbox.toolchain.commands import output_of
from sandbox.toolchain.errors import ToolchainError
from sandbox.toolchain.findings import CPUS, GB, MEMORY, Finding, Verdict, size
from sandbox.toolchain.probe import Probe
from sandbox.toolchain.session import Session

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
UNITS = {
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "m": 0.001,
}


def cluster(session: Session, *, probe: bool) -> Iterator[Finding]:
    """The cluster: whether it answers, its size, its default storage class, its network policies.

    Args:
        session: names the cluster.
        probe: whether to test the network policies with a canary of two pods.
    """
    if session.cluster.sandbox and not session.cluster.kubeconfig.exists():
        yield Finding(Verdict.LATER, "cluster", "the sandbox does not run", "`make up` starts it")
        return
    kubectl = shutil.which("kubectl", path=session.variables["PATH"])
    if kubectl is None:
        yield Finding(Verdict.MISSING, "cluster", "kubectl not found", "make build PART=kubernetes")
        return
    answer = _get(session, kubectl, "nodes")
    if answer is None:
        yield Finding(
            Verdict.MISSING, "cluster", f"{session.cluster.title} does not answer", str(session.cluster.kubeconfig)
        )
        return
    nodes = answer["items"]
    version = nodes[0]["status"]["nodeInfo"]["kubeletVersion"] if nodes else "no node"
    yield Finding(Verdict.FINE if nodes else Verdict.MISSING, "cluster", version, session.cluster.title)
    yield from _sandbox(session)
    if not session.cluster.sandbox:
        yield size("cluster processors", _sum(nodes, "cpu"), CPUS, "")
        yield size("cluster memory", _sum(nodes, "memory") / GB, MEMORY, "GB")
    yield _storage(_get(session, kubectl, "storageclasses"))
    yield _policies(session, kubectl, probe=probe)


def quantity(text: str) -> float:
    """A Kubernetes quantity (`3920m`, `8Gi`) as a number."""
    for suffix, factor in UNITS.items():
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * factor
    return float(text)


def _sandbox(session: Session) -> Iterator[Finding]:
    if not session.cluster.sandbox:
        return
    status = node.status(session.paths)
    for problem in status.problems:
        yield Finding(Verdict.WARNING, "node", problem, "`make up` repairs it")
    if status.healthy:
        yield Finding(
            Verdict.FINE, "node", f"{len(status.parts)} processes, {status.memory / 2**20:.0f} MiB without pods"
        )


def _storage(answer: Mapping[str, Any] | None) -> Finding:
    classes = (answer or {}).get("items", [])
    default = [
        c["metadata"]["name"] for c in classes if c["metadata"].get("annotations", {}).get(DEFAULT_CLASS) == "true"
    ]
    if default:
        return Finding(Verdict.FINE, "default storage class", ", ".join(default))
    names = ", ".join(c["metadata"]["name"] for c in classes) or "no class at all"
    hint = f"kubectl annotate storageclass NAME {DEFAULT_CLASS}=true, or name one in the stack's config"
    return Finding(Verdict.MISSING, "default storage class", f"none ({names})", hint)


def _policies(session: Session, kubectl: str, *, probe: bool) -> Finding:
    thing = "network policies"
    if probe:
        try:
            image = session.versions.images["debian"]
            enforced = Probe(kubectl, session.cluster.kubeconfig, image).enforced()
        except ToolchainError as error:
            return Finding(Verdict.WARNING, thing, "the probe failed", str(error))
        return _enforced(thing, enforced, "two pods asked each other, before and after a policy")
    if session.cluster.sandbox:
        try:
            state = json.loads(Layout(session.paths).policy_state.read_text())
        except (OSError, ValueError):
            return Finding(Verdict.WARNING, thing, "unknown", "the agent has not told; make doctor PROBE=1 asks")
        reason = str(state.get("reason") or "the agent's canary at the node's start")
        return _enforced(thing, bool(state.get("enforced")), reason)
    asked = f"make doctor CONTEXT={session.cluster.context} PROBE=1"
    return Finding(Verdict.WARNING, thing, "unknown", f"run {asked}: it makes a namespace with two pods and removes it")


def _enforced(thing: str, enforced: bool, reason: str) -> Finding:
    if enforced:
        return Finding(Verdict.FINE, thing, "enforced", reason)
    return Finding(Verdict.WARNING, thing, "NOT enforced: declared, without effect", reason)


def _sum(nodes: list[dict[str, Any]], resource: str) -> float:
    return sum(quantity(node["status"]["allocatable"][resource]) for node in nodes)


def _get(session: Session, kubectl: str, kind: str) -> dict[str, Any] | None:
    arguments = [f"--kubeconfig={session.cluster.kubeconfig}", "get", kind, "-o", "json", "--request-timeout=10s"]
    answer = output_of(kubectl, *arguments)
    if answer is None:
        return None
    found: dict[str, Any] = json.loads(answer)
    return found
