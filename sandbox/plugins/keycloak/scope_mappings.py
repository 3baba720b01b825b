"""The roles that the tokens of a client may carry, where it has not all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from sandbox.plugins.declared.fields import Table, string
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm


class GenericRoleMapper(BelowRealm):
    """One role in the scope of a client or of a client scope (each by its own id)."""

    import_id: ClassVar[str] = ""
    table: ClassVar[Table] = {
        **REALM_ID,
        "clientId": string(replaces=True),
        "clientScopeId": string(replaces=True),
        "roleId": string(required=True, replaces=True),
    }

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse a mapping of neither or of both."""
        if (inputs.get("clientId") is None) == (inputs.get("clientScopeId") is None):
            yield Failure("clientId", "give either clientId or clientScopeId")

    def make(self, inputs: Inputs) -> str:
        """Let the tokens carry the role."""
        role = self._api.get(inputs["realmId"], "roles-by-id", inputs["roleId"])
        self._api.post(*_mappings(inputs, role), body=[role])
        kind, owner = _owner(inputs)
        return "/".join([inputs["realmId"], kind.removesuffix("s"), owner, "scope-mappings", inputs["roleId"]])

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read whether they may."""
        role = self._api.find(known["realmId"], "roles-by-id", known["roleId"])
        found = None if role is None else self._api.find(*_mappings(known, role))
        if known["roleId"] not in {each["id"] for each in found or []}:
            return None
        return {name: known[name] for name in self.table if known.get(name) is not None}

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Never asked for: every property replaces."""

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Let them carry it no longer."""
        role = self._api.find(state["realmId"], "roles-by-id", state["roleId"])
        if role is not None:
            self._api.delete(*_mappings(state, role), body=[role])


def _owner(place: Inputs) -> tuple[str, str]:
    return ("clients", place["clientId"]) if place.get("clientId") else ("client-scopes", place["clientScopeId"])


def _mappings(place: Inputs, role: Value) -> tuple[str, ...]:
    """Return where the server keeps the owner's mappings of the realm's roles, or of those of the role's client."""
    of = ("clients", role["containerId"]) if role.get("clientRole") else ("realm",)
    return place["realmId"], *_owner(place), "scope-mappings", *of
