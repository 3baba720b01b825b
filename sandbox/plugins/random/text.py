"""RandomPassword and RandomString."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import bcrypt

from sandbox.plugins.declared.fields import Kind, Table, boolean, integer, mapping, result, string
from sandbox.plugins.declared.generated import Generated
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import UNKNOWN, Inputs, Value
from sandbox.plugins.random.characters import classes_of, random_text

BCRYPT_LIMIT = 72
"""bcrypt looks at no byte after this one, and the library refuses longer texts; the vendor cuts them off here."""

TEXT: Table = {
    "keepers": mapping(replaces=True),
    "length": integer(required=True, replaces=True, minimum=1),
    "lower": boolean(default=True, replaces=True),
    "minLower": integer(default=0, replaces=True, minimum=0),
    "minNumeric": integer(default=0, replaces=True, minimum=0),
    "minSpecial": integer(default=0, replaces=True, minimum=0),
    "minUpper": integer(default=0, replaces=True, minimum=0),
    "number": boolean(computed=True, replaces=True),
    "numeric": boolean(default=True, replaces=True),
    "overrideSpecial": string(replaces=True),
    "special": boolean(default=True, replaces=True),
    "upper": boolean(default=True, replaces=True),
}


class RandomString(Generated):
    """A random text that is no secret."""

    table: ClassVar[Table] = {**TEXT, "result": result()}

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse a length that the least numbers exceed, and a text without any class of characters."""
        if UNKNOWN in inputs.values():
            return
        classes = classes_of(inputs)
        if not any(each.used for each in classes):
            yield Failure("lower", "at least one of lower, upper, numeric and special must be true")
        for each in classes:
            if each.minimum and not each.used:
                yield Failure(f"min{each.name}", f"must be 0 when {each.name.lower()} is false")
        least = sum(each.minimum for each in classes)
        if least > inputs["length"]:
            yield Failure("length", f"must be at least {least}, the sum of minLower, minUpper, minNumeric, minSpecial")

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the text, which is its own id."""
        text = random_text(inputs["length"], classes_of(inputs))
        return text, self.outputs(text)

    def outputs(self, text: str) -> dict[str, Value]:
        """Return what the program sees of the text."""
        return {"result": text}

    def restored(self, id: str) -> dict[str, Value]:  # noqa: A002
        """Take an existing text, which an import names by itself."""
        known = {name: rule.default for name, rule in self.table.items() if rule.default is not None}
        return {**known, "length": len(id), **self.outputs(id)}


class RandomPassword(RandomString):
    """A random text that is a secret, and its bcrypt hash."""

    table: ClassVar[Table] = {
        **TEXT,
        "result": result(Kind.STRING, secret=True),
        "bcryptHash": result(Kind.STRING, secret=True),
    }

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the password; its id says nothing of it."""
        return "none", super().generate(inputs)[1]

    def outputs(self, text: str) -> dict[str, Value]:
        """Return the password and its hash."""
        hashed = bcrypt.hashpw(text.encode()[:BCRYPT_LIMIT], bcrypt.gensalt(10)).decode()
        return {"result": text, "bcryptHash": hashed}
