"""Client scopes, and which a client has by default or on demand."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, integer, mapping, string, unordered
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.attributes import word
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm

_FLAGS = {
    "includeInTokenScope": "include.in.token.scope",
    "includeInOpenidProviderMetadata": "include.in.openid.provider.metadata",
}
_CONSENT, _CONSENT_TEXT, _ORDER = "display.on.consent.screen", "consent.screen.text", "gui.order"


class ClientScope(BelowRealm):
    """A client scope for OpenID Connect."""

    table: ClassVar[Table] = {
        **REALM_ID,
        "consentScreenText": string(),
        "description": string(computed=True),
        "extraConfig": mapping(),
        "guiOrder": integer(),
        "includeInOpenidProviderMetadata": boolean(default=True),
        "includeInTokenScope": boolean(default=True),
        "name": string(autonamed=True),
    }

    def make(self, inputs: Inputs) -> str:
        """Make the client scope."""
        return self._api.post(inputs["realmId"], "client-scopes", body=_written(inputs, {}))

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the client scope."""
        scope = self._api.find(known["realmId"], "client-scopes", key)
        if scope is None:
            return None
        attributes = scope.get("attributes") or {}
        found: dict[str, Value] = {
            "realmId": known["realmId"],
            "name": scope["name"],
            "description": scope.get("description") or "",
            **{name: attributes.get(each, "true") == "true" for name, each in _FLAGS.items()},
        }
        if attributes.get(_CONSENT) == "true":
            found["consentScreenText"] = attributes.get(_CONSENT_TEXT, "")
        if attributes.get(_ORDER):
            found["guiOrder"] = int(attributes[_ORDER])
        extra = {name: attributes[name] for name in known.get("extraConfig") or {} if name in attributes}
        return {**found, "extraConfig": extra} if extra else found

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Change the client scope."""
        self._api.put(inputs["realmId"], "client-scopes", key, body={"id": key, **_written(inputs, old)})

    def remove(self, key: str, state: State) -> None:
        """Remove the client scope."""
        self._api.delete(state["realmId"], "client-scopes", key)


def _written(inputs: Inputs, old: State) -> dict[str, Value]:
    text, order = inputs.get("consentScreenText") or "", inputs.get("guiOrder")
    attributes = {
        **dict.fromkeys(old.get("extraConfig") or {}, ""),
        **{each: word(inputs[name]) for name, each in _FLAGS.items()},
        _CONSENT: word(bool(text)),
        _CONSENT_TEXT: text,
        _ORDER: str(order) if order else "",
        **(inputs.get("extraConfig") or {}),
    }
    body = {"name": inputs["name"], "protocol": "openid-connect", "attributes": attributes}
    return body if inputs.get("description") is None else {**body, "description": inputs["description"]}


class AttachedScopes(BelowRealm):
    """All scopes of one kind that a client has, by their names."""

    import_id: ClassVar[str] = ""
    scopes: ClassVar[str]
    """The property that holds the names."""
    place: ClassVar[str]
    """Where the server keeps them below the client."""

    def make(self, inputs: Inputs) -> str:
        """Attach and detach."""
        self.change("", {}, inputs)
        return f"{inputs['realmId']}/{inputs['clientId']}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read the attached scopes."""
        attached = self._api.find(known["realmId"], "clients", known["clientId"], self.place)
        if attached is None:
            return None
        names = sorted(scope["name"] for scope in attached)
        return {"realmId": known["realmId"], "clientId": known["clientId"], self.scopes: names}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Attach what is missing and detach what is too much."""
        realm, place = inputs["realmId"], (inputs["realmId"], "clients", inputs["clientId"], self.place)
        attached = {scope["name"]: scope["id"] for scope in self._api.get(*place)}
        wanted = set(inputs[self.scopes])
        missing = wanted - set(attached)
        known = {scope["name"]: scope["id"] for scope in self._api.get(realm, "client-scopes")} if missing else {}
        for name in sorted(set(attached) - wanted):
            self._api.delete(*place, attached[name])
        for name in sorted(missing):
            if name not in known:
                raise PluginError(f"{self.scopes}: realm {realm} has no client scope `{name}`")
            self._api.put(*place, known[name], body={})

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Detach the given scopes."""
        place = (state["realmId"], "clients", state["clientId"], self.place)
        for scope in self._api.find(*place) or []:
            if scope["name"] in state[self.scopes]:
                self._api.delete(*place, scope["id"])


class ClientDefaultScopes(AttachedScopes):
    """The scopes that every token of a client has."""

    scopes: ClassVar[str] = "defaultScopes"
    place: ClassVar[str] = "default-client-scopes"
    table: ClassVar[Table] = {
        **REALM_ID,
        "clientId": string(required=True, replaces=True),
        "defaultScopes": unordered(required=True),
    }


class ClientOptionalScopes(AttachedScopes):
    """The scopes that a client may ask for."""

    scopes: ClassVar[str] = "optionalScopes"
    place: ClassVar[str] = "optional-client-scopes"
    table: ClassVar[Table] = {
        **REALM_ID,
        "clientId": string(required=True, replaces=True),
        "optionalScopes": unordered(required=True),
    }
