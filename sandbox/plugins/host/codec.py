"""From the wire's values to plain ones and back, with the secrets' places kept aside.

The signatures are those of the Pulumi protocol (`sdk/go/common/resource`, the same in every SDK; a test compares them
with the Python one's, whose import would cost a plugin more than all its work).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from google.protobuf import struct_pb2

from .values import UNKNOWN, Path, Value, leaves, lookup

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker that is no secret
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
# The protocol has one unknown per type of value; sent back, the first serves for all of them.
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


@dataclass(frozen=True)
class Decoded:
    """Plain values, and the paths of those that were secret."""

    values: dict[str, Value] = field(default_factory=dict)
    secrets: frozenset[Path] = frozenset()

    def secret_strings(self) -> frozenset[str]:
        """Every string that is, or lies under, a secret."""
        return frozenset(
            leaf
            for path in self.secrets
            for _, leaf in leaves(lookup(self.values, path))
            if isinstance(leaf, str) and leaf
        )


def decode(struct: struct_pb2.Struct) -> Decoded:
    """Read a property map."""
    secrets: set[Path] = set()
    values = {key: _decode(value, (key,), secrets) for key, value in struct.fields.items()}
    return Decoded(values, frozenset(secrets))


def _decode(value: struct_pb2.Value, path: Path, secrets: set[Path]) -> Value:
    match value.WhichOneof("kind"):
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "list_value":
            return [_decode(item, (*path, index), secrets) for index, item in enumerate(value.list_value.values)]
        case "struct_value":
            return _decode_struct(value.struct_value, path, secrets)
        case _:
            return None


def _decode_struct(struct: struct_pb2.Struct, path: Path, secrets: set[Path]) -> Value:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else None
    if signature == _SECRET:
        secrets.add(path)
        return _decode(fields["value"], path, secrets)
    if signature == _OUTPUT:
        if "secret" in fields and fields["secret"].bool_value:
            secrets.add(path)
        return _decode(fields["value"], path, secrets) if "value" in fields else UNKNOWN
    return {key: _decode(item, (*path, key), secrets) for key, item in fields.items()}


def encode(
    values: Mapping[str, Value], secrets: Collection[Path] = (), secret_strings: Collection[str] = ()
) -> struct_pb2.Struct:
    """Write a property map.

    Secret are: what lies at a path of `secrets` (also under `__inputs`, where some types repeat their inputs), and
    every string that equals one of `secret_strings`, wherever it turns up.
    """
    places = {*secrets, *(("__inputs", *path) for path in secrets)}
    strings = frozenset(secret_strings)
    return struct_pb2.Struct(fields={key: _encode(item, (key,), places, strings) for key, item in values.items()})


def _encode(value: Value, path: Path, secrets: set[Path], strings: frozenset[str]) -> struct_pb2.Value:
    if path in secrets and value is not None:
        plain = _encode(value, (), set(), frozenset())
        return struct_pb2.Value(
            struct_value=struct_pb2.Struct(fields={_SIGNATURE: struct_pb2.Value(string_value=_SECRET), "value": plain})
        )
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_STRING)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        if value in strings:
            return _encode(value, path, {path}, frozenset())
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        fields = {key: _encode(item, (*path, key), secrets, strings) for key, item in value.items()}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    if isinstance(value, list | tuple):
        items = [_encode(item, (*path, index), secrets, strings) for index, item in enumerate(value)]
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    raise TypeError(f"a {type(value).__name__} cannot be sent to the engine")


def decode_nested(text: str) -> Value:
    """A value that an SDK put into a string as JSON (a provider's option that is no string)."""
    return _unwrap(json.loads(text))


def _unwrap(value: Value) -> Value:
    if isinstance(value, str):
        return UNKNOWN if value in _UNKNOWNS else value
    if isinstance(value, list):
        return [_unwrap(item) for item in value]
    if isinstance(value, dict):
        if value.get(_SIGNATURE) in (_SECRET, _OUTPUT):
            return _unwrap(value["value"]) if "value" in value else UNKNOWN
        return {key: _unwrap(item) for key, item in value.items()}
    return value
