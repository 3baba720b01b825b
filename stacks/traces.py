"""The layer of traces: what programs tell of their work, and where those who run the platform look at it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi

from components.base import Owner
from components.identity import Realm
from components.identity.permissions import ADMINISTRATOR
from components.network import CertificateAuthority, Peer, Quota, pods
from components.network.edge import Edge
from components.observability.collector import Collector, CollectorArgs
from components.observability.jaeger import Entrance, Jaeger, JaegerArgs
from components.services import Login, SignIn
from components.services.proxy import COMPUTE as LOGIN
from components.spark import runtime
from components.team import TeamArgs
from stacks.edge import TRACES_HOST, hosts
from stacks.images import Images
from stacks.profiles import Profile
from stacks.settings import Settings


@dataclass(frozen=True)
class Traces:
    """What takes traces, and what shows them."""

    collector: Collector
    jaeger: Jaeger


def traces(
    settings: Settings,
    profile: Profile,
    namespace: pulumi.Input[str],
    authority: CertificateAuthority,
    entrance: Entrance | None,
    teams: Mapping[str, TeamArgs],
    opts: pulumi.ResourceOptions,
) -> Traces:
    """The collector, and Jaeger behind it, in `namespace`."""
    owner = Owner(settings.environment)
    jaeger = Jaeger(
        "jaeger",
        JaegerArgs(
            namespace=namespace,
            owner=owner,
            image=Images().jaeger,
            size=profile.jaeger,
            storage_class=settings.storage_class,
            authority=authority,
            entrance=entrance,
        ),
        opts,
    )
    collector = Collector(
        "collector",
        CollectorArgs(
            namespace=namespace,
            owner=owner,
            image=Images().collector,
            size=profile.collector,
            sampling=profile.sampling,
            storage_class=settings.storage_class,
            authority=authority,
            traces=jaeger.backend,
            senders=list(senders(teams)),
        ),
        opts,
    )
    return Traces(collector, jaeger)


def entrance(settings: Settings, realm: Realm, edge: Edge | None, sign_in: SignIn) -> Entrance | None:
    """The way to every team's traces, for System Administrators; None where there is no edge to come through."""
    if edge is None:
        return None
    host = hosts(settings)[TRACES_HOST]
    client = realm.service_client(
        "jaeger", description="Every team's traces.", host=host, roles=[realm.roles[ADMINISTRATOR]], parent=realm
    )
    return Entrance(edge, TRACES_HOST, host, Login(sign_in, client, [ADMINISTRATOR]))


def senders(teams: Mapping[str, TeamArgs]) -> Iterator[Peer]:
    """The pods of teams that are told of the collector: services, and the drivers of jobs."""
    for team in teams.values():
        if team.services:
            yield pods({"app.kubernetes.io/component": "service"}, of=team.front)
        if team.spark:
            yield pods(runtime.DRIVER, of=team.workspace)


def quota(profile: Profile) -> Quota:
    """What the parts were given, and room for one more of each: a pod that still ends counts as well."""
    running = 2 * [profile.collector.compute, profile.jaeger.compute + LOGIN]
    # A claim that grows is tried by a preview against the quota as it is.
    return Quota.of(running, storage=4 * (profile.collector.storage + profile.jaeger.storage))
