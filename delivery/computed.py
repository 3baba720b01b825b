"""Outputs that a provider computes inside of what the program gave.

A top-level output that is no input is unknown in a preview by itself. A nested one is not: of a Service's `spec`
the program gives the ports and the API server adds the address. These tables name the nested ones.
"""

from collections.abc import Mapping
from typing import Any

from delivery import wire

# Sources: Kubernetes API reference, ObjectMeta ("populated by the system. Read-only.") and ServiceSpec.
METADATA = ("uid", "resourceVersion", "creationTimestamp", "generation")
SERVICE_SPEC = ("clusterIP", "clusterIPs")
EXTERNAL = ("NodePort", "LoadBalancer")


def with_computed(kind: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """`state`, a resource's answered inputs, with unknowns where the provider of a `kind` (type token) adds values."""
    result = dict(state)
    if not kind.startswith("kubernetes:"):
        return result
    if isinstance(metadata := result.get("metadata"), dict) and wire.SIGNATURE not in metadata:
        result["metadata"] = metadata | dict.fromkeys(METADATA, wire.SENTINEL)
    spec = result.get("spec")
    if kind == "kubernetes:core/v1:Service" and isinstance(spec, dict) and wire.SIGNATURE not in spec:
        result["spec"] = _service_spec(spec)
    return result


def _service_spec(spec: dict[str, Any]) -> dict[str, Any]:
    computed: dict[str, Any] = {key: wire.SENTINEL for key in SERVICE_SPEC if key not in spec}
    ports = spec.get("ports")
    if spec.get("type") in EXTERNAL and isinstance(ports, list):
        computed["ports"] = [{"nodePort": wire.SENTINEL} | port if isinstance(port, dict) else port for port in ports]
    return spec | computed
