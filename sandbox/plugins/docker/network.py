"""`docker:index/network:Network`."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.plugins.declared.fields import Table, boolean, mapping, result, string, unordered
from sandbox.plugins.docker.fixed import Fixed
from sandbox.plugins.docker.labels import LABEL, labels_of, listed
from sandbox.plugins.host import Inputs, Value


class Network(Fixed):
    """A network between containers of one engine."""

    kind, key = "networks", "Id"
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

    def body(self, inputs: Inputs) -> dict[str, Any]:
        """Two of the same name would both be taken by whoever asks for the name, and are refused."""
        return {
            "Name": inputs["name"],
            "Driver": inputs["driver"],
            "Internal": bool(inputs.get("internal")),
            "Attachable": bool(inputs.get("attachable")),
            "EnableIPv6": bool(inputs.get("ipv6")),
            "Options": inputs.get("options") or {},
            "Labels": labels_of(inputs),
            "CheckDuplicate": True,
        }

    def properties(self, found: dict[str, Any]) -> dict[str, Value]:
        """What the engine says of one."""
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
