"""What a change of inputs changes in the cluster."""

from __future__ import annotations

from sandbox.plugins.host import (
    Change,
    Diff,
    Kind,
    Path,
    changed_paths,
    contains_unknown,
    lookup,
    property_path,
)

from .cluster import Cluster
from .failures import ApiError
from .immutable import replaces
from .naming import is_autonamed
from .objects import Object, metadata, settled
from .refusals import refusal


def diff(cluster: Cluster, olds: Object, live: Object, news: Object, manager: str) -> Diff:
    """Compare the inputs, and let the server say in a dry run what the difference comes to.

    `live` is the object of the last state. Raises `PluginError` for a change that the server refuses.
    """
    changes = changed_paths(olds, news)
    if not changes:
        return Diff()
    refused: list[str] = []
    if not contains_unknown(news) and not _other_object(changes):
        try:
            future = _dry_run(cluster, news, manager)
        except ApiError as error:
            refused = _immutable(error, news)
        else:
            if future is not None:
                changes = _real(changes, live, future)
    replaced = {path for path, _ in changes if replaces(path, news, olds, cluster.options, refused)}
    if refused and not replaced:
        # The server has named a field by another name than the object has it: something must give way.
        replaced = {path for path, _ in changes}
    changed = {property_path(path): Change(kind, replace=path in replaced) for path, kind in changes}
    same_place = all(metadata(news).get(key) == metadata(live).get(key) for key in ("name", "namespace"))
    return Diff(changed, delete_before_replace=same_place and not is_autonamed(news))


def _other_object(changes: list[tuple[Path, Kind]]) -> bool:
    return any(path in (("metadata",), ("metadata", "name"), ("metadata", "namespace")) for path, _ in changes)


def _dry_run(cluster: Cluster, news: Object, manager: str) -> Object | None:
    """The object as it would be; None where the server cannot say."""
    api = cluster.api(news["apiVersion"], news["kind"])
    if api is None:
        return None
    try:
        # Conflicts are the update's to report: here only the outcome counts.
        return cluster.apply(api, news, manager, dry_run=True, force=True)
    except ApiError as error:
        if error.not_found or error.transient or error.over_quota:
            return None
        raise


def _immutable(error: ApiError, news: Object) -> list[str]:
    """The fields that the server will not change; raises `PluginError` when it refuses for another reason."""
    found = error.immutable_fields
    if found:
        return found
    raise refusal(error, news)


def _real(changes: list[tuple[Path, Kind]], live: Object, future: Object) -> list[tuple[Path, Kind]]:
    """The changes that come to something: other spellings of the same value do not."""
    if settled(live) == settled(future):
        return []
    real = [(path, kind) for path, kind in changes if lookup(live, path) != lookup(future, path)]
    return real or changes
