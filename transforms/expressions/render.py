"""An expression as Spark SQL: our own words, and markers for all that a person wrote."""

from __future__ import annotations

from transforms.expressions.functions import FRAMED, FUNCTIONS
from transforms.expressions.tree import Among, Binary, Call, Case, Cast, Literal, Node, Reference, Unary
from transforms.query.parameters import Parameters


class Renderer:
    """Writes expressions of one query.

    Args:
        parameters: takes the values and names.
        relation: the alias that qualifies each column; empty for none.
        over: the window that each aggregate and window function runs over, and the same without its frame.
    """

    def __init__(self, parameters: Parameters, relation: str = "", over: tuple[str, str] | None = None) -> None:
        self.parameters = parameters
        self.relation = relation
        self.over = over

    def __call__(self, node: Node) -> str:
        """The SQL of an expression, in parentheses wherever an operator around it could part it."""
        match node:
            case Literal():
                return "NULL" if node.value is None else self._literal(node)
            case Reference():
                parts = (self.relation, node.name) if self.relation else (node.name,)
                return self.parameters.identifier(*parts)
            case Unary(operator="NOT" | "-"):
                return f"({node.operator} {self(node.operand)})"
            case Unary():
                return f"({self(node.operand)} {node.operator})"
            case Binary():
                return f"({self(node.left)} {node.operator} {self(node.right)})"
            case Among():
                return f"({self(node.operand)} IN ({', '.join(map(self, node.choices))}))"
            case Case():
                branches = " ".join(f"WHEN {self(when)} THEN {self(then)}" for when, then in node.branches)
                otherwise = f" ELSE {self(node.otherwise)}" if node.otherwise else ""
                return f"CASE {branches}{otherwise} END"
            case Cast():
                return f"{'TRY_CAST' if node.attempt else 'CAST'}({self(node.operand)} AS {node.type})"
            case Call():
                return self._call(node)
        raise AssertionError(node)

    def _literal(self, node: Literal) -> str:
        if isinstance(node.value, bool):
            return "TRUE" if node.value else "FALSE"
        return self.parameters.value(node.value)

    def _call(self, node: Call) -> str:
        arguments = "*" if node.star else ", ".join(map(self, node.arguments))
        call = f"{node.function}({'DISTINCT ' if node.distinct else ''}{arguments})"
        if self.over is None or FUNCTIONS[node.function].kind == "scalar":
            return call
        framed, unframed = self.over
        return f"{call} OVER ({framed if node.function in FRAMED else unframed})"
