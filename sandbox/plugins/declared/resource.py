"""A resource type as its table and four calls: make, look, change, remove."""
# ruff: noqa: A001, A002 - "id" is the protocol's word

from __future__ import annotations

import hashlib
import secrets
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import ClassVar

from sandbox.plugins.declared.fields import Kind as Holds
from sandbox.plugins.declared.fields import Table
from sandbox.plugins.declared.values import completed, differs, mistakes
from sandbox.plugins.host import context
from sandbox.plugins.host.errors import InitFailed, PluginError
from sandbox.plugins.host.resource import Change, Checked, Created, Diff, Failure, Found, Kind
from sandbox.plugins.host.values import UNKNOWN, Inputs, State, Value


class Declared(ABC):
    """The host's `ResourceType` for a type that a table describes.

    A subclass sets `table` and says how the real thing is made, looked at, changed and removed.
    """

    table: ClassVar[Table]
    delete_before_replace: ClassVar[bool] = True
    """Two of the same name cannot exist side by side on a server."""

    @abstractmethod
    def make(self, inputs: Inputs) -> str:
        """Make the resource and return its id, which is the vendor's."""

    @abstractmethod
    def look(self, id: str, known: State) -> dict[str, Value] | None:
        """Return the resource's properties as they really are, or None when it does not exist.

        Args:
            id: the resource's id.
            known: what was last known of it; empty for an import.
        """

    @abstractmethod
    def change(self, id: str, old: State, inputs: Inputs) -> None:
        """Bring the resource to its new inputs."""

    @abstractmethod
    def remove(self, id: str, state: State) -> None:
        """Remove the resource; one that is already gone is no error."""

    def locate(self, id: str) -> tuple[str, State]:
        """Return the id and the properties that the id of an import stands for, such as `realm/id`."""
        return id, {}

    def examine(self, inputs: Inputs) -> Iterable[Failure]:  # noqa: ARG002
        """Yield the mistakes that no single property shows."""
        return ()

    @property
    def secret_outputs(self) -> Collection[str]:
        """The properties that are secret even where the program did not mark them."""
        return {name for name, rule in self.table.items() if rule.secret}

    def check(self, name: str, news: Inputs, olds: Inputs | None) -> Checked:
        """Refuse unknown and ill-formed properties, fill in defaults and names."""
        failures = [Failure(path, reason) for path, reason in mistakes(self.table, news)]
        if failures:
            return Checked(dict(news), failures)
        inputs = completed(self.table, {key: value for key, value in news.items() if not key.startswith("__")})
        for key, rule in self.table.items():
            if rule.autonamed and key not in inputs:
                inputs[key] = (olds or {}).get(key) or generated_name(name)
        return Checked(inputs, list(self.examine(inputs)))

    def diff(self, id: str, olds: Inputs, old_state: State, news: Inputs) -> Diff:  # noqa: ARG002
        """Compare what the program wants with what the resource has."""
        changed = dict(_changes(self.table, olds, old_state, news))
        return Diff(changed, delete_before_replace=self.delete_before_replace)

    def create(self, urn: str, inputs: Inputs, *, preview: bool, timeout: float | None) -> Created:  # noqa: ARG002
        """Make the resource and look at it."""
        if preview:
            return Created("", self.planned(inputs))
        id = self.make(inputs)
        return Created(id, self._seen(id, inputs))

    def read(self, id: str, inputs: Inputs, state: State) -> Found | None:
        """Look at the resource; what drifted stands in its inputs, so that the next update repairs it."""
        known: State = {**inputs, **state}
        if not known:
            id, known = self.locate(id)
        found = self.look(id, known)
        if found is None:
            return None
        kept = {name: value for name, value in inputs.items() if name in self.table}
        for name, rule in self.table.items():
            if rule.output or not differs(rule, kept.get(name), found.get(name)):
                continue
            if found.get(name) is None:
                kept.pop(name, None)
            else:
                kept[name] = found[name]
        return Found(id, kept, found)

    def update(
        self,
        id: str,
        olds: Inputs,  # noqa: ARG002
        old_state: State,
        news: Inputs,
        *,
        preview: bool,
        timeout: float | None,  # noqa: ARG002
    ) -> State:
        """Change the resource and look at it."""
        if preview:
            return {**self.planned(news), **{name: old_state[name] for name in self._kept(news) if name in old_state}}
        self.change(id, old_state, news)
        return self._seen(id, {**{name: old_state[name] for name in self._kept(news) if name in old_state}, **news})

    def delete(self, id: str, inputs: Inputs, state: State, *, timeout: float | None) -> None:  # noqa: ARG002
        """Remove the resource."""
        self.remove(id, {**inputs, **state})

    def planned(self, inputs: Inputs) -> dict[str, Value]:
        """Return what a preview can say of a new resource."""
        chosen = {name: UNKNOWN for name, rule in self.table.items() if rule.computed and inputs.get(name) is None}
        return {**chosen, **inputs}

    def _kept(self, news: Inputs) -> list[str]:
        return [name for name, rule in self.table.items() if rule.computed and news.get(name) is None]

    def _seen(self, id: str, known: State) -> State:
        try:
            found = self.look(id, known)
        except PluginError as error:
            raise InitFailed(id, dict(known), [f"it was written, but could not be read back: {error}"]) from error
        if found is None:
            raise InitFailed(id, dict(known), ["it was written, but the server does not show it"])
        return found


def generated_name(name: str) -> str:
    """Return the name for a resource that was given none: its name in the program and seven random digits.

    The engine's own wishes come first; a preview and the update after it agree on the name.
    """
    call = context.current()
    if call.proposed is not None:
        return call.proposed
    if not call.autonaming:
        raise PluginError(f"{name}: give it a name; the stack's configuration forbids generated ones")
    digits = hashlib.sha256(call.random_seed).hexdigest() if call.random_seed else secrets.token_hex(4)
    return f"{name}-{digits[:7]}"


def _changes(table: Table, olds: Inputs, state: State, news: Inputs, prefix: str = "") -> Iterator[tuple[str, Change]]:
    for name, rule in table.items():
        wanted, actual = news.get(name), state.get(name)
        if rule.output or not differs(rule, wanted, actual):
            continue
        before = olds.get(name)
        if rule.kind is Holds.OBJECT and isinstance(wanted, Mapping) and isinstance(actual, Mapping):
            inner = dict(_changes(rule.fields, before or {}, actual, wanted, f"{prefix}{name}."))
            if rule.replaces:
                inner = {path: Change(change.kind, replace=True, input=change.input) for path, change in inner.items()}
            yield from inner.items()
            continue
        kind = Kind.ADD if actual is None else Kind.DELETE if wanted is None else Kind.UPDATE
        yield prefix + name, Change(kind, replace=rule.replaces, input=bool(before != wanted))
