"""Identity: the Keycloak server, and the realm with its roles, teams and clients."""

from components.identity.clients import ServiceClient
from components.identity.directory import Directory
from components.identity.mail import Mail
from components.identity.realm import Lockout, PasswordPolicy, Realm, RealmArgs
from components.identity.server import Keycloak, KeycloakArgs, Outward
from components.identity.teams import TeamGroup
from components.identity.upstream import GroupClaim, OidcProvider

__all__ = [
    "Directory",
    "GroupClaim",
    "Keycloak",
    "KeycloakArgs",
    "Lockout",
    "Mail",
    "OidcProvider",
    "Outward",
    "PasswordPolicy",
    "Realm",
    "RealmArgs",
    "ServiceClient",
    "TeamGroup",
]
