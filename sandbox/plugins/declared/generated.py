"""A resource type that exists in the state alone: a random value, a key, a certificate."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from sandbox.plugins.declared.resource import Declared
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Created
from sandbox.plugins.host.values import Inputs, State, Value


class Generated(Declared):
    """A value that is made once and then kept in the state."""

    delete_before_replace: ClassVar[bool] = False

    @abstractmethod
    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the id and the outputs for these inputs."""

    def restored(self, id: str) -> dict[str, Value]:  # noqa: A002
        """Return the state of the value that an import names by its id."""
        raise PluginError(f"{type(self).__name__} `{id}` cannot be imported: it exists only in the state")

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:  # noqa: ARG002
        """Generate the value."""
        if preview:
            return Created("", self.planned(inputs))
        identity, outputs = self.generate(inputs)
        return Created(identity, {**inputs, **outputs})

    def make(self, inputs: Inputs) -> str:
        """Never asked for: `create` keeps what was generated."""
        raise NotImplementedError

    def look(self, id: str, known: State) -> dict[str, Value] | None:  # noqa: A002
        """Return what the state holds; there is nothing else to look at."""
        return dict(known) if known else self.restored(id)

    def change(self, id: str, old: State, inputs: Inputs) -> None:  # noqa: A002
        """Do nothing: what may change without a new value is in the inputs alone."""

    def remove(self, id: str, state: State) -> None:  # noqa: A002
        """Do nothing: with the state's entry the value is gone."""
