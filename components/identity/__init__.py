"""Identity: the Keycloak server, and the realm with its roles, teams and clients."""

from components.identity.realm import ROLES, Realm, RealmArgs, TeamGroup
from components.identity.server import Keycloak, KeycloakArgs

__all__ = ["ROLES", "Keycloak", "KeycloakArgs", "Realm", "RealmArgs", "TeamGroup"]
