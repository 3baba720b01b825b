"""What an expression consists of. Whatever is not one of these nodes cannot be said in a job file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from transforms.query.parameters import Value
from transforms.types import Type


@dataclass(frozen=True)
class Node:
    """A part of an expression."""

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts of this part."""
        return ()

    def walk(self) -> Iterator[Node]:
        """This part and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Literal(Node):
    """A value. It travels as a parameter, typed as Spark types the same literal."""

    value: Value
    type: Type


@dataclass(frozen=True)
class Reference(Node):
    """A column, by its name."""

    name: str


@dataclass(frozen=True)
class Call(Node):
    """A function of the allowlist; `star` for `count(*)`, `distinct` for `count(DISTINCT …)`."""

    function: str
    arguments: tuple[Node, ...] = ()
    distinct: bool = False
    star: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments


@dataclass(frozen=True)
class Unary(Node):
    """`NOT x`, `-x`, `x IS NULL`, `x IS NOT NULL`."""

    operator: str
    operand: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


@dataclass(frozen=True)
class Binary(Node):
    """Two operands and what is between them: arithmetic, comparison, AND, OR, LIKE, `||`."""

    operator: str
    left: Node
    right: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """Both operands."""
        return (self.left, self.right)


@dataclass(frozen=True)
class Among(Node):
    """`x IN (a, b)`; `x NOT IN (a, b)` is the same inside NOT."""

    operand: Node
    choices: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand and the choices."""
        return (self.operand, *self.choices)


@dataclass(frozen=True)
class Case(Node):
    """`CASE WHEN a THEN b … ELSE c END`; without ELSE it is NULL."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node | None

    @property
    def children(self) -> tuple[Node, ...]:
        """All conditions and results."""
        parts = tuple(part for branch in self.branches for part in branch)
        return (*parts, self.otherwise) if self.otherwise else parts


@dataclass(frozen=True)
class Cast(Node):
    """`CAST(x AS type)`, or TRY_CAST, which gives NULL where the value does not fit."""

    operand: Node
    type: Type
    attempt: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        """The operand."""
        return (self.operand,)


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    """The same expression over columns that have other names."""

    def again(part: Node) -> Node:
        return renamed(part, names)

    match node:
        case Reference():
            return Reference(names.get(node.name, node.name))
        case Call():
            return replace(node, arguments=tuple(map(again, node.arguments)))
        case Unary() | Cast():
            return replace(node, operand=again(node.operand))
        case Binary():
            return replace(node, left=again(node.left), right=again(node.right))
        case Among():
            return Among(again(node.operand), tuple(map(again, node.choices)))
        case Case():
            branches = tuple((again(when), again(then)) for when, then in node.branches)
            return Case(branches, again(node.otherwise) if node.otherwise else None)
    return node
