"""The package's types under their tokens, for one server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.plugins.host.provider import Provider
from sandbox.plugins.host.resource import Failure, ResourceType
from sandbox.plugins.host.values import Value
from sandbox.plugins.keycloak.api import Api
from sandbox.plugins.keycloak.authentication import Bindings, Execution, ExecutionConfig, Flow, Subflow
from sandbox.plugins.keycloak.client import Client
from sandbox.plugins.keycloak.client_scopes import ClientDefaultScopes, ClientOptionalScopes, ClientScope
from sandbox.plugins.keycloak.groups import DefaultGroups, Group, GroupMemberships
from sandbox.plugins.keycloak.identity_providers import CustomIdentityProviderMapping, IdentityProvider
from sandbox.plugins.keycloak.mappers import KINDS, ProtocolMapper
from sandbox.plugins.keycloak.realm import Realm, RealmEvents, RequiredAction
from sandbox.plugins.keycloak.role_mappings import GroupRoles, UserRoles
from sandbox.plugins.keycloak.roles import DefaultRoles, Role
from sandbox.plugins.keycloak.scope_mappings import GenericRoleMapper
from sandbox.plugins.keycloak.service_accounts import ClientServiceAccountRealmRole, ClientServiceAccountRole
from sandbox.plugins.keycloak.settings import OPTIONS, mistakes, settings_of
from sandbox.plugins.keycloak.user_federation import UserFederation
from sandbox.plugins.keycloak.users import User


class Keycloak(Provider):
    """Realms and what is in them, on one Keycloak server."""

    name = "keycloak"
    version = "6.14.1"
    options = OPTIONS

    def __init__(self) -> None:
        api = self._api = Api()
        in_index: dict[str, ResourceType] = {
            "CustomIdentityProviderMapping": CustomIdentityProviderMapping(api),
            "DefaultGroups": DefaultGroups(api),
            "DefaultRoles": DefaultRoles(api),
            "GenericRoleMapper": GenericRoleMapper(api),
            "Group": Group(api),
            "GroupMemberships": GroupMemberships(api),
            "GroupRoles": GroupRoles(api),
            "Realm": Realm(api),
            "RealmEvents": RealmEvents(api),
            "RequiredAction": RequiredAction(api),
            "Role": Role(api),
            "User": User(api),
            "UserRoles": UserRoles(api),
        }
        in_authentication: dict[str, ResourceType] = {
            "Bindings": Bindings(api),
            "Execution": Execution(api),
            "ExecutionConfig": ExecutionConfig(api),
            "Flow": Flow(api),
            "Subflow": Subflow(api),
        }
        in_openid: dict[str, ResourceType] = {
            "Client": Client(api),
            "ClientDefaultScopes": ClientDefaultScopes(api),
            "ClientOptionalScopes": ClientOptionalScopes(api),
            "ClientScope": ClientScope(api),
            "ClientServiceAccountRealmRole": ClientServiceAccountRealmRole(api),
            "ClientServiceAccountRole": ClientServiceAccountRole(api),
            **{name: ProtocolMapper(api, kind) for name, kind in KINDS.items()},
        }
        self.types: Mapping[str, ResourceType] = {
            **_tokens("index", in_index),
            **_tokens("authentication", in_authentication),
            **_tokens("ldap", {"UserFederation": UserFederation(api)}),
            **_tokens("oidc", {"IdentityProvider": IdentityProvider(api)}),
            **_tokens("openid", in_openid),
        }

    def check_config(self, config: Mapping[str, Value]) -> Sequence[Failure]:
        """Refuse options that cannot lead to a login."""
        return mistakes(config)

    def configure(self, config: Mapping[str, Value]) -> None:
        """Take the server's address and login."""
        self._api.use(settings_of(config))


def _tokens(module: str, types: Mapping[str, ResourceType]) -> dict[str, ResourceType]:
    """Return types by their tokens, such as `keycloak:openid/client:Client`."""
    return {f"keycloak:{module}/{name[0].lower()}{name[1:]}:{name}": each for name, each in types.items()}
