"""What a change does beyond changing: what it replaces, which data it takes away, which protection it lifts.

A render knows no server, so these are the rules that servers and providers publish; a preview has the last word.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from delivery.changes import ABSENT, Entry, ResourceChange

EVERY = re.compile(".")


def _top(*names: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{'|'.join(map(re.escape, names))})(?:$|[.\[])")


# Sources: Kubernetes API reference (fields that its validation lets nobody update).
_STATEFUL_SET_MUTABLE = "|".join(
    (
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    )
)
IMMUTABLE_FIELDS: Mapping[str, re.Pattern[str]] = {
    "StatefulSet": re.compile(rf"^spec\.(?!(?:{_STATEFUL_SET_MUTABLE})(?:$|[.\[ ]))"),
    "Deployment": _top("spec.selector"),
    "DaemonSet": _top("spec.selector"),
    "Job": _top("spec.template", "spec.selector", "spec.completionMode"),
    "PersistentVolumeClaim": re.compile(r"^spec\.(?!resources(?:$|\.))"),
    "StorageClass": _top("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    "PriorityClass": _top("value", "preemptionPolicy"),
    "RoleBinding": _top("roleRef"),
    "ClusterRoleBinding": _top("roleRef"),
    "Service": _top("spec.clusterIP", "spec.clusterIPs"),
}
# Source: pulumi-kubernetes, provider/pkg/provider/helm_release.go, the fields that make a new release.
RELEASE = _top("name", "namespace")
IDENTITY = _top("metadata.name", "metadata.namespace", "metadata.generateName", "kind")

# Sources: the ForceNew properties in the schemas of the Terraform providers that these packages bridge. A name that can
# change in place (a PostgreSQL database's, a Keycloak role's) is none.
FORCED: Mapping[str, re.Pattern[str]] = {
    "random:index/randomPassword:RandomPassword": EVERY,
    "random:index/randomBytes:RandomBytes": EVERY,
    "random:index/randomId:RandomId": EVERY,
    "tls:index/privateKey:PrivateKey": EVERY,
    "tls:index/certRequest:CertRequest": EVERY,
    "tls:index/selfSignedCert:SelfSignedCert": re.compile("^(?!earlyRenewalHours)"),
    "tls:index/locallySignedCert:LocallySignedCert": re.compile("^(?!earlyRenewalHours)"),
    "postgresql:index/database:Database": _top("template", "encoding", "lcCollate", "lcCtype"),
    "postgresql:index/extension:Extension": _top("name", "database"),
    "postgresql:index/grant:Grant": _top("role", "database", "schema", "objectType", "withGrantOption"),
    "postgresql:index/grantRole:GrantRole": EVERY,
    "postgresql:index/defaultPrivileges:DefaultPrivileges": _top("role", "database", "owner", "schema", "objectType"),
    "keycloak:index/realm:Realm": _top("realm"),
    "keycloak:index/role:Role": _top("realmId", "clientId", "import"),
    "keycloak:index/group:Group": _top("realmId", "parentId"),
    "keycloak:openid/client:Client": _top("realmId"),
}

# What takes data with it when it goes.
DATA: Mapping[str, str] = {
    "StatefulSet": "runs on volumes",
    "PersistentVolumeClaim": "a volume",
    "PersistentVolume": "a volume",
    "Namespace": "everything in it",
    "Database": "a database",
    "Realm": "users, clients and sessions",
}


def kind(entry: Entry) -> str:
    """The last part of a type token: `StatefulSet`."""
    return str(entry["type"]).rsplit(":", 1)[-1]


def data(entry: Entry) -> str | None:
    """What a resource holds that its removal may lose; None for one that can be made again from its declaration."""
    if entry.get("component") or kind(entry) not in DATA:
        return None
    if kind(entry) == "StatefulSet" and not _inputs(entry).get("spec", {}).get("volumeClaimTemplates"):
        return None
    return DATA[kind(entry)]


def replacement(change: ResourceChange, parents: Mapping[str, Entry]) -> str | None:
    """Why a changed resource would be deleted and made anew, or None where it is updated in place."""
    if change.kind != "changed" or change.entry.get("component"):
        return None
    ignored = _patterns(change.entry, "ignoreChanges")
    forced = _patterns(change.entry, "replaceOnChanges")
    for each in change.changes:
        if each.path == "provider" or each.path.startswith("options"):
            continue
        if any(_covers(pattern, each.path) for pattern in ignored):
            continue
        if any(_covers(pattern, each.path) for pattern in forced):
            return f"{each.path} is in replaceOnChanges"
        if _immutable(change.entry, parents, each.path):
            return f"{each.path} cannot change in place"
    return None


def unprotected(change: ResourceChange) -> list[str]:
    """Safeguards that a change takes off a resource."""
    return [
        each.path.removeprefix("options.")
        for each in change.changes
        if each.path in ("options.protect", "options.retainOnDelete") and each.new in (ABSENT, False)
    ]


def guards(entry: Entry) -> list[str]:
    """What stands between a resource and its deletion."""
    options = entry.get("options", {})
    return [name for name in ("protect", "retainOnDelete") if options.get(name)]


def same_object(changes: Iterable[ResourceChange]) -> list[tuple[ResourceChange, ResourceChange]]:
    """Pairs of a removed and an added resource that are one object of their server, under another URN.

    Without an alias Pulumi makes the new one first and then deletes what it has just made.
    """
    removed = {place: each for each in changes if each.kind == "removed" and (place := _place(each.entry))}
    return [
        (removed[place], each)
        for each in changes
        if each.kind == "added"
        and (place := _place(each.entry)) in removed
        and "aliases" not in each.entry.get("options", {})
    ]


def _place(entry: Entry) -> tuple[str, ...] | None:
    metadata = _inputs(entry).get("metadata")
    if not isinstance(metadata, Mapping) or not metadata.get("name"):
        return None
    return (str(entry["type"]), str(metadata.get("namespace", "")), str(metadata["name"]))


def _immutable(entry: Entry, parents: Mapping[str, Entry], path: str) -> bool:
    token = str(entry["type"])
    if not token.startswith("kubernetes:"):
        return token in FORCED and bool(FORCED[token].search(path))
    if IDENTITY.search(path):
        return True
    if kind(entry) == "Release":
        return bool(RELEASE.search(path))
    if kind(entry) in ("ConfigMap", "Secret"):
        return _content(path) and not _mutable_content(entry, parents)
    return kind(entry) in IMMUTABLE_FIELDS and bool(IMMUTABLE_FIELDS[kind(entry)].search(path))


def _content(path: str) -> bool:
    return path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0] in (
        "data",
        "stringData",
        "binaryData",
        "immutable",
        "type",
    )


def _mutable_content(entry: Entry, parents: Mapping[str, Entry]) -> bool:
    # Source: pulumi-kubernetes, provider option enableConfigMapMutable (enableSecretMutable), off by default.
    provider = parents.get(str(entry.get("provider")))
    option = f"enable{kind(entry)}Mutable"
    return provider is not None and str(_inputs(provider).get(option)).lower() == "true"


def _inputs(entry: Entry) -> Mapping[str, Any]:
    inputs: Mapping[str, Any] = entry.get("inputs", {})
    return inputs


def _patterns(entry: Entry, option: str) -> Sequence[str]:
    patterns: Sequence[str] = entry.get("options", {}).get(option, ())
    return patterns


def _covers(pattern: str, path: str) -> bool:
    return pattern == "*" or path == pattern or path.startswith((f"{pattern}.", f"{pattern}["))
