"""Regular expressions, checked before a run: a wrong one would end it at the first row.

They are Java's (java.util.regex.Pattern), for Spark runs them there. What is accepted here is what a person writes;
what Java reads in a way of its own (a class inside a class, comments) is refused by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from transforms.documents.problems import Refused, quoted

DEEPEST = 50
"""Levels of groups: a few calls each, here and in Java."""

_LARGEST_BOUND = 2**31 - 1
"""Java counts repetitions in an int."""

_CLASSES = "dDsSwWhHvV"
_ANCHORS = "bBAzZG"
_CONTROLS = "tnrfae"
# fmt: off
_PROPERTIES = frozenset({
    "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
    "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Alpha", "Digit", "Alnum",
    "Upper", "Lower", "Punct", "Graph", "Print", "Blank", "Cntrl", "XDigit", "Space", "ASCII", "IsAlphabetic",
    "IsDigit", "IsLetter", "IsUppercase", "IsLowercase", "IsPunctuation", "IsWhite_Space", "IsLatin", "IsGreek",
    "IsCyrillic", "IsHan", "IsHiragana", "IsKatakana", "IsHangul", "IsArabic", "IsHebrew", "IsThai", "IsDevanagari",
})
# fmt: on
"""Of the names that Java knows in \\p{…}, those that are the same in all its versions."""

_GROUP = re.compile(
    r"\(\?(?::|>|=|!|<=|<!|<(?P<name>[A-Za-z][A-Za-z0-9]*)>|(?P<flags>[imsuUd]*(?:-[imsuUd]+)?)(?P<end>[:)]))"
)
_BOUND = re.compile(r"\{(?P<low>[0-9]+)(?P<comma>,(?P<high>[0-9]+)?)?\}")
_NUMBER = re.compile(r"x(?:[0-9A-Fa-f]{2}|\{(?P<long>[0-9A-Fa-f]+)\})|u[0-9A-Fa-f]{4}")
_PROPERTY = re.compile(r"[pP](?:\{(?P<name>[^}]*)\}|(?P<letter>[LMNPSZC]))")
_NAMED = re.compile(r"k<(?P<name>[A-Za-z][A-Za-z0-9]*)>")


@dataclass(frozen=True)
class Groups:
    """The groups of a regular expression that a person can refer to."""

    count: int
    names: frozenset[str]


def check_regex(pattern: str) -> Groups:
    """The groups of a regular expression that Java can compile.

    Raises:
        Refused: it cannot, or would read it in a way of its own.
    """
    return _Regex(pattern).read()


def check_reference(number: str | None, name: str | None, groups: Groups) -> None:
    """Whether there is the group to which something refers, by its number or its name.

    Raises:
        Refused: there is not.
    """
    if number is not None and int(number) > groups.count:
        raise Refused(f"there is no group {number} to which it could refer")
    if name is not None and name not in groups.names:
        raise Refused(f"there is no group {name} to which it could refer")


@dataclass
class _Regex:
    """Reads a pattern from left to right; `behind` counts the lookbehinds that are open."""

    text: str
    at: int = 0
    count: int = 0
    names: set[str] = field(default_factory=set)
    behind: int = 0
    depth: int = 0

    def read(self) -> Groups:
        self.alternatives()
        if self.at < len(self.text):
            raise Refused(r"a ) closes no group; the sign itself is written \)")
        return Groups(self.count, frozenset(self.names))

    def alternatives(self) -> None:
        """Up to the end or the parenthesis that closes the group."""
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.text[self.at] == "|":
                self.at += 1
                continue
            repeats = self.part()
            self.quantifier(repeats)

    def part(self) -> bool:
        """One part; whether it may be repeated."""
        sign = self.text[self.at]
        if sign == "(":
            return self.group()
        if sign == "[":
            self.characters()
            return True
        if sign == "\\":
            return self.escape()
        if sign in "*+?{":
            raise Refused(f"{sign} stands where there is nothing to repeat; the sign itself is written \\{sign}")
        self.at += 1
        return sign not in "^$"

    def quantifier(self, repeats: bool) -> None:
        rest = self.text[self.at : self.at + 1]
        if rest not in {"*", "+", "?", "{"}:
            return
        if not repeats:
            raise Refused(f"{rest} stands where there is nothing to repeat; the sign itself is written \\{rest}")
        endless = rest in "*+"
        if rest == "{":
            endless = self.bound()
        else:
            self.at += 1
        if endless and self.behind:
            raise Refused("inside a lookbehind (?<=…) nothing repeats without an end")
        if self.text[self.at : self.at + 1] in {"?", "+"}:
            self.at += 1
        if self.text[self.at : self.at + 1] in {"*", "+", "?", "{"}:
            raise Refused(f"two quantifiers follow each other before {quoted(self.text[self.at :][:12])}")

    def bound(self) -> bool:
        """A quantifier in braces; whether it has no end."""
        found = _BOUND.match(self.text, self.at)
        if found is None:
            raise Refused(r"{ begins a quantifier such as {2}, {2,} or {2,5}; the sign itself is written \{")
        low, high = int(found["low"]), int(found["high"] or found["low"])
        if high < low:
            raise Refused(f"the quantifier {found[0]} ends below its beginning")
        if high > _LARGEST_BOUND:
            raise Refused(f"the quantifier {found[0]} is larger than {_LARGEST_BOUND}")
        self.at = found.end()
        return bool(found["comma"]) and not found["high"]

    def group(self) -> bool:
        """A group; flags alone, as (?i), make none and cannot be repeated."""
        behind = False
        if self.text.startswith("(?", self.at):
            found = _GROUP.match(self.text, self.at)
            if found is None:
                raise Refused(_strange_group(self.text[self.at :]))
            behind = found[0] in {"(?<=", "(?<!"}
            if found["name"]:
                self.name(found["name"])
            self.at = found.end()
            if found["end"] == ")":
                return False
        else:
            self.count += 1
            self.at += 1
        self.behind += behind
        self.depth += 1
        if self.depth > DEEPEST:
            raise Refused(f"it has groups more than {DEEPEST} levels deep")
        self.alternatives()
        self.depth -= 1
        self.behind -= behind
        if self.at == len(self.text):
            raise Refused(r"a group is not closed; ( itself is written \(")
        self.at += 1
        return True

    def name(self, name: str) -> None:
        if name in self.names:
            raise Refused(f"two groups are called {name}")
        self.count += 1
        self.names.add(name)

    def escape(self) -> bool:
        """What follows a backslash outside a class; whether it may be repeated."""
        after = self.text[self.at + 1 : self.at + 2]
        if after in set(_ANCHORS):
            self.at += 2
            return False
        if after == "R":
            self.at += 2
            return True
        if after in set("123456789"):
            self.reference(after, None)
            self.at += 2
            return True
        if after == "k":
            found = _NAMED.match(self.text, self.at + 1)
            if found is None:
                raise Refused(r"\k is followed by the name of a group, as in \k<name>")
            self.reference(None, found["name"])
            self.at = found.end()
            return True
        self.character()
        return True

    def reference(self, number: str | None, name: str | None) -> None:
        check_reference(number, name, Groups(self.count, frozenset(self.names)))
        if self.behind:
            raise Refused("inside a lookbehind (?<=…) nothing refers to a group")

    def character(self) -> str:
        """An escape that stands for characters, in a class or outside; the one character, or empty for several."""
        after = self.text[self.at + 1 : self.at + 2]
        if not after:
            raise Refused("it ends with a backslash; one that stands for itself is written twice")
        if after in "pP":
            self.property()
            return ""
        if after in "xu":
            return self.number()
        self.at += 2
        if after in _CLASSES:
            return ""
        if after in _CONTROLS:
            return {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}[after]
        if after.isascii() and after.isalnum():
            raise Refused(_strange_escape(after))
        return after

    def property(self) -> None:
        found = _PROPERTY.match(self.text, self.at + 1)
        if found is None or (found["name"] is not None and found["name"] not in _PROPERTIES):
            given = quoted(self.text[self.at :][:12])
            raise Refused(
                rf"{given} is no class of characters; such as \p{{L}}, \p{{Lu}}, \p{{Nd}}, \p{{Alpha}}, \p{{IsLatin}}"
            )
        self.at = found.end()

    def number(self) -> str:
        found = _NUMBER.match(self.text, self.at + 1)
        if found is None:
            raise Refused(r"a character's number is written \x41, \x{1F600} or \u0041")
        code = int(found["long"] or found[0][1:], 16)
        if code > 0x10FFFF:
            raise Refused(rf"\{found[0]} is larger than the largest character, \x{{10FFFF}}")
        self.at = found.end()
        return chr(code)

    def characters(self) -> None:
        """A class of characters, as [a-z_]."""
        self.at += 1
        if self.text.startswith("^", self.at):
            self.at += 1
        if self.text.startswith("]", self.at):
            raise Refused(r"a class [] is empty; ] itself is written \]")
        while not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise Refused(r"a class is not closed; [ itself is written \[")
            low = self.member()
            if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                self.range(low)
        self.at += 1

    def range(self, low: str) -> None:
        if self.at >= len(self.text):
            raise Refused(r"a class is not closed; [ itself is written \[")
        high = self.member()
        if not low or not high:
            raise Refused(r"a range in a class begins or ends with several characters; - itself is written \-")
        if high < low:
            raise Refused(f"the range {low}-{high} ends before it begins")
        if self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
            raise Refused(r"a range follows a range in a class; - itself is written \-")

    def member(self) -> str:
        sign = self.text[self.at]
        if sign == "[":
            hint = r"; classes such as [:alpha:] are written \p{Alpha}" if self.text.startswith("[:", self.at) else ""
            raise Refused(rf"in a class, [ itself is written \[{hint}")
        if self.text.startswith("&&", self.at):
            raise Refused(r"in a class, && keeps what two classes share; & itself is written \&")
        if sign == "\\":
            after = self.text[self.at + 1 : self.at + 2]
            if after and after in _ANCHORS + "R":
                raise Refused(rf"\{after} is a place and no character; it cannot stand in a class")
            return self.character()
        self.at += 1
        return sign


def _strange_group(rest: str) -> str:
    if rest.startswith("(?P<"):
        return "a named group is written (?<name>…), without P, its name of letters and digits"
    if rest.startswith("(?P="):
        return r"a named group is referred to by \k<name>"
    if rest.startswith("(?#"):
        return "comments (?#…) are none in Java"
    if rest.startswith("(?<"):
        return "the name of a group consists of letters and digits, a letter first"
    known = "(…), (?:…), (?<name>…), (?=…), (?!…), (?<=…), (?<!…), (?>…), (?i)"
    return f"{quoted(rest[:12])} begins no group; those are {known}"


def _strange_escape(after: str) -> str:
    if after == "Q":
        return r"\Q quotes up to \E; put a backslash before each sign instead"
    if after == "0":
        return r"\0 begins an octal number; write \x and two digits"
    return rf"\{after} means nothing"
