"""What type an expression has, and every reason why it has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from transforms.documents.problems import Refused, quoted
from transforms.expressions.functions import FUNCTIONS, Function, quotient
from transforms.expressions.patterns import check_like
from transforms.expressions.tree import Among, Binary, Call, Case, Cast, Literal, Node, Reference, Unary
from transforms.schema import Schema
from transforms.types import BOOLEAN, DOUBLE, STRING, VOID, Type, as_decimal, bounded, common, decimal

Complain = Callable[[str], None]


@dataclass(frozen=True)
class Allowed:
    """Which kinds of functions may be called, and how an error explains that another may not."""

    aggregates: bool = False
    windows: bool = False

    def refuses(self, kind: str) -> str:
        """Why a function of that kind cannot stand here; empty when it can."""
        if kind == "aggregate" and not (self.aggregates or self.windows):
            return "is one over many rows; it belongs into a step `aggregate` or `window`"
        if kind == "window" and not self.windows:
            return "runs over a window; it belongs into a step `window`"
        return ""


ROW = Allowed()
"""Expressions over one row, as in `filter`, `derive`, `join` and rules."""

GROUP = Allowed(aggregates=True)
WINDOW = Allowed(windows=True)


def type_of(node: Node, schema: Schema, complain: Complain, allowed: Allowed = ROW) -> Type | None:
    """The type of an expression over these columns, or None when it has none.

    Args:
        complain: told each reason in a sentence's second half, such as `there is no column "casse"`.
    """
    return _Checker(schema, complain, allowed).type(node)


def condition(node: Node, schema: Schema, complain: Complain) -> None:
    """Complain when the expression is no condition."""
    found = type_of(node, schema, complain)
    if found not in {None, BOOLEAN}:
        complain(f"it is {_a(found)}, not a condition; compare it with something")


@dataclass
class _Checker:
    schema: Schema
    complain: Complain
    allowed: Allowed
    inside: str = ""

    def type(self, node: Node) -> Type | None:
        match node:
            case Literal():
                return node.type
            case Reference():
                return self.reference(node)
            case Unary():
                return self.unary(node)
            case Binary():
                return self.binary(node)
            case Among():
                return self.among(node)
            case Case():
                return self.case(node)
            case Cast():
                return self.cast(node)
            case Call():
                return self.call(node)
        raise AssertionError(node)

    def reference(self, node: Reference) -> Type | None:
        column = self.schema.find(node.name)
        if column is None:
            self.complain(self.schema.missing(node.name))
            return None
        return column.type

    def unary(self, node: Unary) -> Type | None:
        operand = self.type(node.operand)
        if node.operator.startswith("IS"):
            return BOOLEAN
        if node.operator == "NOT":
            if operand not in {None, VOID, BOOLEAN}:
                self.complain(f"NOT takes a condition, not {_a(operand)}")
            return BOOLEAN
        if operand is not None and not operand.numeric:
            self.complain(f"- takes a number, not {_a(operand)}")
            return None
        return operand

    def binary(self, node: Binary) -> Type | None:
        left, right = self.type(node.left), self.type(node.right)
        if left is None or right is None:
            return BOOLEAN if node.operator in _BOOLEAN else None
        if node.operator in {"AND", "OR"}:
            return self.of_each(node.operator, (left, right), BOOLEAN, "conditions", BOOLEAN)
        if node.operator == "LIKE":
            self.like(node.right)
            return self.of_each(node.operator, (left, right), STRING, "texts", BOOLEAN)
        if node.operator == "||":
            return self.of_each(node.operator, (left, right), STRING, "texts", STRING)
        if node.operator in _BOOLEAN:
            return self.comparison(node.operator, left, right)
        return self.arithmetic(node.operator, _narrow(node.left, left, right), _narrow(node.right, right, left))

    def like(self, pattern: Node) -> None:
        if isinstance(pattern, Literal) and isinstance(pattern.value, str):
            try:
                check_like(pattern.value)
            except Refused as refused:
                self.complain(f"LIKE {quoted(pattern.value)}: {refused.because}")

    def of_each(
        self, operator: str, operands: tuple[Type, Type], wanted: Type, plural: str, result: Type
    ) -> Type | None:
        for found in operands:
            if found not in {VOID, wanted}:
                self.complain(f"{operator} takes {plural}, not {_a(found)}")
                return None
        return result

    def comparison(self, operator: str, left: Type, right: Type) -> Type | None:
        if VOID in {left, right}:
            if operator != "<=>":
                self.complain(f"`{operator} NULL` is never true; write IS NULL or IS NOT NULL")
            return BOOLEAN
        if left.kind != right.kind or left.element:
            self.complain(f"{_a(left)} does not compare with {_a(right)}{_advice(left, right)}")
        return BOOLEAN

    def arithmetic(self, operator: str, left: Type, right: Type) -> Type | None:
        for each in (left, right):
            if not each.numeric:
                hint = (
                    "; use date_add, date_sub or datediff"
                    if each.kind in {"date", "timestamp"}
                    else _advice(left, right)
                )
                self.complain(f"{operator} takes numbers, not {_a(each)}{hint}")
                return None
        return arithmetic(operator, left, right)

    def among(self, node: Among) -> Type | None:
        operand = self.type(node.operand)
        for choice in node.choices:
            found = self.type(choice)
            if operand and found and VOID not in {operand, found} and operand.kind != found.kind:
                self.complain(f"{_a(operand)} is never among values of type {found}{_advice(operand, found)}")
            if found == VOID:
                self.complain("NULL in IN makes every other value's answer NULL; write OR … IS NULL")
        return BOOLEAN

    def case(self, node: Case) -> Type | None:
        results = [self.type(result) for _, result in node.branches]
        for when, _ in node.branches:
            found = self.type(when)
            if found not in {None, BOOLEAN}:
                self.complain(f"WHEN takes a condition, not {_a(found)}")
        if node.otherwise:
            results.append(self.type(node.otherwise))
        return self.shared("CASE", results)

    def cast(self, node: Cast) -> Type | None:
        operand = self.type(node.operand)
        if operand is None or operand == VOID or _castable(operand, node.type):
            return node.type
        self.complain(f"{_a(operand)} cannot become {_a(node.type)}")
        return None

    def shared(self, name: str, types: list[Type | None]) -> Type | None:
        known = [each for each in types if each is not None]
        if len(known) < len(types):
            return None
        found = common(known)
        if found is None:
            self.complain(
                f"{name} brings together {' and '.join(dict.fromkeys(map(str, known)))}, which have no common type"
            )
        return found

    def call(self, node: Call) -> Type | None:
        function = FUNCTIONS[node.function]
        if why := self.allowed.refuses(function.kind):
            self.complain(f"{node.function} {why}")
            return None
        if function.kind != "scalar":
            if self.inside:
                self.complain(f"{node.function} cannot stand inside {self.inside}")
                return None
            self.inside = node.function
        try:
            return self.arguments(node, function)
        finally:
            if self.inside == node.function:
                self.inside = ""

    def arguments(self, node: Call, function: Function) -> Type | None:
        if node.star:
            return function.result([])
        if len(node.arguments) < function.fewest or (function.most is not None and len(node.arguments) > function.most):
            self.complain(f"{node.function} takes {_count(function)}, not {len(node.arguments)}")
            return None
        types = [self.argument(node, function, index) for index in range(len(node.arguments))]
        known = [each for each in types if each is not None]
        if len(known) < len(types):
            return None
        try:
            function.judge([each.value if isinstance(each, Literal) else None for each in node.arguments])
        except Refused as refused:
            self.complain(f"{node.function}: {refused.because}")
        if node.function == "nullif" and VOID not in known and known[0].kind != known[1].kind:
            self.complain(f"nullif compares {_a(known[0])} with {_a(known[1])}")
            return None
        if node.function == "round" and known[0].name == "decimal":
            return _rounded(known[0], node)
        if node.function == "try_divide":
            one, other = known
            known = [_narrow(node.arguments[0], one, other), _narrow(node.arguments[1], other, one)]
        result = function.result(known)
        if result is None:
            self.shared(node.function, list(known))
        return result

    def argument(self, node: Call, function: Function, index: int) -> Type | None:
        wanted = function.argument(index)
        argument = node.arguments[index]
        found = self.type(argument)
        if found is None:
            return None
        if (wanted.literal and not isinstance(argument, Literal)) or not wanted.accepts(found):
            what = "an expression" if wanted.accepts(found) else _a(found)
            self.complain(f"{node.function} takes {wanted.phrase} as its {_ordinal(index)} argument, not {what}")
            return None
        if wanted.literal and isinstance(argument, Literal) and not wanted.fits(argument.value):
            self.complain(
                f"{node.function} takes {wanted.phrase} as its {_ordinal(index)} argument, not {argument.value}"
            )
            return None
        return found


def arithmetic(operator: str, left: Type, right: Type) -> Type:
    """The type of a calculation with two numbers, as Spark has it."""
    if operator == "/":
        return quotient((left, right)) or DOUBLE
    if left.name != "decimal" and right.name != "decimal":
        return common((left, right)) or DOUBLE
    if left.fractional or right.fractional:
        return DOUBLE
    left, right = as_decimal(left), as_decimal(right)
    scale, whole = max(left.scale, right.scale), max(left.precision - left.scale, right.precision - right.scale)
    if operator == "*":
        return bounded(left.precision + right.precision + 1, left.scale + right.scale)
    if operator == "%":
        return bounded(min(left.precision - left.scale, right.precision - right.scale) + scale, scale)
    return bounded(whole + scale + 1, scale)


_BOOLEAN = frozenset({"AND", "OR", "LIKE", "=", "<>", "<", "<=", ">", ">=", "<=>"})


def _rounded(of: Type, node: Call) -> Type:
    wanted = node.arguments[1] if len(node.arguments) > 1 else None
    digits = wanted.value if isinstance(wanted, Literal) and isinstance(wanted.value, int) else 0
    whole = of.precision - of.scale + 1
    if digits < 0:
        return Type("decimal", min(max(whole, -digits + 1), 38), 0)
    scale = min(of.scale, digits)
    return Type("decimal", min(whole + scale, 38), scale)


def _narrow(node: Node, of: Type, other: Type) -> Type:
    """Beside a decimal, a whole number that is written out counts as one of just its digits (Spark)."""
    if other.name == "decimal" and of.integral and isinstance(node, Literal):
        return decimal(len(str(node.value).lstrip("-")), 0)
    return of


def _castable(source: Type, target: Type) -> bool:
    if source == target or target == STRING:
        return True
    if source.element or target.element or "binary" in {source.name, target.name}:
        return False
    if source == STRING:
        return True
    moments = {"date", "timestamp"}
    if source.kind in moments and target.kind in moments:
        return True
    return (source.numeric or source == BOOLEAN) and (target.numeric or target == BOOLEAN)


def _advice(left: Type, right: Type) -> str:
    kinds = {left.kind, right.kind}
    if kinds == {"number", "string"}:
        return "; CAST one of them"
    if kinds == {"date", "string"}:
        return "; write DATE '2020-01-22' or use to_date"
    return "; CAST one of them" if kinds == {"date", "timestamp"} else ""


def _a(of: Type) -> str:
    return "NULL" if of == VOID else f"{'an' if str(of)[0] in 'aeiou' else 'a'} {of}"


def _count(function: Function) -> str:
    fewest, most = function.fewest, function.most
    if most is None:
        return f"at least {fewest} argument{'s' * (fewest != 1)}"
    return f"{fewest if fewest == most else f'{fewest} to {most}'} argument{'s' * (most != 1)}"


def _ordinal(index: int) -> str:
    return ("first", "second", "third", "fourth", "fifth")[index] if index < 5 else f"{index + 1}th"
