"""Groups, their members, and those that every new user joins."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, mapping, result, string, unordered
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.attributes import joined, same_attributes, split
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm

PAGE = 100


class Group(BelowRealm):
    """A group, or a group in another."""

    table: ClassVar[Table] = {
        **REALM_ID,
        "attributes": mapping(same=same_attributes),
        "description": string(computed=True),
        "name": string(autonamed=True),
        "parentId": string(replaces=True),
        "path": result(),
    }

    def make(self, inputs: Inputs) -> str:
        """Make the group."""
        parent = inputs.get("parentId")
        place = ("groups", parent, "children") if parent else ("groups",)
        return self._api.post(inputs["realmId"], *place, body=_body(inputs))

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the group."""
        group = self._api.find(known["realmId"], "groups", key)
        if group is None:
            return None
        found = {
            "realmId": known["realmId"],
            "name": group["name"],
            "path": group["path"],
            "description": group.get("description") or "",
        }
        if group.get("attributes"):
            found["attributes"] = joined(group["attributes"])
        return {**found, "parentId": group["parentId"]} if group.get("parentId") else found

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the group."""
        self._api.put(inputs["realmId"], "groups", key, body=_body(inputs))

    def remove(self, key: str, state: State) -> None:
        """Remove the group and those in it."""
        self._api.delete(state["realmId"], "groups", key)


def _body(inputs: Inputs) -> dict[str, Value]:
    body: dict[str, Value] = {"name": inputs["name"], "attributes": split(inputs.get("attributes"))}
    return body if inputs.get("description") is None else {**body, "description": inputs["description"]}


class GroupMemberships(BelowRealm):
    """All members of a group, by their user names."""

    import_id: ClassVar[str] = ""
    table: ClassVar[Table] = {
        **REALM_ID,
        "groupId": string(replaces=True),
        "members": unordered(required=True),
    }

    def make(self, inputs: Inputs) -> str:
        """Set the members."""
        self.change("", {}, inputs)
        return f"{inputs['realmId']}/group-memberships/{inputs['groupId']}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read the members."""
        if self._api.find(known["realmId"], "groups", known["groupId"]) is None:
            return None
        return {"realmId": known["realmId"], "groupId": known["groupId"], "members": sorted(self._members(known))}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Let in who is missing and put out who is too many."""
        realm, group = inputs["realmId"], inputs["groupId"]
        actual, wanted = self._members(inputs), set(inputs["members"])
        for name in sorted(wanted - set(actual)):
            users = self._api.get(realm, "users", username=name, exact="true")
            if not users:
                raise PluginError(f"members: realm {realm} has no user `{name}`")
            self._api.put(realm, "users", users[0]["id"], "groups", group, body={})
        for name in sorted(set(actual) - wanted):
            self._api.delete(realm, "users", actual[name], "groups", group)

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Put the given members out."""
        if self._api.find(state["realmId"], "groups", state["groupId"]) is None:
            return
        actual = self._members(state)
        for name in sorted(set(state["members"]) & set(actual)):
            self._api.delete(state["realmId"], "users", actual[name], "groups", state["groupId"])

    def _members(self, group: Inputs) -> dict[str, str]:
        """Return the members' ids by their names; the server gives them in pages."""
        found: dict[str, str] = {}
        while True:
            page = self._api.get(
                group["realmId"], "groups", group["groupId"], "members", first=str(len(found)), max=str(PAGE)
            )
            found |= {user["username"]: user["id"] for user in page}
            if len(page) < PAGE:
                return found


class DefaultGroups(BelowRealm):
    """The groups that every new user of a realm joins."""

    import_id: ClassVar[str] = "realm"
    table: ClassVar[Table] = {**REALM_ID, "groupIds": unordered(required=True)}

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read the realm's name."""
        return f"{id}/default-groups", {"realmId": id.removesuffix("/default-groups")}

    def make(self, inputs: Inputs) -> str:
        """Set the groups."""
        self.change("", {}, inputs)
        return f"{inputs['realmId']}/default-groups"

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read the groups."""
        groups = self._api.find(known["realmId"], "default-groups")
        if groups is None:
            return None
        return {"realmId": known["realmId"], "groupIds": sorted(group["id"] for group in groups)}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Set the groups."""
        realm, wanted = inputs["realmId"], set(inputs["groupIds"])
        actual = {group["id"] for group in self._api.get(realm, "default-groups")}
        for group in sorted(wanted - actual):
            self._api.put(realm, "default-groups", group, body={})
        for group in sorted(actual - wanted):
            self._api.delete(realm, "default-groups", group)

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Let new users join none of the given groups."""
        for group in state["groupIds"]:
            self._api.delete(state["realmId"], "default-groups", group)
