"""Roles, and those that every user has."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, mapping, string, unordered
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.attributes import joined, same_attributes, split
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm


class Role(BelowRealm):
    """A role of a realm, or of a client where `clientId` (the client's own id) is given."""

    table: ClassVar[Table] = {
        **REALM_ID,
        "attributes": mapping(computed=True, same=same_attributes),
        "clientId": string(replaces=True),
        "compositeRoles": unordered(computed=True),
        "description": string(computed=True),
        "import": boolean(default=False, replaces=True),
        "name": string(autonamed=True),
    }

    def make(self, inputs: Inputs) -> str:
        """Make the role, or take over the one of that name where `import` says so."""
        client = inputs.get("clientId")
        place = (inputs["realmId"], *(("clients", client) if client else ()), "roles")
        if not inputs["import"]:
            self._api.post(*place, body={**_body(inputs), "name": inputs["name"]})
        key: str = self._api.get(*place, inputs["name"])["id"]
        self.change(key, {}, inputs)
        return key

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the role and the roles that it contains."""
        realm = known["realmId"]
        role = self._api.find(realm, "roles-by-id", key)
        if role is None:
            return None
        found = {
            "realmId": realm,
            "name": role["name"],
            "description": role.get("description", ""),
            "attributes": joined(role.get("attributes")),
            "compositeRoles": sorted(each["id"] for each in self._composites(realm, key, role)),
            "import": bool(known.get("import", False)),
        }
        return {**found, "clientId": role["containerId"]} if role.get("clientRole") else found

    def _composites(self, realm: str, key: str, role: Value) -> list[Value]:
        return self._api.get(realm, "roles-by-id", key, "composites") if role.get("composite") else []

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the role and what it contains."""
        realm = inputs["realmId"]
        role = self._api.get(realm, "roles-by-id", key)
        self._api.put(realm, "roles-by-id", key, body={**role, **_body(inputs), "name": inputs["name"]})
        if inputs.get("compositeRoles") is None:
            return
        actual = {each["id"]: each for each in self._composites(realm, key, role)}
        wanted = set(inputs["compositeRoles"])
        self._add(realm, key, [self._api.get(realm, "roles-by-id", each) for each in sorted(wanted - set(actual))])
        self._drop(realm, key, [actual[each] for each in sorted(set(actual) - wanted)])

    def _add(self, realm: str, key: str, roles: list[Value]) -> None:
        if roles:
            self._api.post(realm, "roles-by-id", key, "composites", body=roles)

    def _drop(self, realm: str, key: str, roles: list[Value]) -> None:
        if roles:
            self._api.delete(realm, "roles-by-id", key, "composites", body=roles)

    def remove(self, key: str, state: State) -> None:
        """Remove the role unless it was taken over."""
        if not state.get("import"):
            self._api.delete(state["realmId"], "roles-by-id", key)


def _body(inputs: Inputs) -> dict[str, Value]:
    body: dict[str, Value] = {"description": inputs["description"]} if inputs.get("description") is not None else {}
    return body if inputs.get("attributes") is None else {**body, "attributes": split(inputs["attributes"])}


class DefaultRoles(Role):
    """The roles that every user of a realm has: those that the realm's own default role contains."""

    import_id: ClassVar[str] = "realm/default-role-id"
    table: ClassVar[Table] = {**REALM_ID, "defaultRoles": unordered(required=True)}

    def make(self, inputs: Inputs) -> str:
        """Set what the realm's default role contains."""
        key: str = self._api.get(inputs["realmId"])["defaultRole"]["id"]
        self.change(key, {}, inputs)
        return key

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read what the realm's default role contains."""
        held = self._held(known["realmId"], key)
        return None if held is None else {"realmId": known["realmId"], "defaultRoles": sorted(held)}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Set what the realm's default role contains."""
        realm = inputs["realmId"]
        actual, wanted = self._held(realm, key) or {}, set(inputs["defaultRoles"])
        self._add(realm, key, [self._named(realm, name) for name in sorted(wanted - set(actual))])
        self._drop(realm, key, [actual[name] for name in sorted(set(actual) - wanted)])

    def remove(self, key: str, state: State) -> None:
        """Empty the realm's default role."""
        self._drop(state["realmId"], key, list((self._held(state["realmId"], key) or {}).values()))

    def _held(self, realm: str, key: str) -> dict[str, Value] | None:
        """Return the contained roles by their names: `role` for the realm's, `client/role` for a client's."""
        roles = self._api.find(realm, "roles-by-id", key, "composites")
        if roles is None:
            return None
        return {self._qualified(realm, role): role for role in roles}

    def _qualified(self, realm: str, role: Value) -> str:
        if not role.get("clientRole"):
            return str(role["name"])
        return f"{self._api.get(realm, 'clients', role['containerId'])['clientId']}/{role['name']}"

    def _named(self, realm: str, name: str) -> Value:
        client, slash, role = name.partition("/")
        if not slash:
            return self._api.get(realm, "roles", name)
        clients = self._api.get(realm, "clients", clientId=client)
        if not clients:
            raise PluginError(f"defaultRoles: realm {realm} has no client `{client}`, whose role `{role}` is asked for")
        return self._api.get(realm, "clients", clients[0]["id"], "roles", role)
