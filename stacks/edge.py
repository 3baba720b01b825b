"""The layer of the edge: by which names people know the environment, and the way in."""

import pulumi

from components.base import Owner
from components.network import CertificateAuthority, pods
from components.network.edge import Edge, EdgeArgs
from components.network.policies import OBSERVABILITY, PROMETHEUS
from stacks import arguments
from stacks.images import Images
from stacks.profiles import Profile
from stacks.settings import Settings

IDENTITY_HOST, TRACES_HOST = "id", "jaeger"


def hosts(settings: Settings) -> dict[str, str]:
    """The DNS names by which people know the platform, by the names of the edge's listeners."""
    own = [IDENTITY_HOST, *([TRACES_HOST] if settings.observability is not None else [])]
    services = [each.host or each.name for team in settings.teams for each in team.services]
    return {label: f"{label}.{settings.domain}" for label in (*own, *services)}


def way_in(
    settings: Settings, profile: Profile, authority: CertificateAuthority, opts: pulumi.ResourceOptions
) -> Edge | None:
    """The edge, where the stack asks for one."""
    if settings.edge is None:
        return None
    return Edge(
        "edge",
        EdgeArgs(
            owner=Owner(settings.environment),
            image=Images().traefik,
            replicas=profile.edge_replicas,
            compute=profile.edge_compute,
            hosts=hosts(settings),
            limits=profile.edge_limits,
            authority=authority,
            access=arguments.access(settings.edge),
            observers=[pods(PROMETHEUS, of=OBSERVABILITY)],
        ),
        opts,
    )
