"""The environment on one Docker engine: the layers of `environment.py`, without what needs a cluster."""

import os
from typing import Any, cast

import pulumi
import pulumi_docker as docker

from components import databases, local
from components.databases import Database, DatabaseArgs
from components.identity import Realm
from components.identity.server import NAME as KEYCLOAK
from components.local.place import LOOPBACK
from components.network import CertificateAuthority
from stacks import arguments, trust
from stacks.identity import REALM
from stacks.images import Images
from stacks.places import FRONTEND, PROGRAM
from stacks.profiles import PROFILES, Profile
from stacks.settings import Settings

KEYCLOAK_PORT, FRONTEND_PORT, DATABASE_PORT = 8443, 8444, 15432
"""On this machine's loopback. Not PostgreSQL's own: a person may have one."""
SERVER_SIZE = "medium"
"""One server has the databases of all teams, and Keycloak's."""


def build(settings: Settings, permitted: pulumi.Input[bool] = True) -> dict[str, Any]:  # noqa: ARG001
    """Declare what `settings` ask for on the engine that DOCKER_HOST names, and return the stack's outputs.

    Args:
        settings: what is asked for.
        permitted: as the cluster's; nothing here is kept for so long that a change could break it.
    """
    profile = PROFILES[settings.profile]
    engine = docker.Provider("engine", host=os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    opts = pulumi.ResourceOptions(providers=[engine])
    authority = CertificateAuthority("platform", arguments.authority(settings, profile), opts)
    networks = local.Networks("networks", settings.environment, opts)
    place = local.Place(settings.environment, networks, authority)
    server = database_server(settings, profile, place, engine, opts)
    keycloak = identity(settings, profile, place, server, opts)
    origin = f"https://app.{settings.domain}:{FRONTEND_PORT}"
    realm = Realm(REALM, arguments.realm(REALM, settings, profile, origin), keycloak.provider, opts)
    collector = local.Collector("collector", place, present(Images().collector, engine), opts)
    frontend = local.Frontend(
        "frontend",
        local.FrontendArgs(
            place=place,
            origin=origin,
            hostname=f"app.{settings.domain}",
            port=FRONTEND_PORT,
            context=FRONTEND,
            base=Images().debian,
            root=PROGRAM,
            issuer=pulumi.Output.concat(keycloak.url, "/realms/", realm.id),
            inside=pulumi.Output.concat(keycloak.internal, "/realms/", realm.id),
            client=realm.frontend.client_id,
            collector=collector.endpoint,
        ),
        opts,
    )
    requested = {
        (team.name, each.name): Database(
            f"{team.name}-{each.name}",
            DatabaseArgs(
                each.name,
                server,
                extensions=each.extensions,
                connection_limit=each.connection_limit,
                timeouts=each.timeouts,
            ),
            opts,
        )
        for team in (arguments.team(entry, settings, profile) for entry in settings.teams)
        for each in team.databases
    }
    for entry in settings.teams:
        realm.team(entry.name, realm)
    return {
        "ca_certificate": authority.certificate,
        "keycloak": {
            "url": keycloak.url,
            "realm": realm.id,
            "administrator": {
                "client_id": keycloak.automation.client_id,
                "client_secret": keycloak.automation.client_secret,
            },
        },
        "frontend": {"url": frontend.url},
        "databases": [connection(team, database) for (team, _), database in requested.items()],
    }


def present(image: str, engine: docker.Provider) -> pulumi.Output[str]:
    """An image, by the content that the engine has under its name: another one under the same name is a change."""
    short = image.rpartition("/")[2].partition(":")[0]
    opts = pulumi.ResourceOptions(provider=engine)
    return docker.RemoteImage(short, name=image, keep_locally=True, opts=opts).image_id


def database_server(
    settings: Settings,
    profile: Profile,
    place: local.Place,
    engine: docker.Provider,
    opts: pulumi.ResourceOptions,
) -> databases.Server:
    """The one PostgreSQL server."""
    major = settings.postgres_version or profile.postgres_version
    server = local.Server(
        "postgresql",
        local.ServerArgs(
            place=place,
            image=present(Images().postgres(major), engine),
            major=major,
            size=profile.sizes[SERVER_SIZE],
            port=DATABASE_PORT,
            trust=trust.write_certificate,
        ),
        opts,
    )
    # What a database and its clients need of a server, this one has as well.
    return cast("databases.Server", server)


def identity(
    settings: Settings, profile: Profile, place: local.Place, server: databases.Server, opts: pulumi.ResourceOptions
) -> local.Keycloak:
    """Keycloak on its own database."""
    database = Database("keycloak", DatabaseArgs("keycloak", server, shared=False), opts)
    return local.Keycloak(
        KEYCLOAK,
        local.KeycloakArgs(
            place=place,
            hostname=f"id.{settings.domain}",
            port=KEYCLOAK_PORT,
            image=Images().keycloak,
            root=PROGRAM,
            realm=REALM,
            compute=profile.keycloak_compute,
            pool=profile.keycloak_pool,
            database=database,
        ),
        opts,
    )


def connection(team: str, database: Database) -> dict[str, Any]:
    """How a team's programs on this machine reach its database: the owner, who may do everything in it, and others."""
    return {
        "team": team,
        "name": database.args.name,
        "database": database.name,
        "host": LOOPBACK,
        "port": DATABASE_PORT,
        "logins": {
            kind: {"username": login.user, "password": login.password} for kind, login in database.logins.items()
        },
    }
