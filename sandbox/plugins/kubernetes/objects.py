"""Kubernetes objects as plain values: how they are named, cleaned and compared."""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Mapping
from typing import Any

from sandbox.plugins.host import UNKNOWN, Inputs, Value

Object = dict[str, Any]

# Set by the server alone; a program that copied them from a live object does not mean them.
_READ_ONLY = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
# Projects of Kubernetes' own name their custom kinds' groups below k8s.io as well.
_BUILT_IN = frozenset(
    f"{group}.k8s.io"
    for group in (
        "admissionregistration",
        "apiextensions",
        "apiregistration",
        "authentication",
        "authorization",
        "certificates",
        "coordination",
        "discovery",
        "events",
        "flowcontrol.apiserver",
        "internal.apiserver",
        "networking",
        "node",
        "rbac.authorization",
        "resource",
        "scheduling",
        "storage",
        "storagemigration",
    )
)
_INTERNAL = ("__inputs", "__initialApiVersion", "__fieldManager")


def kind_of(token: str) -> tuple[str, str]:
    """`kubernetes:apps/v1:StatefulSet` is ("apps/v1", "StatefulSet"), `kubernetes:core/v1:Secret` ("v1", "Secret")."""
    _, api_version, kind = token.split(":", 2)
    return api_version.removeprefix("core/"), kind


def built_in(api_version: str) -> bool:
    """Whether the API version is one of Kubernetes itself, whose kinds no definition brings."""
    group = api_version.rpartition("/")[0]
    return "." not in group or group in _BUILT_IN


def split_id(id: str) -> tuple[str | None, str]:  # noqa: A002
    """Namespace and name of an id (`namespace/name`, or `name` for what lives in none)."""
    namespace, _, name = id.rpartition("/")
    return namespace or None, name


def id_of(obj: Mapping[str, Value]) -> str:
    """The id of a live object."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


def describe(obj: Mapping[str, Value]) -> str:
    """The object in a message: `apps/v1 Deployment shop/web`."""
    found = metadata(obj)
    name = found.get("name")
    namespace = found.get("namespace")
    where = f"{namespace}/" if isinstance(namespace, str) else ""
    return f"{obj.get('apiVersion')} {obj.get('kind')} {where}{name if isinstance(name, str) else '(not named yet)'}"


def metadata(obj: Mapping[str, Value]) -> Mapping[str, Value]:
    """The object's metadata; empty when there is none or it is unknown."""
    found = obj.get("metadata")
    return found if isinstance(found, Mapping) else {}


def annotation(obj: Mapping[str, Value], name: str) -> str | None:
    """An annotation's value; None when it is not set or unknown."""
    annotations = metadata(obj).get("annotations")
    value = annotations.get(name) if isinstance(annotations, Mapping) else None
    return value if isinstance(value, str) else None


def is_secret(api_version: str, kind: str) -> bool:
    """Whether the kind is the core's Secret."""
    return (api_version, kind) == ("v1", "Secret")


def from_program(inputs: Inputs) -> Object:
    """The object that inputs describe, in the server's spelling, without nulls and read-only fields.

    `stringData` of a Secret is folded into `data`, as the server does, so that the two compare.
    """
    obj = live_of(inputs)
    found = obj.get("metadata")
    if isinstance(found, dict):
        for key in _READ_ONLY:
            found.pop(key, None)
    if is_secret(obj.get("apiVersion", ""), obj.get("kind", "")):
        _fold(obj)
    return obj


def to_program(obj: Mapping[str, Value]) -> Object:
    """The reverse spelling: the names that the SDK knows."""
    return dict(_rename(obj, "x-kubernetes-", "-", "_"))


def outputs(live: Mapping[str, Value], inputs: Inputs, manager: str, initial_api_version: str) -> Object:
    """The state of a resource: the live object and what the vendor's plugin keeps beside it."""
    shown: Object = copy.deepcopy(dict(live))
    found = shown.get("metadata")
    if isinstance(found, dict):
        found.pop("managedFields", None)
        # It repeats a Secret's data in a place that nobody masks.
        if isinstance(found.get("annotations"), dict):
            found["annotations"].pop(_LAST_APPLIED, None)
    return {
        **to_program(shown),
        "__inputs": to_program(inputs),
        "__initialApiVersion": initial_api_version,
        "__fieldManager": manager,
    }


def live_of(state: Mapping[str, Value]) -> Object:
    """The live object that a state holds, in the server's spelling."""
    return dict(_rename({key: item for key, item in state.items() if key not in _INTERNAL}, "x_kubernetes_", "_", "-"))


def imported_inputs(live: Mapping[str, Value]) -> Object:
    """The inputs of a resource of which only the live object is known."""
    inputs: Object = copy.deepcopy({key: item for key, item in live.items() if key != "status"})
    found = inputs["metadata"]
    for key in (*_READ_ONLY, "selfLink"):
        found.pop(key, None)
    annotations = found.get("annotations")
    if annotations:
        annotations.pop(_LAST_APPLIED, None)
        annotations.pop("deployment.kubernetes.io/revision", None)
        if not annotations:
            del found["annotations"]
    return inputs


def observed(declared: Value, expected: Value, live: Value) -> Value:
    """The declared value as it really is: itself where the server holds what it would make of it, else the live one.

    `expected` is what the server makes of the declaration (defaults, normal forms); fields that are not declared
    are left out.
    """
    if expected == live:
        return declared
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        wanted = expected if isinstance(expected, Mapping) else {}
        return {key: observed(item, wanted.get(key), live[key]) for key, item in declared.items() if key in live}
    if isinstance(declared, list) and isinstance(live, list) and len(declared) == len(live):
        wanted_items = expected if isinstance(expected, list) and len(expected) == len(live) else [None] * len(live)
        return [observed(*triple) for triple in zip(declared, wanted_items, live, strict=True)]
    return live


def settled(obj: Mapping[str, Value]) -> Object:
    """The object without what changes by itself; two of them are equal when the server holds the same."""
    return {
        key: {name: found for name, found in item.items() if name not in _READ_ONLY} if key == "metadata" else item
        for key, item in obj.items()
        if key != "status" and key not in _INTERNAL
    }


def _rename(value: Value, prefix: str, old: str, new: str) -> Value:
    """A deep copy without nulls; keys that begin with `prefix` get `new` for `old`."""
    if isinstance(value, Mapping):
        return {
            (key.replace(old, new) if key.startswith(prefix) else key): _rename(item, prefix, old, new)
            for key, item in value.items()
            if item is not None
        }
    if isinstance(value, list):
        return [_rename(item, prefix, old, new) for item in value]
    return value


def _fold(obj: Object) -> None:
    plain = obj.pop("stringData", None)
    data = obj.get("data")
    if plain is UNKNOWN or data is UNKNOWN:
        obj["data"] = UNKNOWN
        return
    if isinstance(data, dict):
        obj["data"] = {key: _canonical(item) for key, item in data.items()}
    if isinstance(plain, dict):
        encoded = {key: _encode(item) for key, item in plain.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def _encode(value: Value) -> Value:
    return base64.b64encode(value.encode()).decode() if isinstance(value, str) else value


def _canonical(value: Value) -> Value:
    """Base64 as the server writes it back (no line breaks); what is no base64 is left for the server to refuse."""
    if not isinstance(value, str):
        return value
    try:
        return base64.b64encode(base64.b64decode(value)).decode()
    except (binascii.Error, ValueError):
        return value
