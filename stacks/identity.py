"""The layer of identity: Keycloak on its own database, and where people log in."""

import pulumi

from components.base import Owner, selector
from components.databases import Database, DatabaseArgs, ServerArgs, SingleServer
from components.databases.backup import Backup, BackupArgs, Vault, client
from components.identity import Keycloak, KeycloakArgs, Realm
from components.identity.automation import COMPUTE as AUTOMATION
from components.identity.configuration import HTTPS_PORT
from components.identity.route import public
from components.identity.server import NAME as KEYCLOAK
from components.network import Access, CertificateAuthority, Namespace, NamespaceArgs, Quota, pods
from components.network.edge import Edge, edge_pods
from components.services import SignIn
from stacks import arguments, trust
from stacks.edge import IDENTITY_HOST, hosts
from stacks.images import Images
from stacks.profiles import Profile
from stacks.settings import Settings

IDENTITY = "platform-identity"
KEYCLOAK_DATABASE = "keycloak-database"
REALM = "etl"


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
        namespace=keycloak.args.namespace,
        namespace_name=IDENTITY,
        pods=selector(keycloak.labels),
        port=HTTPS_PORT,
        authority=keycloak.args.authority.certificate,
        image=Images().oauth2_proxy,
    )
