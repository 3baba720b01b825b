"""Users."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from sandbox.plugins.declared.fields import Field, Kind, Table, boolean, mapping, string, unordered
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.attributes import joined, same_attributes, split
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm


class User(BelowRealm):
    """A user of a realm."""

    import_id: ClassVar[str] = "realm/user-id"
    table: ClassVar[Table] = {
        **REALM_ID,
        "attributes": mapping(same=same_attributes),
        "email": string(),
        "emailVerified": boolean(default=False),
        "enabled": boolean(default=True),
        "firstName": string(),
        "import": boolean(default=False, replaces=True),
        "initialPassword": Field(
            Kind.OBJECT,
            fields={"temporary": boolean(default=False), "value": string(required=True, secret=True)},
            secret=True,
            at_creation=True,
        ),
        "lastName": string(),
        "requiredActions": unordered(),
        "username": string(required=True, replaces=True),
    }

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse a name that the server would write otherwise."""
        name = inputs["username"]
        if isinstance(name, str) and name != name.lower():
            yield Failure("username", f"must be in lower case, as Keycloak keeps it: `{name.lower()}`")

    def planned(self, inputs: Inputs) -> dict[str, Value]:
        """Return the inputs; nothing of a user is the server's choice."""
        return dict(inputs)

    def make(self, inputs: Inputs) -> str:
        """Make the user, or take over the one of that name where `import` says so."""
        realm = inputs["realmId"]
        if inputs["import"]:
            found = self._api.get(realm, "users", username=inputs["username"], exact="true")
            if not found:
                raise PluginError(f"import: realm {realm} has no user `{inputs['username']}` to take over")
            key: str = found[0]["id"]
            self.change(key, {}, inputs)
        else:
            key = self._api.post(realm, "users", body=_body(inputs))
        password = inputs.get("initialPassword")
        if password:
            body = {"type": "password", "value": password["value"], "temporary": password["temporary"]}
            self._api.put(realm, "users", key, "reset-password", body=body)
        return key

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the user; nothing of a password can be read."""
        user = self._api.find(known["realmId"], "users", key, userProfileMetadata="false")
        if user is None:
            return None
        found: dict[str, Value] = {
            "realmId": known["realmId"],
            "username": user["username"],
            "emailVerified": user.get("emailVerified", False),
            "enabled": user.get("enabled", True),
            "import": bool(known.get("import", False)),
        }
        found |= {name: user[name] for name in ("email", "firstName", "lastName") if user.get(name)}
        if user.get("attributes"):
            found["attributes"] = joined(user["attributes"])
        if user.get("requiredActions"):
            found["requiredActions"] = sorted(user["requiredActions"])
        return {**found, "initialPassword": known["initialPassword"]} if known.get("initialPassword") else found

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the user."""
        self._api.put(inputs["realmId"], "users", key, body=_body(inputs))

    def remove(self, key: str, state: State) -> None:
        """Remove the user unless they were taken over."""
        if not state.get("import"):
            self._api.delete(state["realmId"], "users", key)


def _body(inputs: Inputs) -> dict[str, Value]:
    return {
        "username": inputs["username"],
        "email": inputs.get("email", ""),
        "emailVerified": inputs["emailVerified"],
        "enabled": inputs["enabled"],
        "firstName": inputs.get("firstName", ""),
        "lastName": inputs.get("lastName", ""),
        "attributes": split(inputs.get("attributes")),
        "requiredActions": inputs.get("requiredActions") or [],
    }
