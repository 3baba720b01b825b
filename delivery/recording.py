"""What a run of the program declared, as plain values that are safe to print."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

SECRET = "[secret]"  # noqa: S105 - what stands in a secret's place
UNKNOWN = "[unknown]"

Severity = Literal["info", "warning", "error"]

Outputs = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any] | None]
"""What is known of a resource before it exists, by its type token, name and recorded inputs; see `record`."""


class DeclarationError(Exception):
    """The program declares what no engine or server would accept; `str()` names the resources."""


def unknown(sources: Sequence[str]) -> str:
    """The text that stands for a value which exists only after apply.

    Args:
        sources: what it will be computed from, as `<type> <name>`; empty where the program does not tell.
    """
    if not sources:
        return UNKNOWN
    ordered = sorted(set(sources))
    shown = ordered if len(ordered) <= 3 else [*ordered[:2], f"{len(ordered) - 2} more"]
    return f"[output of {' and '.join(shown)}]"


def is_known(value: object) -> bool:
    """Whether a recorded value is one that the program itself wrote down: neither masked nor left to apply."""
    return not (isinstance(value, str) and (value in (SECRET, UNKNOWN) or value.startswith("[output of ")))


@dataclass(frozen=True)
class Resource:
    """One registration.

    Attributes:
        type: Pulumi's token, `kubernetes:core/v1:Service`.
        parent: URN; the stack's for what stands at the top.
        custom: managed by a provider. False for a component.
        inputs: with their wire names. A secret is "[secret]", what only apply tells is "[output of <type> <name>]".
        dependencies: URNs, sorted; explicit ones and those that inputs bring.
        property_dependencies: per input the URNs that its value comes from, sorted.
        provider: URN of an explicit provider; None for the package's default one.
        options: those that were set and matter to a reviewer, by their wire names (`protect`, `ignoreChanges`, …).
        outputs: what a component registered, like `inputs`; empty for a custom resource.
    """

    urn: str
    type: str
    name: str
    parent: str | None
    custom: bool
    inputs: Mapping[str, Any]
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provider: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def component(self) -> bool:
        """Whether it only groups others."""
        return not self.custom

    def is_a(self, kind: str) -> bool:
        """Whether its type is `kind`: the whole token, or what follows the token's last colon."""
        return kind in (self.type, self.type.rsplit(":", 1)[-1])


@dataclass(frozen=True)
class Recording:
    """All that one run declared.

    Attributes:
        root: URN of the stack.
        resources: all but the stack, sorted by URN.
        outputs: the stack's, secrets and unknowns as in `Resource.inputs`.
        messages: what the program logged for people, in order.
    """

    root: str
    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any]
    messages: tuple[tuple[Severity, str], ...] = ()

    def select(self, *, type: str | None = None, name: str | None = None) -> list[Resource]:  # noqa: A002 - the field's word
        """All resources of a type (whole token, or what follows its last colon) and of a logical name."""
        return [
            resource
            for resource in self.resources
            if (type is None or resource.is_a(type)) and (name is None or resource.name == name)
        ]

    def find(self, *, type: str | None = None, name: str | None = None) -> Resource:  # noqa: A002 - the field's word
        """The one resource of a type and name.

        Raises:
            LookupError: there is none, or there are several; says which there are.
        """
        found = self.select(type=type, name=name)
        if len(found) == 1:
            return found[0]
        wanted = " ".join(part for part in (type, name) if part is not None)
        if found:
            raise LookupError(f"{len(found)} resources are {wanted!r}: {', '.join(each.urn for each in found)}")
        near = self.select(type=type) if type is not None else list(self.resources)
        names = ", ".join(sorted(f"{each.type} {each.name}" for each in near)) or "none of that type"
        raise LookupError(f"no resource is {wanted!r}; there are: {names}")

    def children(self, urn: str) -> list[Resource]:
        """The resources right below a URN."""
        return [resource for resource in self.resources if resource.parent == urn]

    def descendants(self, urn: str) -> list[Resource]:
        """The resources below a URN at any depth, sorted by URN."""
        below: set[str] = {urn}
        grown = True
        while grown:
            more = {each.urn for each in self.resources if each.parent in below} - below
            below |= more
            grown = bool(more)
        return [each for each in self.resources if each.urn in below and each.urn != urn]
