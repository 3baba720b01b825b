"""Renders as values, for the tests of what compares and prints them."""

from typing import Any

from delivery.changes import Difference, Entry, Render, difference

STACK = "urn:pulumi:dev::etl-platform::pulumi:pulumi:Stack::etl-platform-dev"
TEAM = "etl-platform:platform:Team"


def entry(token: str, name: str, *, parent: str = STACK, component: bool = False, **more: Any) -> Entry:
    """A resource as `resources.json` has it."""
    above = "" if parent == STACK else parent.split("::")[2] + "$"
    return {
        "type": token,
        "name": name,
        "urn": f"urn:pulumi:dev::etl-platform::{above}{token}::{name}",
        "parent": parent,
        "component": component,
        "provider": None,
        "inputs": {},
        "dependencies": [],
        "options": {},
        **more,
    }


def kubernetes(kind: str, name: str, group: str = "core/v1", namespace: str = "data", **more: Any) -> Entry:
    """A Kubernetes object; `spec`, `data` and the like go into its inputs, the rest into its entry."""
    inputs: dict[str, Any] = {key: more.pop(key) for key in ("spec", "data", "stringData", "roleRef") if key in more}
    metadata = {"name": name, "namespace": namespace} | more.pop("metadata", {})
    inputs |= {"apiVersion": group.removeprefix("core/"), "kind": kind, "metadata": metadata}
    return entry(f"kubernetes:{group}:{kind}", name, inputs=inputs, **more)


def stateful_set(**spec: Any) -> Entry:
    """A StatefulSet with a volume."""
    volumes = [{"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}]
    return kubernetes("StatefulSet", "cases", "apps/v1", spec={"volumeClaimTemplates": volumes, **spec})


def render(*entries: Entry, environment: str = "dev", **outputs: Any) -> Render:
    return Render(environment, {str(each["urn"]): each for each in entries}, outputs)


def compared(before: list[Entry], after: list[Entry], environment: str = "dev") -> Difference:
    return difference(render(*before, environment=environment), render(*after, environment=environment))
