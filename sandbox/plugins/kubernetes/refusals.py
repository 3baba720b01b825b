"""A refusal of the server, told to the person who wrote the program."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sandbox.plugins.host import PluginError, Value

from .failures import ApiError
from .objects import Object, describe, metadata

_MANAGER = re.compile(r'conflict with "([^"]+)"')


def explained(request: Callable[[], Object], obj: Object) -> Object:
    """Do the request; raises `PluginError` that names the object, what the server said and what helps."""
    try:
        return request()
    except ApiError as error:
        raise refusal(error, obj) from None


def refusal(error: ApiError, obj: Object) -> PluginError:
    """The error to raise for a refusal of `obj`."""
    return PluginError(_text(error, obj))


def foreign(live: Mapping[str, Value], manager: str) -> bool:
    """Whether none of the object's fields was set under this resource's field manager."""
    entries = metadata(live).get("managedFields") or ()
    return all(entry.get("manager") != manager for entry in entries)


def _text(error: ApiError, obj: Object) -> str:
    if error.conflicts:
        return _conflict(error, obj)
    if error.not_found:
        namespace = metadata(obj).get("namespace")
        if f'namespaces "{namespace}" not found' in error.message:
            return f"{describe(obj)}: there is no namespace {namespace}; declare it, and pass its name from its output"
    if error.causes:
        details = "; ".join(": ".join(filter(None, (cause.field, cause.message))) for cause in error.causes)
        return f"{describe(obj)} is refused by the cluster: {details}"
    return f"{describe(obj)} is refused by the cluster: {error.message}"


def _conflict(error: ApiError, obj: Object) -> str:
    fields: dict[str, list[str]] = {}
    for cause in error.conflicts:
        found = _MANAGER.search(cause.message)
        fields.setdefault(found[1] if found else "another manager", []).append(cause.field)
    held = "; ".join(f'"{manager}" has set {", ".join(sorted(names))}' for manager, names in fields.items())
    return (
        f"{describe(obj)}: another field manager holds other values: {held}. To overwrite them, set the annotation "
        'pulumi.com/patchForce: "true" on the resource or the provider\'s option enablePatchForce; to leave them, take '
        "the fields out of the program or name them in ignore_changes"
    )
