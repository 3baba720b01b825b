"""From an expression's text to its tree: a grammar that can say what the tree can hold, and nothing else.

By precedence, loosest first: OR, AND, NOT, comparisons (IS, IN, BETWEEN, LIKE), `||`, `+ -`, `* / %`, sign.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from transforms.documents.problems import Refused, nearest, quoted
from transforms.expressions.functions import FUNCTIONS
from transforms.expressions.tokens import Token, tokens_of
from transforms.expressions.tree import Among, Binary, Call, Case, Cast, Literal, Node, Reference, Unary
from transforms.types import BIGINT, BOOLEAN, DATE, DOUBLE, INT, NAMES, STRING, TIMESTAMP, VOID, decimal, parse_type

DEEPEST = 32
"""Levels of parentheses, calls and CASE; a dozen Python calls each, and Python stops at a thousand."""

TALLEST = 250
"""Levels of the tree: `a + a + …` nests without a parenthesis."""

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=", "<=>")
# fmt: off
_RESERVED = frozenset({
    "AND", "AS", "BETWEEN", "CASE", "CAST", "DISTINCT", "ELSE", "END", "EXISTS", "FALSE", "FROM", "IN", "IS", "LIKE",
    "NOT", "NULL", "OR", "OVER", "SELECT", "THEN", "TRUE", "TRY_CAST", "UNION", "WHEN", "WHERE",
})
# fmt: on


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Read an expression such as `new_cases / population * 100000`.

    Raises:
        Refused: what cannot be read, and what was expected there.
    """
    parser = _Parser(tokens_of(text))
    node = parser.expression()
    parser.finish()
    return not_too_tall(node)


def not_too_tall(node: Node) -> Node:
    """The node itself.

    Raises:
        Refused: it has more than TALLEST levels.
    """
    if _height(node) > TALLEST:
        raise Refused(f"it has more than {TALLEST} operators in a row; divide it into several steps")
    return node


def _height(node: Node) -> int:
    level, height = [node], 0
    while level:
        level, height = [child for each in level for child in each.children], height + 1
    return height


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def next(self) -> Token:
        token = self.token
        self.at += token.kind != "end"
        return token

    def takes(self, *texts: str) -> bool:
        """Take the next word when it is one of these operators or keywords."""
        token = self.token
        if (token.kind == "operator" and token.text in texts) or token.is_word(*texts):
            self.next()
            return True
        return False

    def expect(self, text: str, within: str) -> None:
        if not self.takes(text):
            raise Refused(f"{within} needs {quoted(text)} before {self.here()}")

    def here(self) -> str:
        return "its end" if self.token.kind == "end" else quoted(self.token.text)

    def finish(self) -> None:
        if self.token.is_word("OVER"):
            raise Refused("OVER is not written here; the step `window` says what a function runs over")
        if self.token.kind != "end":
            raise Refused(f"it goes on with {self.here()}, where an operator or its end was expected")

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(f"it is nested more than {DEEPEST} levels deep")
        node = self.conjunction()
        while self.takes("OR"):
            node = Binary("OR", node, self.conjunction())
        self.depth -= 1
        return node

    def conjunction(self) -> Node:
        node = self.negation()
        while self.takes("AND"):
            node = Binary("AND", node, self.negation())
        return node

    def negation(self) -> Node:
        negations = 0
        while self.takes("NOT"):
            negations += 1
        node = self.comparison()
        for _ in range(negations):
            node = Unary("NOT", node)
        return node

    def comparison(self) -> Node:
        node = self.concatenation()
        operator = self.token.text
        if self.token.kind == "operator" and operator in _COMPARISONS:
            self.next()
            node = Binary("<>" if operator == "!=" else operator, node, self.concatenation())
            if self.token.kind == "operator" and self.token.text in _COMPARISONS:
                raise Refused("comparisons do not chain; write `a < b AND b < c`")
            return node
        if self.takes("IS"):
            operator = "IS NOT NULL" if self.takes("NOT") else "IS NULL"
            self.expect("NULL", "IS")
            return Unary(operator, node)
        negated = self.takes("NOT")
        found = self.membership(node)
        if found is None:
            if negated:
                raise Refused(f"after NOT comes IN, BETWEEN or LIKE, not {self.here()}")
            return node
        return Unary("NOT", found) if negated else found

    def membership(self, node: Node) -> Node | None:
        if self.takes("IN"):
            self.expect("(", "IN")
            if self.token.is_word("SELECT"):
                raise Refused("a subquery cannot stand here; the step `join` brings tables together")
            choices = self.arguments("IN")
            if not choices:
                raise Refused("IN needs at least one value")
            return Among(node, choices)
        if self.takes("BETWEEN"):
            low = self.concatenation()
            self.expect("AND", "BETWEEN")
            return Binary("AND", Binary(">=", node, low), Binary("<=", node, self.concatenation()))
        if self.takes("LIKE"):
            return Binary("LIKE", node, self.concatenation())
        return None

    def concatenation(self) -> Node:
        node = self.sum()
        while self.takes("||"):
            node = Binary("||", node, self.sum())
        return node

    def sum(self) -> Node:
        node = self.product()
        while self.token.kind == "operator" and self.token.text in {"+", "-"}:
            node = Binary(self.next().text, node, self.product())
        return node

    def product(self) -> Node:
        node = self.signed()
        while self.token.kind == "operator" and self.token.text in {"*", "/", "%"}:
            node = Binary(self.next().text, node, self.signed())
        return node

    def signed(self) -> Node:
        negations = 0
        while self.token.kind == "operator" and self.token.text in {"-", "+"}:
            negations += self.next().text == "-"
        node = self.primary()
        if negations % 2 and isinstance(node, Literal) and node.type.numeric:
            # The smallest int is written with a number that is none itself.
            assert isinstance(node.value, int | float | Decimal)
            return Literal(-node.value, INT if node.value == 2**31 else node.type)
        return Unary("-", node) if negations % 2 else node

    def primary(self) -> Node:
        token = self.next()
        if token.kind == "number":
            return number(token.text)
        if token.kind == "text":
            return Literal(token.text[1:-1].replace("''", "'"), STRING)
        if token.kind == "quoted":
            return Reference(token.text[1:-1].replace("``", "`"))
        if token.kind == "operator" and token.text == "(":
            if self.token.is_word("SELECT"):
                raise Refused("a subquery cannot stand here; the step `join` brings tables together")
            node = self.expression()
            self.expect(")", "the parenthesis")
            return node
        if token.kind == "word":
            return self.word(token)
        was = "its end" if token.kind == "end" else quoted(token.text)
        raise Refused(f"a value was expected before {was}")

    def word(self, token: Token) -> Node:
        word = token.text.upper()
        if word in {"TRUE", "FALSE"}:
            return Literal(word == "TRUE", BOOLEAN)
        if word == "NULL":
            return Literal(None, VOID)
        if word == "CASE":
            return self.case()
        if word in {"CAST", "TRY_CAST"}:
            return self.cast(attempt=word == "TRY_CAST")
        if word in {"DATE", "TIMESTAMP"} and self.token.kind == "text":
            return moment(word, self.next().text[1:-1])
        if word in _RESERVED:
            raise Refused(f"{word} cannot stand here; a column of that name is written in `backticks`")
        if self.takes("("):
            return self.call(token.text)
        return Reference(token.text)

    def case(self) -> Node:
        branches = []
        while self.takes("WHEN"):
            condition = self.expression()
            self.expect("THEN", "CASE")
            branches.append((condition, self.expression()))
        if not branches:
            raise Refused("CASE needs WHEN … THEN …")
        otherwise = self.expression() if self.takes("ELSE") else None
        self.expect("END", "CASE")
        return Case(tuple(branches), otherwise)

    def cast(self, *, attempt: bool) -> Node:
        name = "TRY_CAST" if attempt else "CAST"
        self.expect("(", name)
        operand = self.expression()
        self.expect("AS", name)
        words: list[str] = []
        while self.token.kind != "end" and not (self.token.text == ")" and words.count("(") == words.count(")")):
            words.append(self.next().text)
        self.expect(")", name)
        found = parse_type("".join(words))
        if found is None:
            near = nearest("".join(words), NAMES)
            raise Refused(f"{quoted(''.join(words))} is no type" + (f"; did you mean {near}?" if near else ""))
        return Cast(operand, found, attempt)

    def call(self, written: str) -> Node:
        name = written.lower()
        if name not in FUNCTIONS:
            near = nearest(name, sorted(FUNCTIONS))
            raise Refused(
                f"the function {quoted(written)} is not in the list" + (f"; did you mean {near}?" if near else "")
            )
        if name == "count" and self.takes("*"):
            self.expect(")", "count")
            return Call(name, star=True)
        distinct = self.takes("DISTINCT")
        if distinct and name != "count":
            raise Refused("DISTINCT goes with count alone")
        return Call(name, self.arguments(name), distinct)

    def arguments(self, within: str) -> tuple[Node, ...]:
        if self.takes(")"):
            return ()
        found = [self.expression()]
        while self.takes(","):
            found.append(self.expression())
        self.expect(")", within)
        return tuple(found)


def number(text: str) -> Literal:
    """A number as Spark types it: whole ones by their size, others as decimals, those with an exponent as double.

    Raises:
        Refused: no type holds it.
    """
    if "e" in text.lower():
        if not math.isfinite(float(text)):
            raise Refused(f"{quoted(text)} is larger than the largest double")
        return Literal(float(text), DOUBLE)
    if "." in text:
        value = Decimal(text)
        digits, scale = len(value.as_tuple().digits), len(text.partition(".")[2])
        precision = max(digits, scale)
        if precision > 38:
            raise Refused(f"{quoted(text)} has more than 38 digits")
        return Literal(value, decimal(precision, scale))
    whole = int(text)
    if whole >= 2**63:
        raise Refused(f"{quoted(text)} is larger than the largest bigint; write it with a point for a decimal")
    return Literal(whole, INT if whole < 2**31 else BIGINT)


def moment(kind: str, text: str) -> Node:
    """`DATE '2020-01-22'` or `TIMESTAMP '2020-01-22 17:00:00'`.

    Raises:
        Refused: there is no such day or time.
    """
    try:
        if kind == "DATE":
            return Literal(date.fromisoformat(text), DATE)
        if not _TIMESTAMP.fullmatch(text):
            raise ValueError(text)  # noqa: TRY301 - fromisoformat reads more forms than Spark does
        datetime.fromisoformat(text)
    except ValueError:
        example = "2020-01-22" if kind == "DATE" else "2020-01-22 17:00:00"
        raise Refused(f"{quoted(text)} is no {kind.lower()}; it is written as '{example}'") from None
    # As a text that Spark reads in the session's time zone, not in that of this machine.
    return Cast(Literal(text, STRING), TIMESTAMP)
