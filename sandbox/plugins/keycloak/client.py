"""Clients of OpenID Connect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from sandbox.plugins.declared.fields import Table
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import UNKNOWN, Inputs, State, Value
from sandbox.plugins.keycloak.attributes import SEPARATOR, word
from sandbox.plugins.keycloak.below_realm import BelowRealm
from sandbox.plugins.keycloak.client_table import (
    ATTRIBUTE_FLAGS,
    ATTRIBUTE_TEXTS,
    CLIENT,
    FLAGS,
    FLOW_BINDINGS,
    LISTS,
    LOGOUT_URIS,
    OWN_ATTRIBUTES,
    TEXTS,
    Access,
)
from sandbox.plugins.keycloak.representation import MASK

_FLOWS = ("standardFlowEnabled", "implicitFlowEnabled", "directAccessGrantsEnabled", "serviceAccountsEnabled")


class Client(BelowRealm):
    """A client, whose id is the server's own for it and not its `clientId`."""

    table: ClassVar[Table] = CLIENT

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse flows and addresses that do not go together; the server would take them and not work."""
        if UNKNOWN in inputs.values():
            return
        for key in sorted(OWN_ATTRIBUTES & set(inputs.get("extraConfig") or {})):
            yield Failure(f"extraConfig.{key}", "has a property of its own; give that one")
        access = Access(inputs["accessType"])
        redirecting = bool(inputs.get("standardFlowEnabled") or inputs.get("implicitFlowEnabled"))
        if access is Access.BEARER_ONLY and any(inputs.get(flow) for flow in _FLOWS):
            yield Failure("accessType", "BEARER-ONLY gets no tokens: no flow can be enabled")
        if access is Access.PUBLIC and inputs.get("serviceAccountsEnabled"):
            yield Failure("serviceAccountsEnabled", "needs the access type CONFIDENTIAL: a public client has no secret")
        if access is Access.PUBLIC and inputs["standardTokenExchangeEnabled"]:
            yield Failure("standardTokenExchangeEnabled", "needs the access type CONFIDENTIAL")
        if redirecting and not inputs.get("validRedirectUris"):
            yield Failure("validRedirectUris", "needs at least one address for the standard or implicit flow")
        if inputs.get("validRedirectUris") and not redirecting:
            yield Failure("validRedirectUris", "cannot be given while the standard and implicit flows are off")
        if inputs.get("webOrigins") and not redirecting and not inputs.get("directAccessGrantsEnabled"):
            yield Failure("webOrigins", "cannot be given while all flows of a browser are off")

    def make(self, inputs: Inputs) -> str:
        """Make the client, or take over the one of that `clientId` where `import` says so."""
        realm = inputs["realmId"]
        if inputs["import"]:
            found = self._api.get(realm, "clients", clientId=inputs["clientId"])
            if not found:
                raise PluginError(f"import: realm {realm} has no client `{inputs['clientId']}` to take over")
            key: str = found[0]["id"]
            self.change(key, {}, inputs)
            return key
        # A flow that is not asked for is off, as the vendor's package has it; the server's default would be on.
        off = {key: False for name, key in FLAGS.items() if inputs.get(name) is None}
        none: dict[str, Value] = {key: [] for name, key in LISTS.items() if inputs.get(name) is None}
        return self._api.post(realm, "clients", body={**off, **none, **_written(inputs, {})})

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the client, its secret and its service account."""
        realm = known["realmId"]
        client = self._api.find(realm, "clients", key)
        if client is None:
            return None
        found = {"realmId": realm, "import": bool(known.get("import", False)), **_read(client, known)}
        if found["accessType"] == Access.CONFIDENTIAL.value:
            secret = client.get("secret")
            if not secret or secret == MASK:
                secret = self._api.get(realm, "clients", key, "client-secret").get("value")
            found["clientSecret"] = secret or ""
        else:
            found["clientSecret"] = ""
        found["serviceAccountUserId"] = ""
        if client.get("serviceAccountsEnabled"):
            found["serviceAccountUserId"] = self._api.get(realm, "clients", key, "service-account-user")["id"]
        found["resourceServerId"] = key if client.get("authorizationServicesEnabled") else ""
        return found

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Change the client; what the program does not declare stays as it is."""
        client = self._api.get(inputs["realmId"], "clients", key)
        written = _written(inputs, old)
        attributes = {**client.get("attributes", {}), **written["attributes"]}
        self._api.put(inputs["realmId"], "clients", key, body={**client, **written, "attributes": attributes})

    def remove(self, key: str, state: State) -> None:
        """Remove the client unless it was taken over."""
        if not state.get("import"):
            self._api.delete(state["realmId"], "clients", key)


def _written(inputs: Inputs, old: Mapping[str, Value]) -> dict[str, Value]:
    body: dict[str, Value] = {"protocol": "openid-connect"}
    for table in (FLAGS, TEXTS, LISTS):
        body |= {key: inputs[name] for name, key in table.items() if inputs.get(name) is not None}
    body["publicClient"] = inputs["accessType"] == Access.PUBLIC.value
    body["bearerOnly"] = inputs["accessType"] == Access.BEARER_ONLY.value
    if inputs.get("clientSecret"):
        body["secret"] = inputs["clientSecret"]
    flows = inputs.get("authenticationFlowBindingOverrides") or {}
    if flows or old.get("authenticationFlowBindingOverrides"):
        body["authenticationFlowBindingOverrides"] = {key: flows.get(name, "") for name, key in FLOW_BINDINGS.items()}
    body["attributes"] = _attributes_written(inputs, old)
    return body


def _attributes_written(inputs: Inputs, old: Mapping[str, Value]) -> dict[str, str]:
    """Return the attributes; an empty text removes one from the client."""
    found = dict.fromkeys(old.get("extraConfig") or {}, "")
    for name, key in ATTRIBUTE_FLAGS.items():
        if inputs.get(name) is not None:
            found[key] = word(inputs[name])
    for name, key in ATTRIBUTE_TEXTS.items():
        if inputs.get(name) is not None or not CLIENT[name].computed:
            found[key] = inputs.get(name) or ""
    if inputs.get("validPostLogoutRedirectUris") is not None:
        found[LOGOUT_URIS] = SEPARATOR.join(inputs["validPostLogoutRedirectUris"])
    return found | (inputs.get("extraConfig") or {})


def _read(client: Mapping[str, Value], known: Mapping[str, Value]) -> dict[str, Value]:
    attributes: Mapping[str, str] = client.get("attributes") or {}
    found: dict[str, Value] = {name: bool(client.get(key)) for name, key in FLAGS.items()}
    found |= {name: client.get(key) or "" for name, key in TEXTS.items()}
    found |= {name: sorted(client.get(key) or []) for name, key in LISTS.items()}
    for name, key in ATTRIBUTE_FLAGS.items():
        found[name] = attributes[key] == "true" if key in attributes else bool(CLIENT[name].default)
    found |= {name: attributes.get(key, "") for name, key in ATTRIBUTE_TEXTS.items()}
    found["validPostLogoutRedirectUris"] = sorted(filter(None, attributes.get(LOGOUT_URIS, "").split(SEPARATOR)))
    extra = {key: attributes[key] for key in known.get("extraConfig") or {} if key in attributes}
    if extra:
        found["extraConfig"] = extra
    bindings = client.get("authenticationFlowBindingOverrides") or {}
    flows = {name: bindings[key] for name, key in FLOW_BINDINGS.items() if bindings.get(key)}
    if flows:
        found["authenticationFlowBindingOverrides"] = flows
    access = Access.PUBLIC if client.get("publicClient") else Access.CONFIDENTIAL
    found["accessType"] = (Access.BEARER_ONLY if client.get("bearerOnly") else access).value
    return found
