"""`docker:index/volume:Volume`."""
# ruff: noqa: A002 - "id" is the protocol's word

from __future__ import annotations

from typing import ClassVar

from sandbox.docker.api import part
from sandbox.docker.errors import NotFoundError
from sandbox.plugins.declared.fields import Table, mapping, result, string, unordered
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.docker.engine import Engine
from sandbox.plugins.docker.labels import LABEL, labels_of, listed
from sandbox.plugins.host import Inputs, State, Value


class Volume(Declared):
    """A folder that outlives the containers that use it."""

    table: ClassVar[Table] = {
        "name": string(autonamed=True, replaces=True),
        "driver": string(default="local", replaces=True),
        "driverOpts": mapping(replaces=True),
        "labels": unordered(fields=LABEL, replaces=True),
        "mountpoint": result(),
    }

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, inputs: Inputs) -> str:
        """Create it. The engine gives one that is there already to whoever asks, as it does for the vendor's plugin."""
        body = {
            "Name": inputs["name"],
            "Driver": inputs["driver"],
            "DriverOpts": inputs.get("driverOpts") or {},
            "Labels": labels_of(inputs),
        }
        with self._engine.api() as api:
            return str(api.post("/volumes/create", body)["Name"])

    def look(self, id: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """What the engine says of it."""
        with self._engine.api() as api:
            try:
                found = api.get(f"/volumes/{part(id)}")
            except NotFoundError:
                return None
        return {
            "name": found["Name"],
            "driver": found["Driver"],
            "driverOpts": found.get("Options") or {},
            "labels": listed(found.get("Labels")),
            "mountpoint": found["Mountpoint"],
        }

    def change(self, id: str, old: State, inputs: Inputs) -> None:
        """Never asked for: the engine changes nothing of a volume."""
        raise NotImplementedError

    def remove(self, id: str, state: State) -> None:  # noqa: ARG002
        """Remove it with its content."""
        with self._engine.api() as api:
            api.delete(f"/volumes/{part(id)}")
