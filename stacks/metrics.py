"""The layer of metrics and alerts: what is asked, what was declared of it, and who is told."""

from collections.abc import Iterator, Mapping

import pulumi

from components.base import Owner, selector
from components.databases import INSTANCES, Server, exporter
from components.databases.backup import BackupPolicy
from components.identity import Keycloak
from components.identity.configuration import MANAGEMENT_PORT
from components.identity.server import METRICS as KEYCLOAK_METRICS
from components.network import CertificateAuthority, Quota, pods
from components.network.edge import NAMESPACE as EDGE
from components.network.edge import Edge, edge_pods
from components.network.edge.names import INTERNAL_PORT
from components.network.edge.names import METRICS as EDGE_METRICS
from components.observability.alertmanager import STORAGE, Alertmanager, AlertmanagerArgs
from components.observability.alerts import Fact
from components.observability.prometheus import Prometheus, PrometheusArgs
from components.observability.targets import Target
from components.spark import operator
from components.team import Team
from stacks import arguments
from stacks.contract.schedules import longest_gap
from stacks.identity import IDENTITY
from stacks.images import Images
from stacks.profiles import Profile
from stacks.settings import Settings

KEYCLOAK_DATABASE = "keycloak"
"""As people call it, `make backup DB=platform/keycloak`."""


def metrics(
    settings: Settings,
    profile: Profile,
    namespace: pulumi.Input[str],
    authority: CertificateAuthority,
    keycloak: Keycloak,
    edge: Edge | None,
    teams: Mapping[str, Team],
    opts: pulumi.ResourceOptions,
) -> Prometheus:
    """Prometheus over all that the stack declared, and Alertmanager behind it."""
    asked, owner = settings.observability, Owner(settings.environment)
    assert asked is not None, "there is no namespace of observability without it"
    alertmanager = Alertmanager(
        "alertmanager",
        AlertmanagerArgs(
            namespace=namespace,
            owner=owner,
            image=Images().alertmanager,
            replicas=profile.prometheus.replicas,
            compute=profile.alertmanager_compute,
            storage_class=settings.storage_class,
            authority=authority,
            receivers=arguments.receivers(settings),
            outward=arguments.alerted(settings),
        ),
        opts,
    )
    return Prometheus(
        "prometheus",
        PrometheusArgs(
            namespace=namespace,
            owner=owner,
            image=Images().prometheus,
            size=profile.prometheus,
            storage_class=settings.storage_class,
            authority=authority,
            alertmanager=alertmanager,
            targets=list(targets(profile, owner, keycloak, edge, teams)),
            facts=list(facts(profile, keycloak, teams)),
            profile=settings.profile,
            runbooks=asked.runbooks,
        ),
        opts,
    )


def quota(profile: Profile) -> Quota:
    """What the replicas were given, and room for one more of each: a pod that still ends counts as well."""
    replicas = profile.prometheus.replicas + 1
    each = profile.prometheus.compute + profile.alertmanager_compute
    return Quota(
        cpu=replicas * each.cpu_limit,
        memory=replicas * each.memory,
        # A claim that grows is tried by a preview against the quota as it is.
        storage=4 * replicas * (profile.prometheus.storage + STORAGE),
        pods=2 * replicas,
    )


def targets(
    profile: Profile, owner: Owner, keycloak: Keycloak, edge: Edge | None, teams: Mapping[str, Team]
) -> Iterator[Target]:
    """Everything that tells figures of itself, beside Prometheus and Alertmanager."""
    for server, labels in _servers(keycloak, teams):
        name, within = server.args.name, server.args.namespace_name
        host = f"{exporter.service_name(name)}.{within}.svc"
        yield Target("postgres", host, exporter.PORT, pods(server.exporter_selector, of=within), labels)
    yield Target(
        "keycloak",
        f"{KEYCLOAK_METRICS}.{IDENTITY}.svc",
        MANAGEMENT_PORT,
        pods(selector(keycloak.labels), of=IDENTITY),
        replicas=profile.keycloak_replicas,
        server_name=keycloak.host,
    )
    if edge:
        host = f"{EDGE_METRICS}.{EDGE}.svc"
        yield Target("edge", host, INTERNAL_PORT, edge_pods(owner), replicas=profile.edge_replicas)
    if any(team.workspace for team in teams.values()):
        yield Target(
            "spark-operator",
            f"{operator.METRICS}.{operator.NAMESPACE}.svc",
            operator.METRICS_PORT,
            pods(operator.PODS, of=operator.NAMESPACE),
            # The controller and the webhook.
            replicas=2 * profile.spark_operator.replicas,
        )


def facts(profile: Profile, keycloak: Keycloak, teams: Mapping[str, Team]) -> Iterator[Fact]:
    """What was declared of the databases: how large their disks are, and how often they are to be backed up."""
    for server, labels in _servers(keycloak, teams):
        yield Fact("storage_bytes", server.args.size.storage * 2**30, labels)
    if profile.backup:
        yield from _schedules(profile.backup, "keycloak-database", _labels("platform", IDENTITY, KEYCLOAK_DATABASE))
    for name, team in teams.items():
        for request in team.args.databases:
            labels = _labels(name, team.data, request.name)
            if request.high_availability:
                yield Fact("standbys", INSTANCES - 1, labels)
            if request.backup:
                yield from _schedules(request.backup, f"{name}-{request.server_name}", labels)


def _servers(keycloak: Keycloak, teams: Mapping[str, Team]) -> Iterator[tuple[Server, dict[str, str]]]:
    """Each server, with the labels by which people know its database."""
    yield keycloak.args.database.args.server, _labels("platform", IDENTITY, KEYCLOAK_DATABASE)
    for name, team in teams.items():
        for request in team.args.databases:
            yield team.databases[request.name].args.server, _labels(name, team.data, request.name)


def _schedules(policy: BackupPolicy, name: str, labels: Mapping[str, str]) -> Iterator[Fact]:
    yield Fact("backup_interval_seconds", longest_gap(policy.schedule).total_seconds(), labels)
    yield Fact("drill_interval_seconds", longest_gap(policy.drill_schedule(name)).total_seconds(), labels)


def _labels(team: str, namespace: str, database: str) -> dict[str, str]:
    return {"team": team, "namespace": namespace, "database": database}
