"""The provider's options, by their names in the vendor's SDK."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.plugins.host import PluginError, Value

TYPES: Mapping[str, type] = {
    "kubeconfig": str,
    "context": str,
    "cluster": str,
    "namespace": str,
    "enableServerSideApply": bool,
    "enablePatchForce": bool,
    "upsertExistingObjects": bool,
    "enableConfigMapMutable": bool,
    "enableSecretMutable": bool,
    "deleteUnreachable": bool,
    "skipUpdateUnreachable": bool,
    "suppressDeprecationWarnings": bool,
    "suppressHelmHookWarnings": bool,
    "clusterIdentifier": str,
    "alwaysRender": bool,
    "renderYamlToDirectory": str,
    "kubeClientSettings": dict,
    "helmReleaseSettings": dict,
}
_ENVIRONMENT = {
    "enablePatchForce": "PULUMI_K8S_ENABLE_PATCH_FORCE",
    "upsertExistingObjects": "PULUMI_K8S_UPSERT_EXISTING_OBJECTS",
    "enableConfigMapMutable": "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE",
    "enableSecretMutable": "PULUMI_K8S_ENABLE_SECRET_MUTABLE",
    "deleteUnreachable": "PULUMI_K8S_DELETE_UNREACHABLE",
    "skipUpdateUnreachable": "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE",
    "enableServerSideApply": "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY",
}
# What these ask for is not what this plugin does; the rest has nothing to act on here and is accepted.
_REFUSED = {
    "renderYamlToDirectory": "it cannot render to files",
    "alwaysRender": "it cannot render to files",
    "helmReleaseSettings": "it takes Helm charts from the cache alone, with settings of its own",
}


@dataclass(frozen=True)
class Options:
    """The options of one provider.

    `kubeconfig` is a path or the file's contents; None takes the ambient one. `namespace` is the namespace of
    objects that name none; None takes the context's.
    """

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    namespace: str | None = None
    enable_patch_force: bool = False
    upsert_existing_objects: bool = False
    enable_config_map_mutable: bool = False
    enable_secret_mutable: bool = False
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False

    @classmethod
    def read(cls, config: Mapping[str, Value], environment: Mapping[str, str] | None = None) -> Options:
        """Take `config`, then the vendor's environment variables, then the defaults; refuses what has no effect."""
        environment = os.environ if environment is None else environment
        for name, reason in refusals(config).items():
            raise PluginError(f"the offline kubernetes provider does not support the option {name}: {reason}")

        def flag(name: str) -> bool:
            if name in config:
                return bool(config[name])
            return environment.get(_ENVIRONMENT[name], "").lower() in ("1", "t", "true")

        return cls(
            kubeconfig=config.get("kubeconfig") or None,
            context=config.get("context") or None,
            cluster=config.get("cluster") or None,
            namespace=config.get("namespace") or None,
            enable_patch_force=flag("enablePatchForce"),
            upsert_existing_objects=flag("upsertExistingObjects"),
            enable_config_map_mutable=flag("enableConfigMapMutable"),
            enable_secret_mutable=flag("enableSecretMutable"),
            delete_unreachable=flag("deleteUnreachable"),
            skip_update_unreachable=flag("skipUpdateUnreachable"),
        )


def refusals(config: Mapping[str, Value]) -> dict[str, str]:
    """The options that would ask for something else than this plugin does, with the reason."""
    found = {name: reason for name, reason in _REFUSED.items() if config.get(name)}
    if config.get("enableServerSideApply") is False:
        found["enableServerSideApply"] = "it always uses server-side apply"
    return found
