"""One environment, in its layers: trust, identity, observability, teams. Each sees the outputs of those before it."""

from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.base import Owner
from components.databases import ReaderGrant, ReaderGrantArgs
from components.databases.backup import Vault, VaultArgs
from components.databases.mounted import Connection
from components.identity import Realm
from components.network import CertificateAuthority
from components.platform import Platform
from components.spark import JobReader, JobReaderArgs
from components.team import Team, TeamArgs
from stacks import arguments, continuity, local, trust
from stacks.edge import way_in
from stacks.identity import IDENTITY, REALM, identity, sign_in
from stacks.images import Images
from stacks.metrics import Watched, metrics
from stacks.observability import namespace as observability
from stacks.outputs import outputs
from stacks.places import PROGRAM
from stacks.profiles import PROFILES, Profile
from stacks.settings import Settings
from stacks.spark import spark
from stacks.traces import entrance, traces


def build(settings: Settings, permitted: pulumi.Input[bool] = True) -> dict[str, Any]:
    """Declare the environment that `settings` ask for, and return the stack's outputs.

    Args:
        settings: what is asked for.
        permitted: resolves to True, or raises, once it is known whether anything may be touched. The cluster's
            provider waits for it, and everything else waits for the provider.
    """
    profile = PROFILES[settings.profile]
    cluster = k8s.Provider(
        "cluster",
        context=settings.context,
        enable_server_side_apply=permitted,
        # Changed content is an update, not a deletion and a creation under the same name: pods carry a digest of what
        # they read at their start, and that is what restarts them.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
        # What someone changed by hand is taken back by the next run; without this it would stop there and ask.
        enable_patch_force=True,
    )
    opts = pulumi.ResourceOptions(providers=[cluster])
    access = arguments.access(settings.access)

    authority = CertificateAuthority("platform", arguments.authority(settings, profile), opts)
    requested = {team.name: arguments.team(team, settings, profile) for team in settings.teams}
    kept = vault_for(settings, profile, list(requested.values()))
    vault = Vault("vault", kept, opts) if kept.storages else None
    edge = way_in(settings, profile, authority, opts)
    keycloak = identity(settings, profile, authority, access, vault, edge, opts)
    realm = Realm(
        REALM,
        arguments.realm(REALM, settings, profile),
        keycloak.provider,
        opts,
    )
    realm.service_client(
        "grafana",
        description="Dashboards, logs and traces.",
        host=f"grafana.{settings.domain}",
        callback="/login/generic_oauth",
        roles=list(realm.roles.values()),
        parent=realm,
    )
    people = sign_in(keycloak, realm)
    within = observability(settings, profile, opts)
    told = (
        traces(settings, profile, within, authority, entrance(settings, realm, edge, people), requested, opts)
        if within
        else None
    )
    platform = Platform(
        environment=settings.environment,
        domain=settings.domain,
        authority=authority,
        realm=realm,
        edge=edge,
        sign_in=people,
        access=access,
        sizes=profile.sizes,
        postgres_image=Images().postgres,
        instance_image=Images().postgres_instance,
        apart=profile.instances_apart,
        exporter_image=Images().postgres_exporter,
        trust=trust.write_certificate,
        store=arguments.object_store(settings),
        vault=vault,
        spark_image=Images().spark,
        event_log=arguments.event_log(settings, profile),
        collector=told.collector.endpoint if told else None,
        program=PROGRAM,
        registry=arguments.registry(settings),
        protect_data=profile.protect_data,
    )
    teams = {name: Team(name, asked, platform, opts) for name, asked in requested.items()}
    readers = [connection for team in teams.values() for connection in share(team, teams, opts)]
    operator = spark(settings, profile, teams, readers, opts)
    watched = Watched(keycloak, edge, vault, operator, teams)
    watch = metrics(settings, profile, within, authority, watched, opts) if within else None
    return outputs(authority, keycloak, realm, teams, edge, watch, told) | {"continuity": continuity_of(settings)}


def export(settings: Settings, permitted: pulumi.Input[bool] = True) -> None:
    """Declare the environment, in a cluster or on a Docker engine, and export its outputs."""
    declare = local.build if settings.target == "docker" else build
    for name, value in declare(settings, permitted).items():
        pulumi.export(name, value)


def continuity_of(settings: Settings) -> dict[str, dict[str, Any]]:
    """What must not change of what `settings` ask for, to be compared with what was deployed."""
    profile = PROFILES[settings.profile]
    teams = {team.name: arguments.team(team, settings, profile) for team in settings.teams}
    return continuity.record({name: list(team.databases) for name, team in teams.items()}, profile)


def vault_for(settings: Settings, profile: Profile, teams: list[TeamArgs]) -> VaultArgs:
    """The vault for everything that is backed up: the teams' databases, and Keycloak's where the profile says so."""
    largest = max(size.storage for size in profile.sizes.values())  # what each may grow to
    asked = {team.data: [largest for database in team.databases if database.backup] for team in teams}
    if profile.backup:
        asked[IDENTITY] = [largest]
    return VaultArgs(
        owner=Owner(settings.environment),
        storages=[storage for storages in asked.values() for storage in storages],
        namespaces=[namespace for namespace, storages in asked.items() if storages],
        store=arguments.object_store(settings),
        store_image=Images().rclone,
    )


def share(team: Team, teams: dict[str, Team], opts: pulumi.ResourceOptions) -> list[tuple[str, Connection]]:
    """Give each reading team its login on the databases that `team` lets it read.

    Returns:
        The connections that this gives to jobs, each with the name of the reading team.
    """
    connections: list[tuple[str, Connection]] = []
    for request in team.args.databases:
        for reader in request.readers:
            name = f"{team.args.name}-{request.server_name}-{reader}"
            grant = ReaderGrant(
                name,
                ReaderGrantArgs(team.databases[request.name], teams[reader].owner, teams[reader].data_namespace),
                opts,
            )
            if workspace := teams[reader].workspace:
                connections.append((reader, JobReader(name, JobReaderArgs(grant, workspace), opts).connection))
    return connections
