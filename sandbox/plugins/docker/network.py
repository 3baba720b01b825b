"""`docker:index/network:Network`."""
# ruff: noqa: A002 - "id" is the protocol's word

from __future__ import annotations

from typing import ClassVar

from sandbox.docker.api import part
from sandbox.docker.errors import NotFoundError
from sandbox.plugins.declared.fields import Table, boolean, mapping, result, string, unordered
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.docker.engine import Engine
from sandbox.plugins.docker.labels import LABEL, labels_of, listed
from sandbox.plugins.host import Inputs, State, Value


class Network(Declared):
    """A network between containers of one engine."""

    table: ClassVar[Table] = {
        "name": string(autonamed=True, replaces=True),
        "driver": string(default="bridge", replaces=True),
        "internal": boolean(replaces=True),
        "attachable": boolean(replaces=True),
        "ipv6": boolean(replaces=True),
        "options": mapping(replaces=True),
        "labels": unordered(fields=LABEL, replaces=True),
        "scope": result(),
    }

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, inputs: Inputs) -> str:
        """Create it; two of the same name would both be taken by whoever asks for the name, and are refused."""
        body = {
            "Name": inputs["name"],
            "Driver": inputs["driver"],
            "Internal": bool(inputs.get("internal")),
            "Attachable": bool(inputs.get("attachable")),
            "EnableIPv6": bool(inputs.get("ipv6")),
            "Options": inputs.get("options") or {},
            "Labels": labels_of(inputs),
            "CheckDuplicate": True,
        }
        with self._engine.api() as api:
            return str(api.post("/networks/create", body)["Id"])

    def look(self, id: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """What the engine says of it."""
        with self._engine.api() as api:
            try:
                found = api.get(f"/networks/{part(id)}")
            except NotFoundError:
                return None
        return {
            "name": found["Name"],
            "driver": found["Driver"],
            "internal": found["Internal"],
            "attachable": found["Attachable"],
            "ipv6": found["EnableIPv6"],
            "options": found.get("Options") or {},
            "labels": listed(found.get("Labels")),
            "scope": found["Scope"],
        }

    def change(self, id: str, old: State, inputs: Inputs) -> None:
        """Never asked for: the engine changes nothing of a network."""
        raise NotImplementedError

    def remove(self, id: str, state: State) -> None:  # noqa: ARG002
        """Remove it."""
        with self._engine.api() as api:
            api.delete(f"/networks/{part(id)}")
