"""Deletion."""

from __future__ import annotations

from sandbox.plugins.host import PluginError, warn

from .cluster import Cluster
from .failures import ApiError, Unreachable
from .objects import Object, annotation, describe, metadata

PROPAGATION = "pulumi.com/deletionPropagationPolicy"
_POLICIES = {"foreground": "Foreground", "background": "Background", "orphan": "Orphan"}


def delete(
    cluster: Cluster, api_version: str, kind: str, namespace: str | None, name: str, inputs: Object
) -> Object | None:
    """Ask for the deletion of an object; returns it as it then is, None when nothing is left to wait for.

    Raises `PluginError` when the server refuses, or cannot be reached and that is not allowed for.
    """
    try:
        api = cluster.api(api_version, kind)
        live = cluster.get(api, namespace, name) if api else None
        if api is None or live is None:
            return None
        policy = _policy(live, inputs)
        options = {"propagationPolicy": policy, "preconditions": {"uid": metadata(live)["uid"]}}
        cluster.connection.request("DELETE", api.path(namespace, name), body=options)
    except Unreachable as error:
        if cluster.options.delete_unreachable:
            warn(f"{error}; it is forgotten without being deleted (deleteUnreachable)")
            return None
        raise
    except ApiError as error:
        if error.not_found:
            return None
        raise PluginError(f"{api_version} {kind} {name} cannot be deleted: {error.message}") from None
    return live


def _policy(live: Object, inputs: Object) -> str:
    wanted = annotation(live, PROPAGATION) or annotation(inputs, PROPAGATION)
    if wanted is None:
        return "Foreground"
    found = _POLICIES.get(wanted.lower())
    if found is None:
        raise PluginError(
            f'{describe(live)}: annotation {PROPAGATION} is "{wanted}"; expected one of {", ".join(_POLICIES)}'
        )
    return found
