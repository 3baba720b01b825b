"""The layer of observability: the namespace of what watches the environment."""

import pulumi

from components.base import Owner
from components.network import Namespace, NamespaceArgs
from components.network.policies import OBSERVABILITY
from stacks import metrics, traces
from stacks.profiles import Profile
from stacks.settings import Settings


def namespace(settings: Settings, profile: Profile, opts: pulumi.ResourceOptions) -> pulumi.Output[str] | None:
    """The namespace, where the stack asks for observability."""
    if settings.observability is None:
        return None
    quota = metrics.quota(profile) + traces.quota(profile)
    args = NamespaceArgs(OBSERVABILITY, Owner(settings.environment), quota)
    return Namespace(OBSERVABILITY, args, opts).name
