"""What the engine makes once and never changes: networks and volumes."""
# ruff: noqa: A002 - "id" is the protocol's word

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from sandbox.docker.api import part
from sandbox.docker.errors import NotFoundError
from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.docker.engine import Engine
from sandbox.plugins.host import Inputs, State, Value


class Fixed(Declared):
    """A thing that every change of its inputs replaces.

    Attributes:
        kind: the part of the API that has it, such as `networks`.
        key: under which the engine tells the id of what it made.
    """

    kind: ClassVar[str]
    key: ClassVar[str]

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @abstractmethod
    def body(self, inputs: Inputs) -> dict[str, Any]:
        """What the engine is asked to create."""

    @abstractmethod
    def properties(self, found: dict[str, Any]) -> dict[str, Value]:
        """What the engine says of one, as properties."""

    def make(self, inputs: Inputs) -> str:
        """Create it."""
        with self._engine.api() as api:
            return str(api.post(f"/{self.kind}/create", self.body(inputs))[self.key])

    def look(self, id: str, known: State) -> dict[str, Value] | None:  # noqa: ARG002
        """What the engine says of it."""
        with self._engine.api() as api:
            try:
                found = api.get(f"/{self.kind}/{part(id)}")
            except NotFoundError:
                return None
        return self.properties(found)

    def change(self, id: str, old: State, inputs: Inputs) -> None:
        """Never asked for."""
        raise NotImplementedError

    def remove(self, id: str, state: State) -> None:  # noqa: ARG002
        """Remove it, and what it holds."""
        with self._engine.api() as api:
            api.delete(f"/{self.kind}/{part(id)}")
