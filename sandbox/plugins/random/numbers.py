"""RandomId, RandomBytes, RandomInteger and RandomUuid."""

from __future__ import annotations

import base64
import secrets
import uuid
from binascii import Error
from collections.abc import Iterable
from typing import ClassVar

from sandbox.plugins.declared.fields import Kind, Table, integer, mapping, result, string
from sandbox.plugins.declared.generated import Generated
from sandbox.plugins.host.errors import PluginError
from sandbox.plugins.host.resource import Failure
from sandbox.plugins.host.values import UNKNOWN, Inputs, Value


class RandomId(Generated):
    """Random bytes in four writings, none of them secret."""

    table: ClassVar[Table] = {
        "byteLength": integer(required=True, replaces=True, minimum=1),
        "keepers": mapping(replaces=True),
        "prefix": string(replaces=True),
        "b64Std": result(),
        "b64Url": result(),
        "dec": result(),
        "hex": result(),
    }

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the writings; the id is the one for URLs without the prefix."""
        content = secrets.token_bytes(inputs["byteLength"])
        return _for_url(content), _writings(content, inputs.get("prefix") or "")

    def restored(self, id: str) -> dict[str, Value]:  # noqa: A002
        """Take existing bytes from `[prefix,]text-for-URLs`."""
        prefix, _, text = id.rpartition(",")
        content = _decoded(text, "the writing for URLs, with a prefix and a comma before it where there is one")
        given = {"prefix": prefix} if prefix else {}
        return {"byteLength": len(content), **given, **_writings(content, prefix)}


class RandomBytes(Generated):
    """Random bytes that are a secret."""

    table: ClassVar[Table] = {
        "keepers": mapping(replaces=True),
        "length": integer(required=True, replaces=True, minimum=1),
        "base64": result(Kind.STRING, secret=True),
        "hex": result(Kind.STRING, secret=True),
    }

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the bytes in both writings; the id says nothing of them."""
        content = secrets.token_bytes(inputs["length"])
        return "none", {"base64": base64.b64encode(content).decode(), "hex": content.hex()}

    def restored(self, id: str) -> dict[str, Value]:  # noqa: A002
        """Take existing bytes from their base64 writing."""
        content = _decoded(id, "the bytes in base64")
        return {"length": len(content), "base64": base64.b64encode(content).decode(), "hex": content.hex()}


class RandomInteger(Generated):
    """A random whole number within limits, both included."""

    table: ClassVar[Table] = {
        "keepers": mapping(replaces=True),
        "max": integer(required=True, replaces=True),
        "min": integer(required=True, replaces=True),
        "result": result(Kind.INTEGER),
    }

    def examine(self, inputs: Inputs) -> Iterable[Failure]:
        """Refuse limits in the wrong order."""
        if UNKNOWN not in (inputs["min"], inputs["max"]) and inputs["min"] > inputs["max"]:
            yield Failure("min", f"must not be greater than max ({inputs['max']})")

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:
        """Return the number, which is its own id."""
        number = inputs["min"] + secrets.randbelow(inputs["max"] - inputs["min"] + 1)
        return str(number), {"result": number}

    def restored(self, id: str) -> dict[str, Value]:  # noqa: A002
        """Take an existing number from `number,min,max`."""
        try:
            number, least, most = (int(part) for part in id.split(","))
        except ValueError:
            raise PluginError(f"RandomInteger: expected the import id `number,min,max`, not `{id}`") from None
        return {"result": number, "min": least, "max": most}


class RandomUuid(Generated):
    """A random UUID."""

    table: ClassVar[Table] = {"keepers": mapping(replaces=True), "result": result()}

    def generate(self, inputs: Inputs) -> tuple[str, dict[str, Value]]:  # noqa: ARG002
        """Return the UUID, which is its own id."""
        text = str(uuid.uuid4())
        return text, {"result": text}

    def restored(self, id: str) -> dict[str, Value]:  # noqa: A002
        """Take an existing UUID."""
        try:
            return {"result": str(uuid.UUID(id))}
        except ValueError:
            raise PluginError(f"RandomUuid: expected a UUID as the import id, not `{id}`") from None


def _writings(content: bytes, prefix: str) -> dict[str, Value]:
    return {
        "b64Std": prefix + base64.b64encode(content).decode(),
        "b64Url": prefix + _for_url(content),
        "dec": prefix + str(int.from_bytes(content, "big")),
        "hex": prefix + content.hex(),
    }


def _for_url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str, expected: str) -> bytes:
    """Read base64 in either alphabet; the text itself is never shown, for it may be a secret."""
    try:
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (Error, ValueError):
        raise PluginError(f"the import id must be {expected}") from None
