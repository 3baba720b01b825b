"""Realms, and what exists once in each: its events' configuration and its required actions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from sandbox.plugins.declared.fields import Table, boolean, integer, mapping, string, unordered
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.api import Api
from sandbox.plugins.keycloak.attributes import ill_durations
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm
from sandbox.plugins.keycloak.realm_table import DURATIONS, REALM
from sandbox.plugins.keycloak.representation import read, written


class Realm(Declared):
    """A realm, whose id is its name."""

    table: ClassVar[Table] = REALM

    def __init__(self, api: Api) -> None:
        self._api = api

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse what is no duration, and two logins to one mail server."""
        yield from ill_durations(DURATIONS, inputs)
        smtp = inputs.get("smtpServer")
        if isinstance(smtp, dict) and smtp.get("auth") is not None and smtp.get("tokenAuth") is not None:
            yield Failure("smtpServer.tokenAuth", "cannot be given together with smtpServer.auth")

    def make(self, inputs: Inputs) -> str:
        """Make the realm, and get a token that gives access to it."""
        name: str = inputs["realm"]
        self._api.post(body={**written(inputs), "attributes": inputs.get("attributes") or {}})
        self._api.login_anew()
        return name

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the realm."""
        realm = self._api.find(key)
        return None if realm is None else read(realm, known)

    def change(self, key: str, old: State, inputs: Inputs) -> None:
        """Change the realm; attributes that the program never declared stay as they are."""
        # The server drops every attribute that a change does not name, also those that hold its own settings.
        attributes = dict(self._api.get(key).get("attributes") or {})
        for name in old.get("attributes") or {}:
            attributes.pop(name, None)
        attributes |= inputs.get("attributes") or {}
        self._api.put(key, body={**written(inputs), "attributes": attributes})

    def remove(self, key: str, state: State) -> None:
        """Remove the realm unless it is protected."""
        if state.get("terraformDeletionProtection"):
            raise PluginError(f"realm {key} is protected: set terraformDeletionProtection to false first")
        self._api.delete(key)


class RealmEvents(BelowRealm):
    """Which events a realm keeps, and for how long."""

    import_id: ClassVar[str] = "realm"
    table: ClassVar[Table] = {
        **REALM_ID,
        "adminEventsDetailsEnabled": boolean(),
        "adminEventsEnabled": boolean(),
        "enabledEventTypes": unordered(computed=True),
        "eventsEnabled": boolean(),
        "eventsExpiration": integer(minimum=0),
        "eventsListeners": unordered(),
    }

    def make(self, inputs: Inputs) -> str:
        """Set the realm's configuration, which is always there."""
        self.change("", {}, inputs)
        return str(inputs["realmId"])

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the realm's configuration."""
        config = self._api.find(known.get("realmId") or key, "events", "config")
        if config is None:
            return None
        found = {name: config.get(name) for name in self.table if name != "realmId"}
        return {
            "realmId": known.get("realmId") or key,
            **{name: each for name, each in found.items() if each is not None},
        }

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Set the realm's configuration."""
        body = {
            "adminEventsDetailsEnabled": bool(inputs.get("adminEventsDetailsEnabled")),
            "adminEventsEnabled": bool(inputs.get("adminEventsEnabled")),
            "enabledEventTypes": inputs.get("enabledEventTypes") or [],
            "eventsEnabled": bool(inputs.get("eventsEnabled")),
            "eventsExpiration": inputs.get("eventsExpiration") or 0,
            "eventsListeners": inputs.get("eventsListeners") or [],
        }
        self._api.put(inputs["realmId"], "events", "config", body=body)

    def remove(self, key: str, state: State) -> None:
        """Keep no events any more; a realm that is gone has none."""
        if self._api.find(state.get("realmId") or key) is not None:
            self.change(key, state, {"realmId": state["realmId"]})


class RequiredAction(BelowRealm):
    """An action that users must do after their login."""

    import_id: ClassVar[str] = "realm/alias"
    table: ClassVar[Table] = {
        "realmId": string(required=True),
        "alias": string(required=True),
        "config": mapping(),
        "defaultAction": boolean(computed=True),
        "enabled": boolean(computed=True),
        "name": string(autonamed=True),
        "priority": integer(computed=True),
    }

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read `realm/alias`, which is the id."""
        realm, alias = self.parts_of(id)
        return id, {"realmId": realm, "alias": alias}

    def make(self, inputs: Inputs) -> str:
        """Register the action where the realm has it not, and set it."""
        realm, alias = inputs["realmId"], inputs["alias"]
        for action in self._api.get(realm, "authentication", "unregistered-required-actions"):
            if action["providerId"] == alias:
                self._api.post(realm, "authentication", "register-required-action", body=action)
        self.change("", {}, inputs)
        return f"{realm}/{alias}"

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read the action."""
        action = self._api.find(known["realmId"], "authentication", "required-actions", known["alias"])
        if action is None:
            return None
        found = {name: action[name] for name in ("alias", "config", "defaultAction", "enabled", "name", "priority")}
        return {"realmId": known["realmId"], **found}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Set the action."""
        path = (inputs["realmId"], "authentication", "required-actions", inputs["alias"])
        actual = self._api.get(*path)
        given = {
            name: inputs[name] for name in ("defaultAction", "enabled", "priority") if inputs.get(name) is not None
        }
        body = {**actual, **given, "name": inputs["name"], "config": inputs.get("config") or {}}
        self._api.put(*path, body=body)

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Remove the action from the realm."""
        self._api.delete(state["realmId"], "authentication", "required-actions", state["alias"])
