"""Protocol mappers: what goes into tokens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.plugins.declared.fields import Field, Kind, Table, boolean, string
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.api import Api
from sandbox.plugins.keycloak.attributes import word
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm

_NAME = string(autonamed=True)
_OWNER: dict[str, Field] = {"clientId": string(replaces=True), "clientScopeId": string(replaces=True)}
_TYPES = ("JSON", "String", "long", "int", "boolean")
_ACCESS = ("addToAccessToken", "access.token.claim", boolean(default=True))
_ID = ("addToIdToken", "id.token.claim", boolean(default=True))
_USERINFO = ("addToUserinfo", "userinfo.token.claim", boolean(default=True))
_INTROSPECTION = ("addToTokenIntrospection", "introspection.token.claim", boolean(default=True))
_CLAIM = ("claimName", "claim.name", string(required=True))
_TYPE = ("claimValueType", "jsonType.label", string(default="String", choices=_TYPES))
_MULTIVALUED = ("multivalued", "multivalued", boolean(default=False))


@dataclass(frozen=True)
class MapperKind:
    """One kind of mapper.

    Attributes:
        mapper: the server's name of the kind.
        config: the property, the server's key and the rule of each of its settings.
        name: the rule of its name.
    """

    mapper: str
    config: tuple[tuple[str, str, Field], ...]
    name: Field = _NAME


KINDS = {
    "UserRealmRoleProtocolMapper": MapperKind(
        "oidc-usermodel-realm-role-mapper",
        (
            *(_ACCESS, _ID, _USERINFO, _INTROSPECTION, _CLAIM, _TYPE, _MULTIVALUED),
            ("realmRolePrefix", "usermodel.realmRoleMapping.rolePrefix", string()),
        ),
    ),
    "GroupMembershipProtocolMapper": MapperKind(
        "oidc-group-membership-mapper",
        (
            *(_ACCESS, _ID, _USERINFO, _CLAIM),
            ("addToTokenIntrospection", "introspection.token.claim", boolean(default=False)),
            ("fullPath", "full.path", boolean(default=True)),
        ),
        string(autonamed=True, replaces=True),
    ),
    "AudienceProtocolMapper": MapperKind(
        "oidc-audience-mapper",
        (
            *(_ACCESS, _ID, _INTROSPECTION),
            ("includedClientAudience", "included.client.audience", string()),
            ("includedCustomAudience", "included.custom.audience", string()),
        ),
    ),
    "HardcodedClaimProtocolMapper": MapperKind(
        "oidc-hardcoded-claim-mapper",
        (*(_ACCESS, _ID, _USERINFO, _CLAIM, _TYPE), ("claimValue", "claim.value", string(required=True))),
    ),
    "UserAttributeProtocolMapper": MapperKind(
        "oidc-usermodel-attribute-mapper",
        (
            *(_ACCESS, _ID, _USERINFO, _INTROSPECTION, _CLAIM, _TYPE, _MULTIVALUED),
            ("aggregateAttributes", "aggregate.attrs", boolean(default=False)),
            ("userAttribute", "user.attribute", string(required=True)),
        ),
    ),
}
"""By the name of the package's type."""


class ProtocolMapper(BelowRealm):
    """A mapper of one kind, on a client (by its own id) or on a client scope."""

    import_id = "realm/client|client-scope/owner-id/mapper-id"

    def __init__(self, api: Api, kind: MapperKind) -> None:
        super().__init__(api)
        self._kind = kind
        settings = {name: rule for name, _, rule in kind.config}
        self.table: Table = {**REALM_ID, **_OWNER, "name": kind.name, **settings}  # type: ignore[misc]

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse a mapper that is on neither or on both."""
        if (inputs.get("clientId") is None) == (inputs.get("clientScopeId") is None):
            yield Failure("clientId", "give either clientId or clientScopeId")
        audiences = [name for name in ("includedClientAudience", "includedCustomAudience") if name in self.table]
        if audiences and sum(inputs.get(name) is not None for name in audiences) != 1:
            yield Failure(audiences[0], f"give either {audiences[0]} or {audiences[1]}")

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read the import's id, which says what the mapper is on."""
        realm, owner, place, mapper = self.parts_of(id)
        if owner not in ("client", "client-scope"):
            raise PluginError(f"a mapper: expected the import id `{self.import_id}`, not `{id}`")
        return mapper, {"realmId": realm, "clientId" if owner == "client" else "clientScopeId": place}

    def make(self, inputs: Inputs) -> str:
        """Make the mapper."""
        return self._api.post(*_models(inputs), body=self._written(inputs))

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the mapper."""
        mapper = self._api.find(*_models(known), key)
        if mapper is None:
            return None
        config = mapper.get("config") or {}
        found: dict[str, Value] = {name: known[name] for name in ("realmId", *_OWNER) if known.get(name) is not None}
        found["name"] = mapper["name"]
        for name, setting, rule in self._kind.config:
            if rule.kind is Kind.BOOLEAN:
                found[name] = config.get(setting) == "true"
            elif config.get(setting):
                found[name] = config[setting]
        return found

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the mapper."""
        self._api.put(*_models(inputs), key, body={"id": key, **self._written(inputs)})

    def remove(self, key: str, state: State) -> None:
        """Remove the mapper."""
        self._api.delete(*_models(state), key)

    def _written(self, inputs: Inputs) -> dict[str, Value]:
        config: dict[str, str] = {}
        for name, setting, rule in self._kind.config:
            if rule.kind is Kind.BOOLEAN:
                config[setting] = word(inputs[name])
            else:
                config[setting] = inputs.get(name) or ""
        return {
            "name": inputs["name"],
            "protocol": "openid-connect",
            "protocolMapper": self._kind.mapper,
            "config": config,
        }


def _models(inputs: Inputs) -> tuple[str, ...]:
    """Return where the server keeps the mappers of the owner."""
    owner = ("clients", inputs["clientId"]) if inputs.get("clientId") else ("client-scopes", inputs["clientScopeId"])
    return inputs["realmId"], *owner, "protocol-mappers", "models"
