"""The roles that a group or a user was given."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, string, unordered
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm


class RoleMappings(BelowRealm):
    """The roles of a holder: exactly the given ones, or, where not exhaustive, at least these."""

    holder: ClassVar[str]
    """The property that names the holder."""
    kind: ClassVar[str]
    """The server's word for all holders of this kind."""

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read `realm/holder`, which is the id."""
        realm, holder = self.parts_of(id)
        return id, {"realmId": realm, self.holder: holder, "exhaustive": True, "roleIds": []}

    def make(self, inputs: Inputs) -> str:
        """Give the roles."""
        self.change("", {}, inputs)
        return f"{inputs['realmId']}/{inputs[self.holder]}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read the roles."""
        roles = self._roles(known)
        if roles is None:
            return None
        exhaustive = known.get("exhaustive") is not False
        shown = sorted(role for role in roles if exhaustive or role in (known.get("roleIds") or []))
        given = {"realmId": known["realmId"], self.holder: known[self.holder]}
        return {**given, "exhaustive": exhaustive, "roleIds": shown}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Give what is missing and take away what is too much."""
        realm, wanted = inputs["realmId"], set(inputs["roleIds"])
        actual = self._roles(inputs) or {}
        missing = [self._api.get(realm, "roles-by-id", role) for role in sorted(wanted - set(actual))]
        surplus = set(actual) if inputs["exhaustive"] else set(old.get("roleIds") or []) & set(actual)
        for place, roles in _by_place(missing).items():
            self._api.post(*self._mappings(inputs), *place, body=roles)
        self._take(inputs, [actual[role] for role in sorted(surplus - wanted)])

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Take the given roles away."""
        actual = self._roles(state) or {}
        self._take(state, [role for each, role in sorted(actual.items()) if each in (state.get("roleIds") or [])])

    def _take(self, holder: Inputs, roles: Collection[Value]) -> None:
        for place, several in _by_place(roles).items():
            self._api.delete(*self._mappings(holder), *place, body=several)

    def _mappings(self, holder: Inputs) -> tuple[str, ...]:
        return holder["realmId"], self.kind, holder[self.holder], "role-mappings"

    def _roles(self, holder: Inputs) -> dict[str, Value] | None:
        """Return the holder's roles by id, or None where there is no holder."""
        found = self._api.find(*self._mappings(holder))
        if found is None:
            return None
        roles = list(found.get("realmMappings") or [])
        for client in (found.get("clientMappings") or {}).values():
            roles += client["mappings"]
        return {role["id"]: role for role in roles}


def _by_place(roles: Iterable[Value]) -> dict[tuple[str, ...], list[Value]]:
    """Return roles by where the server keeps their mappings: the realm's own, or those of one client."""
    found: dict[tuple[str, ...], list[Value]] = {}
    for role in roles:
        place = ("clients", role["containerId"]) if role.get("clientRole") else ("realm",)
        found.setdefault(place, []).append(role)
    return found


class GroupRoles(RoleMappings):
    """The roles of a group's members."""

    import_id: ClassVar[str] = "realm/group-id"
    holder: ClassVar[str] = "groupId"
    kind: ClassVar[str] = "groups"
    table: ClassVar[Table] = {
        **REALM_ID,
        "exhaustive": boolean(default=True),
        "groupId": string(required=True, replaces=True),
        "roleIds": unordered(required=True),
    }


class UserRoles(RoleMappings):
    """The roles of one user."""

    import_id: ClassVar[str] = "realm/user-id"
    holder: ClassVar[str] = "userId"
    kind: ClassVar[str] = "users"
    table: ClassVar[Table] = {
        **REALM_ID,
        "exhaustive": boolean(default=True),
        "roleIds": unordered(required=True),
        "userId": string(required=True, replaces=True),
    }
