"""The difference of two renders of one environment, as values."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Entry = Mapping[str, Any]
Kind = Literal["added", "removed", "changed"]


class _Absent:
    """Stands for no value; None is one."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


@dataclass(frozen=True)
class Change:
    """One property's values before and after; ABSENT on the side where there is none."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True)
class ResourceChange:
    """What happens to one resource.

    Attributes:
        before, after: its entries in `resources.json`; None where it is not declared.
        changes: the properties that differ; empty for an added or removed one.
    """

    kind: Kind
    before: Entry | None
    after: Entry | None
    changes: tuple[Change, ...] = ()

    @property
    def entry(self) -> Entry:
        """The resource as it will be, or was."""
        entry = self.after or self.before
        assert entry is not None
        return entry


@dataclass(frozen=True)
class Render:
    """What one environment declares, read back from a render's folder."""

    environment: str
    resources: Mapping[str, Entry]
    outputs: Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """All that differs between two renders of one environment.

    Attributes:
        unchanged: number of resources that are the same in both.
        reordered: number of those that differ in their dependencies alone, and so in nothing that is applied.
        outputs: changes of the stack's outputs.
        parents: entries by URN on both sides, to find a resource's team.
    """

    environment: str
    resources: tuple[ResourceChange, ...]
    unchanged: int
    reordered: int
    outputs: tuple[Change, ...]
    parents: Mapping[str, Entry] = field(default_factory=dict, repr=False)

    def of(self, kind: Kind) -> list[ResourceChange]:
        """The changes of one kind."""
        return [each for each in self.resources if each.kind == kind]

    def __bool__(self) -> bool:
        return bool(self.resources or self.outputs)


def difference(base: Render, head: Render) -> Difference:
    """Compare two renders, resource by resource; a resource is the same one while its URN is."""
    found: list[ResourceChange] = []
    reordered = 0
    for urn in sorted(set(base.resources) | set(head.resources), key=lambda urn: urn.split("::")):
        before, after = base.resources.get(urn), head.resources.get(urn)
        if before is None or after is None:
            found.append(ResourceChange("added" if before is None else "removed", before, after))
        elif changes := tuple(_resource(before, after)):
            found.append(ResourceChange("changed", before, after, changes))
        else:
            reordered += before.get("dependencies") != after.get("dependencies")
    changed = sum(each.kind == "changed" for each in found)
    return Difference(
        environment=head.environment,
        resources=tuple(found),
        unchanged=len(set(base.resources) & set(head.resources)) - changed - reordered,
        reordered=reordered,
        outputs=tuple(compare(base.outputs, head.outputs, "")),
        parents={**base.resources, **head.resources},
    )


def _resource(before: Entry, after: Entry) -> Iterator[Change]:
    yield from compare(before.get("inputs", {}), after.get("inputs", {}), "")
    yield from compare(before.get("options", {}), after.get("options", {}), "options")
    if before.get("provider") != after.get("provider"):
        yield Change("provider", before.get("provider"), after.get("provider"))


def compare(old: Any, new: Any, path: str) -> Iterator[Change]:
    """The innermost values that differ, in the order of their paths.

    Entries of a list are told apart by their `name` where each has one of its own, so that one inserted entry is one
    change; by their position otherwise.
    """
    if _same(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mappings(old, new, path, key_path)
        return
    if isinstance(old, list) and isinstance(new, list):
        named_old, named_new = _named(old), _named(new)
        if named_old is not None and named_new is not None:
            yield from _mappings(named_old, named_new, path, item_path)
            if list(named_old) != list(named_new) and set(named_old) == set(named_new):
                yield Change(f"{path} (order)", list(named_old), list(named_new))
            return
        if len(old) == len(new) and all(isinstance(each, Mapping) for each in [*old, *new]):
            for index, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from compare(one, other, f"{path}[{index}]")
            return
    yield Change(path, old, new)


def key_path(path: str, key: str) -> str:
    """The path of a mapping's entry: `spec.replicas`, `labels["etl-platform/team"]`."""
    if key.replace("_", "").replace("-", "").isalnum() or key.startswith("$"):
        return f"{path}.{key}" if path else key
    return f'{path}["{key}"]'


def item_path(path: str, name: str) -> str:
    """The path of a list's entry with a name: `containers[keycloak]`."""
    return f"{path}[{name}]"


def _mappings(old: Mapping[str, Any], new: Mapping[str, Any], path: str, join: Any) -> Iterator[Change]:
    for key in sorted(set(old) | set(new)):
        one, other = old.get(key, ABSENT), new.get(key, ABSENT)
        if one is ABSENT or other is ABSENT:
            yield Change(join(path, key), one, other)
        else:
            yield from compare(one, other, join(path, key))


def _named(items: Sequence[Any]) -> dict[str, Any] | None:
    names = [
        item["name"] if isinstance(item, Mapping) and isinstance(item.get("name"), str) else None for item in items
    ]
    if not names or None in names or len(set(names)) < len(names):
        return None
    return {str(name): item for name, item in zip(names, items, strict=True)}


def _same(old: Any, new: Any) -> bool:
    # As JSON, because Python takes 1 for True.
    return json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
