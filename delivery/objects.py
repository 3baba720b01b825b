"""Kubernetes objects among the recorded resources, and each one's file."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from delivery.recording import SECRET, DeclarationError, Resource, is_known
from delivery.yaml_text import Dumper

CLUSTER = "_cluster"
LATER = "_later"
SECRET_FIELDS = ("data", "stringData")
FIRST = ("apiVersion", "kind", "metadata", "name", "namespace")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class SameObjectError(DeclarationError):
    """Two resources declare one object of the cluster."""


def is_object(resource: Resource) -> bool:
    """Whether a resource is an object of the Kubernetes API."""
    return resource.type.startswith("kubernetes:") and {"apiVersion", "kind", "metadata"} <= set(resource.inputs)


def files(resources: Iterable[Resource]) -> dict[str, str]:
    """The YAML of each object by its relative path, `<namespace>/<kind>-<name>.yaml`.

    `_cluster` stands for no namespace, `_later` for one that only apply tells. An object that shares kind and name
    with one of another API group has its group behind its kind.

    Raises:
        SameObjectError: two resources declare the same object.
    """
    objects = [each for each in resources if is_object(each)]
    shared = {path for path, count in _counted(_path(each, "") for each in objects).items() if count > 1}
    found: dict[str, Resource] = {}
    for each in objects:
        path = _path(each, "")
        if path in shared:
            path = _path(each, each.inputs["apiVersion"].rpartition("/")[0])
        if path in found:
            raise SameObjectError(f"{found[path].urn} and {each.urn} declare the same Kubernetes object, {path}")
        found[path] = each
    return {path: document(each.inputs) for path, each in sorted(found.items())}


def _counted(paths: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for path in paths:
        counts[path] = counts.get(path, 0) + 1
    return counts


def _path(resource: Resource, group: str) -> str:
    metadata = resource.inputs["metadata"]
    name, namespace = (metadata.get(key, "") if isinstance(metadata, Mapping) else "" for key in ("name", "namespace"))
    if not name or not is_known(name):
        name = resource.name
    folder = CLUSTER if not namespace else namespace if is_known(namespace) else LATER
    kind = str(resource.inputs["kind"]).lower() + (f".{group}" if group else "")
    # A patch may stand beside the resource that owns the object.
    suffix = ".patch" if resource.type.endswith("Patch") else ""
    return f"{_safe(folder)}/{_safe(f'{kind}-{name}{suffix}')}.yaml"


def _safe(part: str) -> str:
    """A part of a path that is one whatever it is made of; what Kubernetes accepts as a name stays as it is."""
    text = _UNSAFE.sub("_", part)
    return f"_{text[1:]}" if text.startswith(".") else text


def masked(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """An object without the content of a Secret, whatever class of the SDK it was declared with."""
    if inputs.get("kind") not in ("Secret", "SecretList"):
        return dict(inputs)
    hidden = {key: _mask(value) if key in SECRET_FIELDS else value for key, value in inputs.items()}
    if isinstance(items := hidden.get("items"), list):
        hidden["items"] = [masked({"kind": "Secret"} | each) if isinstance(each, dict) else SECRET for each in items]
    return hidden


def _mask(value: Any) -> Any:
    return dict.fromkeys(value, SECRET) if isinstance(value, Mapping) else SECRET


class _Dumper(Dumper):
    """Objects as people write them: what identifies an object first."""


def _mapping(dumper: yaml.SafeDumper, value: dict[str, Any]) -> yaml.Node:
    ordered = sorted(
        value.items(), key=lambda item: (FIRST.index(item[0]) if item[0] in FIRST else len(FIRST), item[0])
    )
    return dumper.represent_mapping("tag:yaml.org,2002:map", ordered)


_Dumper.add_representer(dict, _mapping)


def document(inputs: Mapping[str, Any]) -> str:
    """An object as YAML, keys in a stable order, a Secret's content masked."""
    return yaml.dump(masked(inputs), Dumper=_Dumper, allow_unicode=True, width=120, sort_keys=False)
