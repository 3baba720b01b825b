"""The platform's services on one Docker engine: the same software and the same realm as in a cluster."""

from components.local.collector import Collector
from components.local.frontend import Frontend, FrontendArgs
from components.local.keycloak import Keycloak, KeycloakArgs
from components.local.networks import Networks
from components.local.place import Place
from components.local.postgresql import Server, ServerArgs

__all__ = [
    "Collector",
    "Frontend",
    "FrontendArgs",
    "Keycloak",
    "KeycloakArgs",
    "Networks",
    "Place",
    "Server",
    "ServerArgs",
]
