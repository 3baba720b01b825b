"""One environment, in its layers: trust, identity, teams. Each layer sees the outputs of those before it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.base import Owner, selector
from components.databases import Database, DatabaseArgs, ReaderGrant, ReaderGrantArgs, ServerArgs, SingleServer
from components.databases.backup import Backup, BackupArgs, Vault, VaultArgs, client
from components.databases.mounted import Connection
from components.docker import BuiltImage, BuiltImageArgs
from components.identity import Keycloak, KeycloakArgs, Realm
from components.identity.automation import COMPUTE as AUTOMATION
from components.identity.configuration import HTTPS_PORT
from components.identity.route import public
from components.identity.server import NAME as KEYCLOAK
from components.network import (
    Access,
    CertificateAuthority,
    Namespace,
    NamespaceArgs,
    Quota,
    pods,
)
from components.network import namespace as in_namespace
from components.network.edge import Edge, EdgeArgs, edge_pods
from components.network.policies import OBSERVABILITY
from components.platform import Platform
from components.services import SignIn
from components.spark import (
    JobReader,
    JobReaderArgs,
    Jobs,
    JobsArgs,
    Operator,
    OperatorArgs,
    Runtime,
)
from components.team import Team, TeamArgs
from stacks import arguments, continuity, jars, local, trust
from stacks.images import Images, chart
from stacks.profiles import PROFILES, Profile
from stacks.settings import Settings

PROGRAM = Path(__file__).resolve().parent  # where the engine runs it
LIBRARY = PROGRAM.parent / "transforms"
IDENTITY = "platform-identity"
IDENTITY_HOST = "id"
KEYCLOAK_DATABASE = "keycloak-database"
REALM = "etl"


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
    platform = Platform(
        environment=settings.environment,
        domain=settings.domain,
        authority=authority,
        realm=realm,
        edge=edge,
        sign_in=sign_in(keycloak, realm),
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
        program=PROGRAM,
        registry=arguments.registry(settings),
        protect_data=profile.protect_data,
    )
    teams = {name: Team(name, asked, platform, opts) for name, asked in requested.items()}
    readers = [connection for team in teams.values() for connection in share(team, teams, opts)]
    spark(settings, profile, teams, readers, opts)
    return outputs(authority, keycloak, realm, teams, edge) | {"continuity": continuity_of(settings)}


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


def hosts(settings: Settings) -> dict[str, str]:
    """The DNS names by which people know the platform, by the names of the edge's listeners."""
    services = [each.host or each.name for team in settings.teams for each in team.services]
    return {label: f"{label}.{settings.domain}" for label in (IDENTITY_HOST, *services)}


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
            observers=[in_namespace(OBSERVABILITY)],
        ),
        opts,
    )


def identity(
    settings: Settings,
    profile: Profile,
    authority: CertificateAuthority,
    access: Access,
    vault: Vault | None,
    edge: Edge | None,
    opts: pulumi.ResourceOptions,
) -> Keycloak:
    """Keycloak on its own database, in a namespace of its own."""
    owner = Owner(settings.environment)
    images = Images()
    # One Keycloak more while a new revision rolls out.
    keycloaks = [profile.keycloak_compute] * (profile.keycloak_replicas + 1)
    running = [*keycloaks, profile.keycloak_database.pod, AUTOMATION]
    namespace = Namespace(
        IDENTITY,
        NamespaceArgs(
            IDENTITY,
            owner,
            Quota(
                cpu=sum(each.cpu_limit for each in running),
                memory=sum(each.memory for each in running),
                storage=max(size.storage for size in profile.sizes.values()),
                pods=len(running),
            ),
        ),
        opts,
    )
    major = settings.postgres_version or profile.postgres_version
    server = SingleServer(
        KEYCLOAK_DATABASE,
        ServerArgs(
            name=KEYCLOAK_DATABASE,
            namespace=namespace.name,
            namespace_name=IDENTITY,
            owner=owner,
            image=images.postgres(major),
            major=major,
            exporter_image=images.postgres_exporter,
            size=profile.keycloak_database,
            authority=authority,
            access=access,
            clients=[
                pods(selector(owner.labels(KEYCLOAK, "identity"))),
                *([client(owner, KEYCLOAK_DATABASE)] if profile.backup else []),
            ],
            trust=trust.write_certificate,
            storage_class=settings.storage_class,
            protect=profile.protect_data,
        ),
        opts,
    )
    database = Database("keycloak", DatabaseArgs("keycloak", server, shared=False), opts)
    if profile.backup and vault:
        Backup(KEYCLOAK_DATABASE, BackupArgs(database, owner, vault, profile.backup, profile.protect_data), opts)
    keycloak = Keycloak(
        KEYCLOAK,
        KeycloakArgs(
            namespace=namespace.name,
            namespace_name=IDENTITY,
            owner=owner,
            hostname=hosts(settings)[IDENTITY_HOST],
            image=images.keycloak,
            replicas=profile.keycloak_replicas,
            compute=profile.keycloak_compute,
            pool=profile.keycloak_pool,
            database=database,
            authority=authority,
            access=access,
            realm=REALM,
            outward=arguments.outward(settings),
            proxy=edge_pods(owner) if edge else None,
            trusted=arguments.trusted(settings),
        ),
        opts,
    )
    if edge:
        edge.route(KEYCLOAK, public(keycloak, REALM, IDENTITY_HOST))
    return keycloak


def sign_in(keycloak: Keycloak, realm: Realm) -> SignIn:
    """Where people log in to a team's service."""
    return SignIn(
        issuer=pulumi.Output.concat(keycloak.url, "/realms/", realm.id),
        inside=pulumi.Output.concat("https://", keycloak.host, "/realms/", realm.id),
        namespace=IDENTITY,
        pods=selector(keycloak.labels),
        port=HTTPS_PORT,
        authority=keycloak.args.authority.certificate,
        image=Images().oauth2_proxy,
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


def spark(
    settings: Settings,
    profile: Profile,
    teams: dict[str, Team],
    readers: Sequence[tuple[str, Connection]],
    opts: pulumi.ResourceOptions,
) -> None:
    """The operator, once any team asks for Spark; the image of the jobs, once there is one; and the jobs.

    `readers` are the connections to other teams' databases, each with the name of the team whose jobs may use it.
    """
    workspaces = {name: team.workspace for name, team in teams.items() if team.workspace}
    if not workspaces:
        return
    images, release = Images(), chart("spark-operator")
    operator = Operator(
        "spark-operator",
        OperatorArgs(
            owner=Owner(settings.environment),
            repository=release.repository,
            version=release.version,
            image=images.spark_operator,
            size=profile.spark_operator,
            namespaces=[each.namespace for each in workspaces.values()],
        ),
        opts,
    )
    working = [team for team in teams.values() if team.args.spark and team.args.spark.jobs]
    if not working:
        return
    image = job_image(settings)
    registry = settings.registry
    runtime = Runtime(
        version=images.spark_version,
        image=images.spark,
        job_image=image.reference,
        core_request=profile.spark_core_request,
        pull_secrets=[registry.pull_secret] if registry and registry.pull_secret else [],
    )
    for team in working:
        Jobs(
            team.args.workspace,
            JobsArgs(
                namespace=workspaces[team.args.name].namespace,
                namespace_name=team.args.workspace,
                owner=team.owner,
                runtime=runtime,
                jobs=team.args.spark.jobs if team.args.spark else [],
                connections=[*team.connections, *(each for reader, each in readers if reader == team.args.name)],
                after=[operator.release, image.image],
            ),
            opts,
        )


def job_image(settings: Settings) -> BuiltImage:
    """Spark with the transform core in it, from this checkout."""
    return BuiltImage(
        "transforms",
        BuiltImageArgs(
            name="transforms",
            context=LIBRARY,
            root=PROGRAM,
            arguments={"SPARK_IMAGE": Images().spark},
            supplied=jars.FOLDER,
            registry=arguments.registry(settings),
        ),
    )


def outputs(
    authority: CertificateAuthority, keycloak: Keycloak, realm: Realm, teams: dict[str, Team], edge: Edge | None
) -> dict[str, Any]:
    """What the stack tells: where things are, and where the credentials lie; never a credential."""
    return {
        "ca_certificate": authority.certificate,
        "keycloak": {
            "url": keycloak.url,
            "realm": realm.id,
            "address": keycloak.endpoint.host,
            "port": keycloak.endpoint.port,
            "version": Images().keycloak_version,
            "administrator": pulumi.Output.concat(IDENTITY, "/", keycloak.automation.secret),
            "server": server_of(keycloak.args.database),
        },
        "edge": {
            "hosts": list(edge.args.hosts.values()),
            "address": edge.endpoint.host,
            "port": edge.endpoint.port,
        }
        if edge
        else None,
        "databases": [
            {
                "team": team.args.name,
                "name": request.name,
                "database": team.databases[request.name].name,
                "host": team.databases[request.name].args.server.endpoint.host,
                "port": team.databases[request.name].args.server.endpoint.port,
                "secret": f"{team.data}/{request.server_name}-connection",
                "readers": list(request.readers),
                "server": server_of(team.databases[request.name]),
            }
            for team in teams.values()
            for request in team.args.databases
        ],
        "services": [
            {"team": team.args.name, "name": name, "url": service.url}
            for team in teams.values()
            for name, service in team.services.items()
        ],
        "spark": [
            {
                "team": team.args.name,
                "namespace": team.args.workspace,
                "jobs": {job.name: job.schedule or "" for job in team.args.spark.jobs},
            }
            for team in teams.values()
            if team.args.spark
        ],
    }


def server_of(database: Database) -> dict[str, Any]:
    """Where a database's server is, by which name its certificate knows it, and where its superuser's password lies."""
    server = database.args.server
    return {
        "service": server.host,
        "host": server.endpoint.host,
        "port": server.endpoint.port,
        "administrator": f"{server.args.namespace_name}/{server.args.name}-server",
    }
