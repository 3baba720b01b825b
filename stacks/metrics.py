"""The layer of metrics and alerts: what is asked, what was declared of it, and who is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi

from components.base import Owner, selector
from components.databases import INSTANCES, Server, exporter
from components.databases.backup import BackupPolicy, Vault
from components.databases.backup.vault import NAMESPACE as VAULT
from components.identity import Keycloak
from components.identity.configuration import MANAGEMENT_PORT
from components.identity.server import METRICS as KEYCLOAK_METRICS
from components.network import CertificateAuthority, Quota, pods
from components.network.edge import NAMESPACE as EDGE
from components.network.edge import Edge, edge_pods
from components.network.edge.names import INTERNAL_PORT
from components.network.edge.names import METRICS as EDGE_METRICS
from components.network.policies import OBSERVABILITY
from components.observability.alertmanager import STORAGE, Alertmanager, AlertmanagerArgs
from components.observability.alerts import Fact
from components.observability.prometheus import Prometheus, PrometheusArgs
from components.observability.state import State, StateArgs
from components.observability.targets import Target
from components.spark import Operator, operator
from components.team import Team
from stacks import arguments
from stacks.contract.schedules import longest_gap
from stacks.identity import IDENTITY
from stacks.images import Images
from stacks.profiles import Profile
from stacks.settings import Settings

KEYCLOAK_DATABASE = "keycloak"
"""As people call it, `make backup DB=platform/keycloak`."""


@dataclass(frozen=True)
class Watched:
    """What the stack declared, and is to be watched."""

    keycloak: Keycloak
    edge: Edge | None
    vault: Vault | None
    operator: Operator | None
    teams: Mapping[str, Team]


def metrics(
    settings: Settings,
    profile: Profile,
    namespace: pulumi.Input[str],
    authority: CertificateAuthority,
    watched: Watched,
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
    state = State(
        "state",
        StateArgs(
            namespace=namespace,
            owner=owner,
            image=Images().kube_state_metrics,
            compute=profile.state_compute,
            authority=authority,
            namespaces={OBSERVABILITY: namespace, **dict(_namespaces(watched))},
            spark=watched.operator is not None,
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
            state=state,
            targets=list(targets(profile, owner, watched)),
            facts=list(facts(profile, watched)),
            profile=settings.profile,
            runbooks=asked.runbooks,
        ),
        opts,
    )


def quota(profile: Profile) -> Quota:
    """What the replicas were given, and room for one more of each: a pod that still ends counts as well."""
    replicas = profile.prometheus.replicas + 1
    pods_of = replicas * [profile.prometheus.compute, profile.alertmanager_compute] + 2 * [profile.state_compute]
    # A claim that grows is tried by a preview against the quota as it is.
    return Quota.of(pods_of, storage=4 * replicas * (profile.prometheus.storage + STORAGE))


def targets(profile: Profile, owner: Owner, watched: Watched) -> Iterator[Target]:
    """Everything that tells figures of itself, beside what is in the namespace of observability."""
    keycloak = watched.keycloak
    for server, labels in _servers(watched):
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
    if watched.edge:
        host = f"{EDGE_METRICS}.{EDGE}.svc"
        yield Target("edge", host, INTERNAL_PORT, edge_pods(owner), replicas=profile.edge_replicas)
    if watched.operator:
        yield Target(
            "spark-operator",
            f"{operator.METRICS}.{operator.NAMESPACE}.svc",
            operator.METRICS_PORT,
            pods(operator.PODS, of=operator.NAMESPACE),
            # The controller and the webhook.
            replicas=2 * profile.spark_operator.replicas,
        )


def facts(profile: Profile, watched: Watched) -> Iterator[Fact]:
    """What was declared: how large disks are, how often databases are to be backed up, which jobs run by themselves."""
    for server, labels in _servers(watched):
        yield Fact("storage_bytes", server.args.size.storage * 2**30, labels)
    if profile.backup:
        yield from _schedules(profile.backup, "keycloak-database", _labels("platform", IDENTITY, KEYCLOAK_DATABASE))
    for name, team in watched.teams.items():
        for job in team.args.spark.jobs if team.args.spark else ():
            if job.schedule and not job.suspend:
                where = {"team": name, "namespace": team.args.workspace, "application": job.name}
                yield Fact("scheduled_job", 1, where)
        for request in team.args.databases:
            labels = _labels(name, team.data, request.name)
            if request.high_availability:
                yield Fact("standbys", INSTANCES - 1, labels)
            if request.backup:
                yield from _schedules(request.backup, f"{name}-{request.server_name}", labels)


def _namespaces(watched: Watched) -> Iterator[tuple[str, pulumi.Input[str]]]:
    """The environment's namespaces by name, each known once it is there."""
    yield IDENTITY, watched.keycloak.args.namespace
    if watched.edge:
        yield EDGE, watched.edge.namespace
    if watched.vault:
        yield VAULT, watched.vault.namespace
    if watched.operator:
        yield operator.NAMESPACE, watched.operator.namespace
    for team in watched.teams.values():
        yield team.data, team.data_namespace
        if team.workspace:
            yield team.args.workspace, team.workspace.namespace
        if team.front_namespace:
            yield team.args.front, team.front_namespace


def _servers(watched: Watched) -> Iterator[tuple[Server, dict[str, str]]]:
    """Each server, with the labels by which people know its database."""
    yield watched.keycloak.args.database.args.server, _labels("platform", IDENTITY, KEYCLOAK_DATABASE)
    for name, team in watched.teams.items():
        for request in team.args.databases:
            yield team.databases[request.name].args.server, _labels(name, team.data, request.name)


def _schedules(policy: BackupPolicy, name: str, labels: Mapping[str, str]) -> Iterator[Fact]:
    yield Fact("backup_interval_seconds", longest_gap(policy.schedule).total_seconds(), labels)
    yield Fact("drill_interval_seconds", longest_gap(policy.drill_schedule(name)).total_seconds(), labels)


def _labels(team: str, namespace: str, database: str) -> dict[str, str]:
    return {"team": team, "namespace": namespace, "database": database}
