"""A part of the toolchain: what it is, what it needs, and when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from sandbox.toolchain.errors import ToolchainError


class When(StrEnum):
    """How urgent a part is."""

    NEEDED = "needed"
    """`make up` waits for it."""
    BACKGROUND = "background"
    """Built after all needed ones, while the environment already runs."""
    ON_DEMAND = "on demand"
    """Built when asked for by its name."""


class Lane(StrEnum):
    """What a part keeps busy; the number of places in each lane stands in `scheduler.PLACES`."""

    COMPILER = "compiler"
    """All processors: one at a time."""
    OTHER = "other"
    """Network and disk, or one processor for a short while."""


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of work that is done once.

    Attributes:
        name: short, unique, as a person would name it.
        title: what is being made, with its version.
        ready: whether it is there, whole and of the current version; cheap.
        make: makes it; atomic, so that it can simply be made again after an interruption. Raises ToolchainError.
        needs: names of the parts that come first.
        lane: what it keeps busy.
        when: how urgent it is.
        expected: seconds on two processors with empty caches, until this machine has its own measurement.
    """

    name: str
    title: str
    ready: Callable[[], bool]
    make: Callable[[], None]
    needs: tuple[str, ...] = ()
    lane: Lane = Lane.OTHER
    when: When = When.NEEDED
    expected: float | None = None


def select(parts: Iterable[Part], names: Iterable[str]) -> list[Part]:
    """The named parts with all that they need, in the order of the registry.

    Raises:
        ToolchainError: no part has such a name.
    """
    known = {part.name: part for part in parts}
    chosen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in known:
            raise ToolchainError(f"no part is called {name!r}; there are: {', '.join(known)}")
        if name not in chosen:
            chosen.add(name)
            waiting += known[name].needs
    return [part for part in known.values() if part.name in chosen]
