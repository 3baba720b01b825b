"""`docker:index/volume:Volume`."""

from __future__ import annotations

from typing import Any, ClassVar

from sandbox.plugins.declared.fields import Table, mapping, result, string, unordered
from sandbox.plugins.docker.fixed import Fixed
from sandbox.plugins.docker.labels import LABEL, labels_of, listed
from sandbox.plugins.host import Inputs, Value


class Volume(Fixed):
    """A folder that outlives the containers that use it.

    The engine gives one that is there already to whoever asks, as it does for the vendor's plugin.
    """

    kind, key = "volumes", "Name"
    table: ClassVar[Table] = {
        "name": string(autonamed=True, replaces=True),
        "driver": string(default="local", replaces=True),
        "driverOpts": mapping(replaces=True),
        "labels": unordered(fields=LABEL, replaces=True),
        "mountpoint": result(),
    }

    def body(self, inputs: Inputs) -> dict[str, Any]:
        """What the engine is asked to create."""
        return {
            "Name": inputs["name"],
            "Driver": inputs["driver"],
            "DriverOpts": inputs.get("driverOpts") or {},
            "Labels": labels_of(inputs),
        }

    def properties(self, found: dict[str, Any]) -> dict[str, Value]:
        """What the engine says of one."""
        return {
            "name": found["Name"],
            "driver": found["Driver"],
            "driverOpts": found.get("Options") or {},
            "labels": listed(found.get("Labels")),
            "mountpoint": found["Mountpoint"],
        }
