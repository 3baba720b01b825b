"""Names of objects whose program gives none, and the namespace of those that say none."""

from __future__ import annotations

import hashlib
import secrets

from sandbox.plugins.host import UNKNOWN, Inputs, PluginError, current

from .objects import Object, annotation, metadata

AUTONAMED = "pulumi.com/autonamed"


def is_autonamed(obj: Inputs) -> bool:
    """Whether the plugin chose the name."""
    return annotation(obj, AUTONAMED) == "true"


def assign_name(obj: Object, resource_name: str, olds: Inputs | None) -> None:
    """Give `obj` a name if it has none: the old generated one, else a new one.

    Raises `PluginError` for `generateName`, which server-side apply cannot serve, and where the stack forbids
    generated names.
    """
    found = obj.setdefault("metadata", {})
    if found is UNKNOWN or found.get("name") is UNKNOWN or found.get("name"):
        return
    if found.get("generateName"):
        raise PluginError("server-side apply does not support metadata.generateName: set metadata.name, or neither")
    if olds is not None and is_autonamed(olds):
        _name(obj, metadata(olds)["name"])
        return
    call = current()
    if not call.autonaming:
        raise PluginError("autonaming is disabled, so metadata.name must be set")
    if call.proposed:
        _name(obj, call.proposed)
        return
    seed = call.random_seed or secrets.token_bytes(16)
    suffix = hashlib.sha256(seed + resource_name.encode()).hexdigest()[:8]
    _name(obj, f"{resource_name}-{suffix}")


def _name(obj: Object, name: str) -> None:
    found = obj["metadata"]
    found["name"] = name
    annotations = found.setdefault("annotations", {})
    if annotations is not UNKNOWN:
        annotations[AUTONAMED] = "true"
