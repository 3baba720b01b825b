"""What a plugin may raise. Each becomes one readable message in the engine's output, never a traceback."""

from __future__ import annotations

from collections.abc import Sequence

from .values import Inputs, State


class PluginError(Exception):
    """A refusal or a failure, in words that the person who wrote the program can act on."""


class Cancelled(PluginError):  # noqa: N818 - it is no error
    """The engine asked to stop; whatever waits gives up with this."""

    def __init__(self, message: str = "cancelled") -> None:
        super().__init__(message)


class InitFailed(PluginError):  # noqa: N818 - the protocol's word
    """The object exists but did not become what it should: the engine keeps it, marked as not initialised.

    Raised by create, update and read. `state` is what is known of the object; `inputs` only if they differ from
    the request's own.
    """

    def __init__(self, id: str, state: State, reasons: Sequence[str], inputs: Inputs | None = None) -> None:  # noqa: A002
        super().__init__("; ".join(reasons))
        self.id = id
        self.state = state
        self.reasons = tuple(reasons)
        self.inputs = inputs
