"""Fields that only a new object can change.

Where the server refuses a change in a dry run, its answer decides as well; this table is for what it would refuse
(or silently ignore) and for what the vendor replaces by choice. Source: Kubernetes' validation of updates, and the
vendor's own list.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.plugins.host import Inputs, Path

from .options import Options

_IDENTITY: tuple[Path, ...] = (("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"))
_SELECTOR: tuple[Path, ...] = (("spec", "selector"),)
_ROLE_REF: tuple[Path, ...] = (("roleRef",),)
_TABLE: Mapping[tuple[str, str], tuple[Path, ...]] = {
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "ReplicaSet"): _SELECTOR,
    ("apps", "StatefulSet"): (
        *_SELECTOR,
        ("spec", "podManagementPolicy"),
        ("spec", "serviceName"),
        ("spec", "volumeClaimTemplates"),
    ),
    ("batch", "Job"): (
        *_SELECTOR,
        ("spec", "completions"),
        ("spec", "parallelism"),
        ("spec", "template"),
    ),
    # The vendor replaces a pod for almost any change; Kubernetes itself would allow four fields.
    ("", "Pod"): (("spec",),),
    ("", "PersistentVolume"): (
        ("spec", "csi"),
        ("spec", "fc"),
        ("spec", "hostPath"),
        ("spec", "iscsi"),
        ("spec", "local"),
        ("spec", "nfs"),
    ),
    ("", "PersistentVolumeClaim"): (
        ("spec", "accessModes"),
        ("spec", "dataSource"),
        ("spec", "dataSourceRef"),
        ("spec", "selector"),
        ("spec", "storageClassName"),
        ("spec", "volumeMode"),
        ("spec", "volumeName"),
    ),
    ("", "ResourceQuota"): (("spec", "scopes"),),
    ("", "Secret"): (("type",),),
    ("", "Service"): (("spec", "clusterIP"), ("spec", "clusterIPs")),
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE_REF,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE_REF,
    ("storage.k8s.io", "StorageClass"): (
        ("parameters",),
        ("provisioner",),
        ("reclaimPolicy",),
        ("volumeBindingMode",),
    ),
}
# What the server lets a StatefulSet change, where its answer names no more than "spec".
_STATEFUL_SET_MUTABLE = frozenset(
    {
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    }
)


def replaces(path: Path, obj: Inputs, olds: Inputs, options: Options, refused: list[str]) -> bool:
    """Whether a change at `path` needs a new object.

    `obj` and `olds` are the new and old inputs; `refused` the fields that the server called immutable.
    """
    group = str(obj.get("apiVersion", "")).rpartition("/")[0]
    kind = str(obj.get("kind", ""))
    known = (*_IDENTITY, *_TABLE.get((group, kind), ()), *_frozen_data(group, kind, olds, options))
    if any(_touches(path, field) for field in known):
        return True
    return any(_touches(path, _path(field)) and not _allowed(kind, path) for field in refused)


def _frozen_data(group: str, kind: str, olds: Inputs, options: Options) -> tuple[Path, ...]:
    """The vendor replaces Secrets and ConfigMaps whose content changes, unless told otherwise."""
    frozen = olds.get("immutable") is True
    if group == "" and kind == "Secret" and (frozen or not options.enable_secret_mutable):
        return (("data",), ("stringData",))
    if group == "" and kind == "ConfigMap" and (frozen or not options.enable_config_map_mutable):
        return (("data",), ("binaryData",))
    return ()


def _touches(path: Path, field: Path) -> bool:
    """Whether one lies within the other."""
    length = min(len(path), len(field))
    return path[:length] == field[:length]


def _path(field: str) -> Path:
    return tuple(field.split("[", 1)[0].split(".")) if field else ()


def _allowed(kind: str, path: Path) -> bool:
    return kind == "StatefulSet" and len(path) > 1 and path[0] == "spec" and path[1] in _STATEFUL_SET_MUTABLE
