"""Identity providers: other places where the people of a realm may log in, and what their tokens there mean here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from sandbox.plugins.declared.fields import Field, Table, boolean, mapping, result, string
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.attributes import word
from sandbox.plugins.keycloak.below_realm import BelowRealm
from sandbox.plugins.keycloak.representation import MASK

_REALM: dict[str, Field] = {"realm": string(required=True, replaces=True)}
_PLAIN = {
    "addReadTokenRoleOnCreate": ("addReadTokenRoleOnCreate", boolean(default=False)),
    "authenticateByDefault": ("authenticateByDefault", boolean(default=False)),
    "displayName": ("displayName", string()),
    "enabled": ("enabled", boolean(default=True)),
    "firstBrokerLoginFlowAlias": ("firstBrokerLoginFlowAlias", string(default="first broker login")),
    "linkOnly": ("linkOnly", boolean(default=False)),
    "postBrokerLoginFlowAlias": ("postBrokerLoginFlowAlias", string()),
    "providerId": ("providerId", string(default="oidc", replaces=True)),
    "storeToken": ("storeToken", boolean(default=True)),
    "trustEmail": ("trustEmail", boolean(default=False)),
}
"""Properties that the server holds beside the provider's config: its key and the rule of each."""
_FLAGS = {
    "acceptsPromptNoneForwardFromClient": ("acceptsPromptNoneForwardFromClient", False),
    "backchannelSupported": ("backchannelSupported", True),
    "disableTypeClaimCheck": ("disableTypeClaimCheck", False),
    "disableUserInfo": ("disableUserInfo", False),
    "hideOnLoginPage": ("hideOnLoginPage", False),
    "uiLocales": ("uiLocales", False),
    "validateSignature": ("validateSignature", False),
}
_TEXTS = {
    "authorizationUrl": ("authorizationUrl", string(required=True)),
    "clientId": ("clientId", string(required=True)),
    "clientSecret": ("clientSecret", string(secret=True)),
    "defaultScopes": ("defaultScope", string(default="openid")),
    "guiOrder": ("guiOrder", string()),
    "issuer": ("issuer", string()),
    "jwksUrl": ("jwksUrl", string()),
    "loginHint": ("loginHint", string()),
    "logoutUrl": ("logoutUrl", string()),
    "syncMode": ("syncMode", string(choices=("IMPORT", "FORCE", "LEGACY"))),
    "tokenUrl": ("tokenUrl", string(required=True)),
    "userInfoUrl": ("userInfoUrl", string()),
}


class IdentityProvider(BelowRealm):
    """A provider of OpenID Connect; its id is its alias."""

    import_id: ClassVar[str] = "realm/alias"
    table: ClassVar[Table] = {
        **_REALM,
        "alias": string(required=True, replaces=True),
        "extraConfig": mapping(),
        "internalId": result(),
        **{name: rule for name, (_, rule) in (_PLAIN | _TEXTS).items()},
        **{name: boolean(default=default) for name, (_, default) in _FLAGS.items()},
    }

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read `realm/alias`."""
        realm, alias = self.parts_of(id)
        return alias, {"realm": realm}

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse a setting that is given twice."""
        own = {key for key, _ in (*_FLAGS.values(), *_TEXTS.values())}
        for key in sorted(own & set(inputs.get("extraConfig") or {})):
            yield Failure(f"extraConfig.{key}", "has a property of its own; give that one")

    def make(self, inputs: Inputs) -> str:
        """Make the provider."""
        self._api.post(inputs["realm"], "identity-provider", "instances", body=_written(inputs))
        return str(inputs["alias"])

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the provider; its secret can be written and never read."""
        provider = self._api.find(known["realm"], "identity-provider", "instances", key)
        if provider is None:
            return None
        config = provider.get("config") or {}
        found: dict[str, Value] = {"realm": known["realm"], "alias": key, "internalId": provider["internalId"]}
        for name, (each, rule) in _PLAIN.items():
            value = provider.get(each, rule.default)
            if value not in (None, ""):
                found[name] = value
        found |= {name: config.get(each, word(default)) == "true" for name, (each, default) in _FLAGS.items()}
        found |= {name: config[each] for name, (each, _) in _TEXTS.items() if config.get(each)}
        if found.get("clientSecret") == MASK:
            found["clientSecret"] = known.get("clientSecret", MASK)
        extra = {name: config[name] for name in known.get("extraConfig") or {} if name in config}
        return {**found, "extraConfig": extra} if extra else found

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Change the provider; what the program does not declare stays as it is."""
        place = (inputs["realm"], "identity-provider", "instances", key)
        actual, body = self._api.get(*place), _written(inputs)
        dropped = dict.fromkeys(set(old.get("extraConfig") or {}) - set(inputs.get("extraConfig") or {}), "")
        config = {**actual.get("config", {}), **dropped, **body["config"]}
        self._api.put(*place, body={**actual, **body, "config": config})

    def remove(self, key: str, state: State) -> None:
        """Remove the provider; people who came by it keep their accounts."""
        self._api.delete(state["realm"], "identity-provider", "instances", key)


def _written(inputs: Inputs) -> dict[str, Value]:
    body: dict[str, Value] = {"alias": inputs["alias"]}
    for name, (key, rule) in _PLAIN.items():
        value = inputs.get(name)
        body[key] = value if value is not None else (rule.default if rule.default is not None else "")
    config = {key: word(inputs[name]) for name, (key, _) in _FLAGS.items()}
    config |= {key: inputs.get(name) or "" for name, (key, _) in _TEXTS.items()}
    config["useJwksUrl"] = word(bool(inputs.get("jwksUrl")))
    return {**body, "config": {**config, **(inputs.get("extraConfig") or {})}}


class CustomIdentityProviderMapping(BelowRealm):
    """What a claim of a provider's tokens means in this realm, by a mapper of any kind."""

    import_id: ClassVar[str] = "realm/alias/mapper-id"
    table: ClassVar[Table] = {
        **_REALM,
        "extraConfig": mapping(),
        "identityProviderAlias": string(required=True, replaces=True),
        "identityProviderMapper": string(required=True, replaces=True),
        "name": string(autonamed=True),
    }

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read the import's id, which names the provider."""
        realm, alias, key = self.parts_of(id)
        return key, {"realm": realm, "identityProviderAlias": alias}

    def make(self, inputs: Inputs) -> str:
        """Make the mapper."""
        return self._api.post(*_mappers(inputs), body=_mapper(inputs))

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the mapper."""
        mapper = self._api.find(*_mappers(known), key)
        if mapper is None:
            return None
        found = {name: known[name] for name in ("realm", "identityProviderAlias")}
        found |= {"name": mapper["name"], "identityProviderMapper": mapper["identityProviderMapper"]}
        config = mapper.get("config") or {}
        return {**found, "extraConfig": config} if config else found

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the mapper."""
        self._api.put(*_mappers(inputs), key, body={"id": key, **_mapper(inputs)})

    def remove(self, key: str, state: State) -> None:
        """Remove the mapper."""
        self._api.delete(*_mappers(state), key)


def _mappers(place: Inputs) -> tuple[str, ...]:
    return place["realm"], "identity-provider", "instances", place["identityProviderAlias"], "mappers"


def _mapper(inputs: Inputs) -> dict[str, Value]:
    return {
        "name": inputs["name"],
        "identityProviderAlias": inputs["identityProviderAlias"],
        "identityProviderMapper": inputs["identityProviderMapper"],
        "config": inputs.get("extraConfig") or {},
    }
