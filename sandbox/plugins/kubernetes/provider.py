"""The provider: its options, and a resource type for every token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from sandbox.plugins.host import Change, Diff, Failure, Kind, PluginError, Provider, ResourceType, Value, compare

from .cluster import Cluster
from .helm import RELEASE, Release
from .kind import KubernetesType
from .objects import built_in, kind_of
from .options import TYPES, Options, refusals

_COMPONENTS = ("helm.sh/", "helm:", "yaml", "kustomize")
# A provider of another cluster is another provider: what it made cannot be found through this one.
_PLACE = ("context", "cluster")


class KubernetesProvider(Provider):
    """All kinds of one cluster."""

    name = "kubernetes"
    version = "4.34.2"
    options = TYPES

    def __init__(self) -> None:
        self._cluster = Cluster(Options())
        self._type = lru_cache(maxsize=None)(self._make_type)

    def check_config(self, config: Mapping[str, Value]) -> Sequence[Failure]:
        """Refuse the options whose effect this plugin does not have."""
        return [
            Failure(name, f"the offline kubernetes provider does not support this option: {reason}")
            for name, reason in refusals(config).items()
        ]

    def diff_config(self, olds: Mapping[str, Value], news: Mapping[str, Value]) -> Diff:
        """Another context or cluster replaces the provider, and with it what it made."""
        changed = {
            name: Change(change.kind, replace=name in _PLACE and change.kind is Kind.UPDATE)
            for name, change in compare(olds, news).items()
        }
        return Diff(changed)

    def configure(self, config: Mapping[str, Value]) -> None:
        """Take the options; the cluster is asked whether it is there while the program runs on."""
        self._cluster = Cluster(Options.read(config))
        self._cluster.reach()
        self._type.cache_clear()

    def resource_type(self, token: str) -> ResourceType:
        """The type of any kind, or of Helm's releases; manifests' files, patches and lists are refused."""
        return self._type(token)

    def _make_type(self, token: str) -> ResourceType:
        if token == RELEASE:
            return Release(self._cluster)
        rest = token.split(":", 1)[1]
        if rest.startswith(_COMPONENTS) or token.count(":") != 2:
            raise PluginError(f"{token}: the offline kubernetes plugin serves single objects and Helm releases")
        api_version, kind = kind_of(token)
        if built_in(api_version) and kind.endswith("List"):
            raise PluginError(f"{token}: a list is no object; declare the {kind.removesuffix('List')}s themselves")
        if built_in(api_version) and kind.endswith("Patch"):
            raise PluginError(f"{token}: the offline kubernetes plugin does not serve patches of others' objects")
        return KubernetesType(self._cluster, api_version, kind)
