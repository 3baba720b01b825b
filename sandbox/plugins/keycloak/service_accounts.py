"""Roles of a client's own account."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, string
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm


class ClientServiceAccountRealmRole(BelowRealm):
    """A role of the realm, given to a client's own account; every property replaces."""

    import_id: ClassVar[str] = "realm/service-account-user-id/role-id"
    table: ClassVar[Table] = {
        **REALM_ID,
        "role": string(required=True, replaces=True),
        "serviceAccountUserId": string(required=True, replaces=True),
    }

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read the import's id, which ends in the role's."""
        parts = self.parts_of(id)
        role = self._api.get(parts[0], "roles-by-id", parts[-1])
        known = {"realmId": parts[0], "serviceAccountUserId": parts[1], "role": role["name"]}
        return f"{parts[1]}/{parts[-1]}", {**known, **({"clientId": parts[2]} if len(parts) > 3 else {})}

    def _role(self, inputs: Inputs) -> Value | None:
        """Return the role."""
        return self._api.find(inputs["realmId"], "roles", inputs["role"])

    def _mappings(self, inputs: Inputs) -> tuple[str, ...]:
        return inputs["realmId"], "users", inputs["serviceAccountUserId"], "role-mappings", "realm"

    def make(self, inputs: Inputs) -> str:
        """Give the role."""
        role = self._role(inputs) or self._api.get(inputs["realmId"], "roles", inputs["role"])
        self._api.post(*self._mappings(inputs), body=[role])
        return f"{inputs['serviceAccountUserId']}/{role['id']}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read whether the account has the role."""
        roles = self._api.find(*self._mappings(known)) or []
        if known["role"] not in {role["name"] for role in roles}:
            return None
        return {name: known[name] for name in self.table}

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Never asked for: every property replaces."""

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Take the role away."""
        role = self._role(state)
        if role is not None:
            self._api.delete(*self._mappings(state), body=[role])


class ClientServiceAccountRole(ClientServiceAccountRealmRole):
    """A role of another client (`clientId` is that client's own id), given to a client's own account."""

    import_id: ClassVar[str] = "realm/service-account-user-id/client-id/role-id"
    table: ClassVar[Table] = {
        **ClientServiceAccountRealmRole.table,
        "clientId": string(required=True, replaces=True),
    }

    def _role(self, inputs: Inputs) -> Value | None:
        return self._api.find(inputs["realmId"], "clients", inputs["clientId"], "roles", inputs["role"])

    def _mappings(self, inputs: Inputs) -> tuple[str, ...]:
        user = inputs["serviceAccountUserId"]
        return inputs["realmId"], "users", user, "role-mappings", "clients", inputs["clientId"]
