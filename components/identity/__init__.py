"""Identity: the Keycloak server, and the realm with its roles, teams and clients."""

from components.identity.clients import ServiceClient
from components.identity.mail import Mail
from components.identity.realm import Lockout, PasswordPolicy, Realm, RealmArgs
from components.identity.server import Keycloak, KeycloakArgs, Outward
from components.identity.teams import TeamGroup

__all__ = [
    "Keycloak",
    "KeycloakArgs",
    "Lockout",
    "Mail",
    "Outward",
    "PasswordPolicy",
    "Realm",
    "RealmArgs",
    "ServiceClient",
    "TeamGroup",
]
