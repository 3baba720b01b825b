"""Flows: what is asked of whoever logs in, step by step, and which flow a realm uses for what."""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.declared.fields import Table, integer, mapping, string
from sandbox.plugins.host.values import Inputs, State, Value
from sandbox.plugins.keycloak.below_realm import REALM_ID, BelowRealm

_PLACE = "authentication"
_REQUIREMENTS = ("REQUIRED", "ALTERNATIVE", "OPTIONAL", "CONDITIONAL", "DISABLED")
_FLOW = string(default="basic-flow", choices=("basic-flow", "form-flow", "client-flow"), replaces=True)


class Flow(BelowRealm):
    """A flow that stands for itself."""

    table: ClassVar[Table] = {
        **REALM_ID,
        "alias": string(autonamed=True),
        "description": string(),
        "providerId": string(default="basic-flow", choices=("basic-flow", "client-flow"), replaces=True),
    }

    def make(self, inputs: Inputs) -> str:
        """Make the flow, which has no step yet."""
        return self._api.post(inputs["realmId"], _PLACE, "flows", body=_flow(inputs))

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the flow."""
        flow = self._api.find(known["realmId"], _PLACE, "flows", key)
        if flow is None:
            return None
        found = {"realmId": known["realmId"], "alias": flow["alias"], "providerId": flow["providerId"]}
        return {**found, "description": flow["description"]} if flow.get("description") else found

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the flow's words."""
        self._api.put(inputs["realmId"], _PLACE, "flows", key, body={"id": key, **_flow(inputs)})

    def remove(self, key: str, state: State) -> None:
        """Remove the flow and its steps."""
        self._api.delete(state["realmId"], _PLACE, "flows", key)


def _flow(inputs: Inputs) -> dict[str, Value]:
    return {
        "alias": inputs["alias"],
        "description": inputs.get("description") or "",
        "providerId": inputs["providerId"],
        "topLevel": True,
        "builtIn": False,
    }


class Step(BelowRealm):
    """Something in a flow; the server keeps it as an execution of that flow."""

    import_id: ClassVar[str] = "realm/parent-flow-alias/id"

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read the import's id, which names the flow."""
        realm, parent, key = self.parts_of(id)
        return key, {"realmId": realm, "parentFlowAlias": parent}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Set the requirement and the place among the other steps."""
        execution = self._execution(inputs, key)
        assert execution is not None, "the update follows a read that found it"
        # Without a priority the step stays where it is: behind those that were there when it was made.
        priority = {} if inputs.get("priority") is None else {"priority": inputs["priority"]}
        body = {**execution, "requirement": inputs["requirement"], **priority, **self._words(inputs)}
        self._api.put(*self._executions(inputs), body=body)

    def remove(self, key: str, state: State) -> None:
        """Take the step out of the flow."""
        execution = self._execution(state, key)
        if execution is not None:
            self._api.delete(state["realmId"], _PLACE, "executions", execution["id"])

    def _words(self, inputs: Inputs) -> dict[str, Value]:  # noqa: ARG002
        return {}

    def _is(self, execution: Value, key: str) -> bool:
        return bool(execution["id"] == key)

    def _executions(self, place: Inputs) -> tuple[str, ...]:
        return place["realmId"], _PLACE, "flows", place["parentFlowAlias"], "executions"

    def _execution(self, place: Inputs, key: str) -> Value | None:
        """Return the server's execution of this step, or None where there is none or no such flow."""
        found = self._api.find(*self._executions(place)) or []
        return next((each for each in found if self._is(each, key)), None)

    def _seen_in_flow(self, execution: Value, known: State) -> dict[str, Value]:
        found = {name: known[name] for name in ("realmId", "parentFlowAlias")}
        found["requirement"] = execution["requirement"]
        return {**found, "priority": execution["priority"]} if execution.get("priority") is not None else found


class Execution(Step):
    """One step by one authenticator."""

    table: ClassVar[Table] = {
        **REALM_ID,
        "authenticator": string(required=True, replaces=True),
        "parentFlowAlias": string(required=True, replaces=True),
        "priority": integer(computed=True),
        "requirement": string(default="DISABLED", choices=_REQUIREMENTS),
    }

    def make(self, inputs: Inputs) -> str:
        """Put the step behind those that are there."""
        key = self._api.post(*self._executions(inputs), "execution", body={"provider": inputs["authenticator"]})
        self.change(key, {}, inputs)
        return key

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the step."""
        execution = self._execution(known, key)
        if execution is None:
            return None
        return {**self._seen_in_flow(execution, known), "authenticator": execution["providerId"]}


class Subflow(Step):
    """A flow that is one step of another; its id is the flow's own."""

    table: ClassVar[Table] = {
        **REALM_ID,
        "alias": string(autonamed=True),
        "authenticator": string(replaces=True),
        "description": string(),
        "parentFlowAlias": string(required=True, replaces=True),
        "priority": integer(computed=True),
        "providerId": _FLOW,
        "requirement": string(default="DISABLED", choices=_REQUIREMENTS),
    }

    def make(self, inputs: Inputs) -> str:
        """Make the flow, as the last step of the other."""
        body = {
            "alias": inputs["alias"],
            "description": inputs.get("description") or "",
            "type": inputs["providerId"],
            "provider": inputs.get("authenticator") or "",
        }
        key = self._api.post(*self._executions(inputs), "flow", body=body)
        self.change(key, {}, inputs)
        return key

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the flow and its place in the other."""
        execution, flow = self._execution(known, key), self._api.find(known["realmId"], _PLACE, "flows", key)
        if execution is None or flow is None:
            return None
        found = {**self._seen_in_flow(execution, known), "alias": flow["alias"], "providerId": flow["providerId"]}
        found |= {"authenticator": execution["providerId"]} if execution.get("providerId") else {}
        return {**found, "description": flow["description"]} if flow.get("description") else found

    def _is(self, execution: Value, key: str) -> bool:
        return bool(execution.get("flowId") == key)

    def _words(self, inputs: Inputs) -> dict[str, Value]:
        return {"displayName": inputs["alias"], "description": inputs.get("description") or ""}


class ExecutionConfig(BelowRealm):
    """The settings of one step."""

    import_id: ClassVar[str] = "realm/execution-id/config-id"
    table: ClassVar[Table] = {
        **REALM_ID,
        "alias": string(autonamed=True, replaces=True),
        "config": mapping(required=True),
        "executionId": string(required=True, replaces=True),
    }

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read the import's id, which names the step."""
        realm, execution, key = self.parts_of(id)
        return key, {"realmId": realm, "executionId": execution}

    def make(self, inputs: Inputs) -> str:
        """Give the step its settings."""
        body = {"alias": inputs["alias"], "config": inputs["config"]}
        return self._api.post(inputs["realmId"], _PLACE, "executions", inputs["executionId"], "config", body=body)

    def look(self, key: str, known: State) -> dict[str, Value] | None:
        """Read the settings."""
        config = self._api.find(known["realmId"], _PLACE, "config", key)
        if config is None:
            return None
        found = {name: known[name] for name in ("realmId", "executionId")}
        return {**found, "alias": config["alias"], "config": config.get("config") or {}}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Change the settings."""
        body = {"id": key, "alias": inputs["alias"], "config": inputs["config"]}
        self._api.put(inputs["realmId"], _PLACE, "config", key, body=body)

    def remove(self, key: str, state: State) -> None:
        """Take the settings away."""
        self._api.delete(state["realmId"], _PLACE, "config", key)


USUAL = {
    "browserFlow": "browser",
    "clientAuthenticationFlow": "clients",
    "directGrantFlow": "direct grant",
    "dockerAuthenticationFlow": "docker auth",
    "firstBrokerLoginFlow": "first broker login",
    "registrationFlow": "registration",
    "resetCredentialsFlow": "reset credentials",
}
"""Which flow a realm has for what as long as nobody says otherwise."""


class Bindings(BelowRealm):
    """Which flow a realm uses for what. The realm's own properties of these names are the same thing."""

    import_id: ClassVar[str] = "realm"
    table: ClassVar[Table] = {**REALM_ID, **{name: string(computed=True) for name in USUAL}}

    def make(self, inputs: Inputs) -> str:
        """Bind the given flows."""
        self.change("", {}, inputs)
        return str(inputs["realmId"])

    def locate(self, id: str) -> tuple[str, State]:  # noqa: A002
        """Read the realm's name, which is the id."""
        return id, {"realmId": id}

    def look(self, key: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """Read which flows are bound."""
        realm = self._api.find(known["realmId"])
        if realm is None:
            return None
        return {"realmId": known["realmId"], **{name: realm[name] for name in USUAL if realm.get(name)}}

    def change(self, key: str, old: State, inputs: Inputs) -> None:  # noqa: ARG002
        """Bind the given flows; the others stay as they are."""
        self._api.put(inputs["realmId"], body={name: inputs[name] for name in USUAL if inputs.get(name)})

    def remove(self, key: str, state: State) -> None:  # noqa: ARG002
        """Bind the usual flows again: one that is in use cannot be removed."""
        if self._api.find(state["realmId"]) is not None:
            self._api.put(state["realmId"], body=dict(USUAL))
