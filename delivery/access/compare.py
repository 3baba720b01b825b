"""Declared, actual, difference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.databases.privileges import ACTIONS, Action, Declared, Fact, capabilities
from delivery.access.actual import Actual

Cell = Literal["yes", "-", "MISSING", "EXTRA"]


@dataclass(frozen=True)
class Comparison:
    """One database, held against its server.

    Attributes:
        rows: by role, what it may do: `MISSING` is declared and not so, `EXTRA` the other way round.
        missing, extra: single grants that are declared and not there, or there and not declared.
        unmanaged: roles that nobody declared, with all that they have.
    """

    rows: Mapping[str, Mapping[Action, Cell]]
    missing: tuple[Fact, ...] = ()
    extra: tuple[Fact, ...] = ()
    unmanaged: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)

    @property
    def as_declared(self) -> bool:
        """Whether there is no difference."""
        return not (self.missing or self.extra or self.unmanaged)


def by_config(declared: Declared) -> Comparison:
    """What the config says, with no server asked."""
    return Comparison({login: _row(declared, login, None) for login in _shown(declared)})


def against(declared: Declared, actual: Actual) -> Comparison:
    """The config beside what a server says."""
    wanted = declared.facts(actual.relations)
    managed = {*declared.roles(), *declared.generations(), *declared.platform_roles()}
    strangers = actual.roles - managed
    reached = capabilities(actual.facts, declared.database)
    shown = _shown(declared)
    shown += sorted(role for role, actions in reached.items() if actions and role not in shown)
    return Comparison(
        rows={role: _row(declared, role, reached.get(role, set())) for role in shown},
        missing=tuple(sorted(wanted - actual.facts)),
        extra=tuple(sorted(fact for fact in actual.facts - wanted if fact.role not in strangers)),
        unmanaged={
            role: tuple(sorted(fact for fact in actual.facts if fact.role == role)) for role in sorted(strangers)
        },
    )


def _shown(declared: Declared) -> list[str]:
    return [*declared.logins(), *([declared.backup_role] if declared.backup else [])]


def _row(declared: Declared, role: str, reached: set[Action] | None) -> dict[Action, Cell]:
    return {
        action: _cell(declared.may(role, action), None if reached is None else action in reached) for action in ACTIONS
    }


def _cell(wanted: bool, is_so: bool | None) -> Cell:
    if is_so is None or wanted == is_so:
        return "yes" if wanted else "-"
    return "MISSING" if wanted else "EXTRA"
