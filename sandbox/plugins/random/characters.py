"""Random texts from classes of characters."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.plugins.host.values import Value

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
"""The special characters that the vendor documents as the default."""


@dataclass(frozen=True)
class CharacterClass:
    """A class of characters, whether it takes part, and how many of it there must at least be."""

    name: str
    characters: str
    used: bool
    minimum: int


def classes_of(inputs: Mapping[str, Value]) -> tuple[CharacterClass, ...]:
    """Return the classes that a RandomPassword or RandomString asks for."""
    special = inputs.get("overrideSpecial") or SPECIAL
    numeric = bool(inputs["numeric"]) and inputs.get("number") is not False
    return (
        CharacterClass("Lower", string.ascii_lowercase, bool(inputs["lower"]), inputs["minLower"]),
        CharacterClass("Upper", string.ascii_uppercase, bool(inputs["upper"]), inputs["minUpper"]),
        CharacterClass("Numeric", string.digits, numeric, inputs["minNumeric"]),
        CharacterClass("Special", special, bool(inputs["special"]), inputs["minSpecial"]),
    )


def random_text(length: int, classes: tuple[CharacterClass, ...]) -> str:
    """Return a text of `length` characters that holds the least number of each class, in random order."""
    every = "".join(each.characters for each in classes if each.used)
    chosen = [secrets.choice(each.characters) for each in classes for _ in range(each.minimum)]
    chosen += [secrets.choice(every) for _ in range(length - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)
