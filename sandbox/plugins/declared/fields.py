"""One property of a resource, and the rules that every value of it obeys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sandbox.plugins.host.values import Value


class Kind(Enum):
    """What a property holds; the value is how an error names it."""

    STRING = "a string"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    LIST = "a list"
    SET = "a list (in any order)"
    MAP = "a map of strings"
    OBJECT = "an object"
    FREE = "a map"


@dataclass(frozen=True)
class Field:
    """How one property behaves, as the vendor's package documents it.

    Attributes:
        kind: what the property holds.
        required: the property must be given.
        default: the value of a property that is not given; None leaves it out.
        replaces: a change makes a new resource in place of the old one.
        secret: the value is kept secret even where the program did not mark it.
        computed: when the property is not given, the server's own value stands and is no difference.
        output: the property is a result and cannot be given.
        autonamed: when it is not given, the value is the resource's name and a random suffix.
        choices: the only values accepted.
        minimum: the smallest number accepted.
        maximum: the largest number accepted.
        item: the kind of a list's items; strings unless it says otherwise.
        fields: the properties of an object, or of the objects in a list.
        at_creation: the value counts when the resource is made and is no difference afterwards.
        same: tells equal values that are written differently, such as the durations `1h` and `1h0m0s`.
    """

    kind: Kind = Kind.STRING
    required: bool = False
    default: Value = None
    replaces: bool = False
    secret: bool = False
    computed: bool = False
    output: bool = False
    autonamed: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    item: Kind = Kind.STRING
    fields: Mapping[str, Field] = field(default_factory=dict)
    same: Callable[[Value, Value], bool] | None = None
    at_creation: bool = False


Table = Mapping[str, Field]
"""All properties of a resource type by their names on the wire (camel case)."""


def string(**rules: Any) -> Field:
    """Return a property that holds a string."""
    return Field(Kind.STRING, **rules)


def integer(**rules: Any) -> Field:
    """Return a property that holds a whole number."""
    return Field(Kind.INTEGER, **rules)


def boolean(**rules: Any) -> Field:
    """Return a property that is true or false."""
    return Field(Kind.BOOLEAN, **rules)


def ordered(**rules: Any) -> Field:
    """Return a property that holds a list whose order matters."""
    return Field(Kind.LIST, **rules)


def unordered(**rules: Any) -> Field:
    """Return a property that holds a list whose order does not matter."""
    return Field(Kind.SET, **rules)


def mapping(**rules: Any) -> Field:
    """Return a property that maps strings to strings."""
    return Field(Kind.MAP, **rules)


def free(**rules: Any) -> Field:
    """Return a property that holds a map of whatever its reader knows."""
    return Field(Kind.FREE, **rules)


def nested(fields: Table, **rules: Any) -> Field:
    """Return a property that holds an object with properties of its own."""
    return Field(Kind.OBJECT, fields=fields, **rules)


def result(kind: Kind = Kind.STRING, *, secret: bool = False) -> Field:
    """Return an output that exists only after the resource was made."""
    return Field(kind, output=True, computed=True, secret=secret)
