"""The interface of one resource type, and the results that it returns."""

# ruff: noqa: A002 - "id" is the protocol's word

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from .values import Inputs, State


class Kind(Enum):
    """What happens to one property."""

    ADD = "add"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Change:
    """One changed property.

    `replace`: the resource must be made anew for it. `input`: the difference lies between old and new inputs;
    otherwise between the old state and the new inputs (a drift).
    """

    kind: Kind
    replace: bool = False
    input: bool = True


@dataclass(frozen=True)
class Failure:
    """An input that is refused: its property path (`spec.ports[0].name`; empty for the whole) and the reason."""

    property: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """The inputs with their defaults filled in, or what is wrong with them."""

    inputs: Inputs
    failures: Sequence[Failure] = ()


@dataclass(frozen=True)
class Diff:
    """What changes, by property path; empty when nothing does."""

    changed: Mapping[str, Change] = field(default_factory=dict)
    delete_before_replace: bool = False

    @property
    def replaces(self) -> bool:
        """Whether any change needs a new resource."""
        return any(change.replace for change in self.changed.values())


@dataclass(frozen=True)
class Created:
    """A new resource. In a preview the id is empty and outputs may be `UNKNOWN`."""

    id: str
    state: State


@dataclass(frozen=True)
class Found:
    """A resource as it really is; `inputs` are those that would bring it to this state."""

    id: str
    inputs: Inputs
    state: State


class ResourceType(Protocol):
    """One object per Pulumi type token. All methods may be called from several threads at once.

    All raise `PluginError` for what a person can act on; create and update raise `InitFailed` for an object that
    exists and is not in order. Timeouts are in seconds; None when the program set none.
    """

    @property
    def secret_outputs(self) -> Collection[str]:
        """Top-level properties that are secret whether or not they came in as secrets (inputs and outputs)."""

    def check(self, name: str, news: Inputs, olds: Inputs | None) -> Checked:
        """Validate `news` and fill in defaults. `olds` are the last checked inputs, None for a new resource."""

    def diff(self, id: str, olds: Inputs, old_state: State, news: Inputs) -> Diff:
        """What an update to `news` would change. `news` may hold `UNKNOWN` in a preview."""

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:
        """Make it; in a preview only say what its outputs would be."""

    def read(self, id: str, inputs: Inputs, state: State) -> Found | None:
        """Look at the real resource; None when it is gone. An import comes with empty inputs and state."""

    def update(
        self, id: str, olds: Inputs, old_state: State, news: Inputs, *, preview: bool, timeout: float | None
    ) -> State:
        """Bring it to `news`; in a preview only say what its outputs would be."""

    def delete(self, id: str, inputs: Inputs, state: State, *, timeout: float | None) -> None:
        """Remove it; one that is already gone is no error."""
