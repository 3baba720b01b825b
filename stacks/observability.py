"""The layer of observability: what the platform and its teams tell, and where those who run it look."""

from dataclasses import dataclass

import pulumi

from components.base import Owner
from components.identity import Realm
from components.identity.permissions import ADMINISTRATOR
from components.network import CertificateAuthority, Namespace, NamespaceArgs, Peer, Quota, pods
from components.network.edge import Edge
from components.network.policies import OBSERVABILITY
from components.observability.collector import Collector, CollectorArgs
from components.observability.jaeger import Jaeger, JaegerArgs
from components.observability.jaeger.jaeger import Entrance
from components.services import Login, SignIn
from components.services.proxy import COMPUTE as LOGIN
from components.spark import runtime
from components.team import TeamArgs
from components.telemetry import Collector as Endpoint
from stacks.edge import TRACES_HOST, hosts
from stacks.images import Images
from stacks.profiles import Profile
from stacks.settings import Settings


@dataclass(frozen=True)
class Observability:
    """What the environment tells of its observability: where pods send to, and where people look."""

    collector: Endpoint
    traces: str | None


def observability(
    settings: Settings,
    profile: Profile,
    authority: CertificateAuthority,
    realm: Realm,
    edge: Edge | None,
    sign_in: SignIn,
    teams: list[TeamArgs],
    opts: pulumi.ResourceOptions,
) -> Observability | None:
    """The collector and its backends, where the stack asks for them."""
    if settings.observability is None:
        return None
    owner = Owner(settings.environment)
    namespace = Namespace(OBSERVABILITY, NamespaceArgs(OBSERVABILITY, owner, quota(profile)), opts).name
    jaeger = Jaeger(
        "jaeger",
        JaegerArgs(
            namespace=namespace,
            owner=owner,
            image=Images().jaeger,
            size=profile.jaeger,
            storage_class=settings.storage_class,
            authority=authority,
            entrance=entrance(settings, realm, edge, sign_in),
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
            senders=senders(teams),
        ),
        opts,
    )
    return Observability(collector.endpoint, jaeger.url)


def entrance(settings: Settings, realm: Realm, edge: Edge | None, sign_in: SignIn) -> Entrance | None:
    """The way to every team's traces, for System Administrators."""
    if edge is None:
        return None
    host = hosts(settings)[TRACES_HOST]
    client = realm.service_client(
        "jaeger", description="Every team's traces.", host=host, roles=[realm.roles[ADMINISTRATOR]], parent=realm
    )
    return Entrance(edge, TRACES_HOST, host, Login(sign_in, client, [ADMINISTRATOR]))


def senders(teams: list[TeamArgs]) -> list[Peer]:
    """The pods of teams that are told of the collector: services, and the drivers of jobs."""
    services = [pods({"app.kubernetes.io/component": "service"}, of=team.front) for team in teams if team.services]
    return services + [pods(runtime.DRIVER, of=team.workspace) for team in teams if team.spark]


def quota(profile: Profile) -> Quota:
    """What the parts were given, and room for one more of each: a pod that still ends counts as well."""
    pods_of = 2 * [profile.collector.compute, profile.jaeger.compute + LOGIN]
    return Quota(
        cpu=sum(each.cpu_limit for each in pods_of),
        memory=sum(each.memory for each in pods_of),
        # A claim that grows is tried by a preview against the quota as it is.
        storage=4 * (profile.collector.storage + profile.jaeger.storage),
        pods=len(pods_of),
    )
